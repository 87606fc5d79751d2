#include "decode/envelope_reader.h"

#include <algorithm>

#include "decode/read_reason.h"

namespace insight::decode {
namespace {

using core::DropReason;

// Bytes indexed at once of a long text. Larger costs cache, smaller costs records that straddle windows.
constexpr size_t kWindowBytes = 256u << 10;

}  // namespace

void EnvelopeReader::begin(std::string_view text) {
  text_ = text;
  scanner_.begin(text);
}

void EnvelopeReader::read(size_t begin, size_t end) {
  begin_ = begin;
  end_ = end;
  window_begin_ = window_end_ = careful_until_ = begin;
  for (size_t at = skip_space(text_, begin, end); at < end; at = skip_space(text_, at, end)) {
    recovered_ = false;
    at = read_document(at);
    if (recovered_ && at < end && is_in_list(at)) at = read_headless_list(at);
  }
}

size_t EnvelopeReader::read_document(size_t position) {
  if (text_[position] == '[') return read_list(position, ListKind::kBare);
  if (text_[position] != '{') return read_stray(position, ListKind::kNone);
  ReadStatus status;
  if (read_in_window(position, ListKind::kNone, status)) {
    if (status == ReadStatus::kList) return read_envelope(window_begin_ + cursor_.position());
    const size_t end = end_of_object();
    if (!is_followed_by_field(text_, end, end_)) {
      report(slice(position, end), ListKind::kNone);
      return end;
    }
    careful_until_ = window_end_;
  }
  return read_document_carefully(position);
}

size_t EnvelopeReader::read_envelope(size_t position) {
  for (;;) {
    const ListKind kind = document_.list();
    if (kind == ListKind::kLogEvents &&
        (document_.has_message_type() ? document_.is_control_message() : names_control_message(position))) {
      const Extent extent = scanner_.value(position, end_);
      if (extent.kind != Extent::Kind::kWhole) return recover(position, ListKind::kNone, extent);
      position = extent.end;
    } else {
      position = read_list(position, kind);
      if (!list_closed_) return position;
    }
    const ReadStatus status = resume_envelope(position);
    if (status == ReadStatus::kList) continue;
    if (status == ReadStatus::kOk) {
      if (document_.has_wrong_list()) reporter_.error(DropReason::kWrongType, {});
      return position;
    }
    if (status == ReadStatus::kEnd) {
      report_cut(end_);
      return end_;
    }
    recovered_ = true;
    reporter_.error(DropReason::kInvalidJson, {});
    return std::min(find_record(position, end_, ListKind::kNone), end_);
  }
}

// Whether the field messageType stands behind the list at `position` and says that the message carries no records.
// Inside embedded records the name's quotes are escaped, so only the envelope's own field can match.
bool EnvelopeReader::names_control_message(size_t position) {
  constexpr std::string_view kName = "\"messageType\"";
  constexpr std::string_view kControl = "\"CONTROL_MESSAGE\"";
  const std::string_view rest = text_.substr(0, end_);
  if (!scanner_.spend(1)) return false;
  size_t at = rest.find(kName, position);
  if (!scanner_.spend(std::min(at, end_) - position) || at == std::string_view::npos) return false;
  at = skip_space(text_, at + kName.size(), end_);
  if (at >= end_ || text_[at] != ':') return false;
  return rest.substr(skip_space(text_, at + 1, end_)).starts_with(kControl);
}

size_t EnvelopeReader::read_list(size_t position, ListKind kind) { return read_elements(position + 1, kind, true); }

size_t EnvelopeReader::read_elements(size_t position, ListKind kind, bool may_close) {
  list_closed_ = false;
  for (;; may_close = false) {
    position = skip_space(text_, position, end_);
    if (position >= end_) break;
    recovered_ = false;
    if (text_[position] == ']') {
      if (!may_close) reporter_.error(DropReason::kInvalidJson, {});   // a comma before the end
      list_closed_ = true;
      return position + 1;
    }
    position = text_[position] == '{' ? read_element(position, kind) : read_stray(position, kind);
    if (recovered_) {
      if (position >= end_) return end_;
      continue;
    }
    position = skip_space(text_, position, end_);
    if (position >= end_) break;
    const char c = text_[position];
    if (c == ']') {
      list_closed_ = true;
      return position + 1;
    }
    if (c == ',') {
      ++position;
      continue;
    }
    reporter_.error(DropReason::kInvalidJson, {});   // no comma, or something that does not belong here
    if (c == '{') continue;
    position = find_record(position, end_, kind);
    if (position == kNowhere) return end_;
  }
  report_cut(end_);
  return end_;
}

size_t EnvelopeReader::read_element(size_t position, ListKind kind) {
  ReadStatus status;
  if (read_in_window(position, kind, status)) {
    const size_t end = end_of_object();
    if (!is_followed_by_field(text_, end, end_)) {
      report(slice(position, end), kind);
      return end;
    }
    careful_until_ = window_end_;
  }
  return read_carefully(position, kind);
}

// A value that is no object, or no value at all.
size_t EnvelopeReader::read_stray(size_t position, ListKind kind) {
  const bool in_list = kind != ListKind::kNone;
  const char c = text_[position];
  if (c == ',' && in_list) {
    reporter_.error(DropReason::kInvalidJson, {});   // an element is missing
    return position;
  }
  Cursor cursor;
  size_t end = position;
  if (c == '[') {
    const Extent extent = scanner_.value(position, end_);
    if (extent.kind != Extent::Kind::kWhole) return recover(position, kind, extent);
    end = extent.end;
  } else {
    // A word, a number or a string ends at the latest before what separates values.
    if (c == '"')
      for (++end; end < end_ && text_[end] != '"'; ++end)
        if (text_[end] == '\\') ++end;
    end = std::min(text_.find_first_of(",]}[{ \t\r\n", std::min(end, end_)), end_);
  }
  if (index_alone(position, end, cursor) == IndexStatus::kOk && cursor.skip_value() == ReadStatus::kOk &&
      cursor.at_end()) {
    reporter_.error(in_list ? DropReason::kWrongType : DropReason::kUnknownEnvelope, slice(position, end));
    return end;
  }
  return recover(position, kind, {end >= end_ ? Extent::Kind::kUnfinished : Extent::Kind::kBroken, end});
}

ReadStatus EnvelopeReader::resume_envelope(size_t& position) {
  position = skip_space(text_, position, end_);
  if (position >= end_) return ReadStatus::kEnd;
  if (position >= careful_until_ && seek(position)) {
    const ReadStatus status = document_.resume(cursor_);
    if (status == ReadStatus::kOk) position = end_of_object();
    if (status == ReadStatus::kList) position = window_begin_ + cursor_.position();
    if (status == ReadStatus::kOk || status == ReadStatus::kList) return status;
    careful_until_ = window_end_;
  }
  const Extent extent = scanner_.rest_of_object(position, end_);
  if (extent.kind == Extent::Kind::kUnfinished) return ReadStatus::kEnd;
  Cursor cursor;
  if (extent.kind == Extent::Kind::kBroken || index_alone(position, extent.end, cursor) != IndexStatus::kOk)
    return ReadStatus::kInvalid;
  const ReadStatus status = document_.resume(cursor);
  position += status == ReadStatus::kOk ? cursor.end_of_previous() : cursor.position();
  return status;
}

bool EnvelopeReader::read_in_window(size_t position, ListKind kind, ReadStatus& status) {
  if (position < careful_until_) return false;
  for (;;) {
    if (!seek(position)) return false;
    status = read_as(cursor_, kind);
    if (status == ReadStatus::kOk || status == ReadStatus::kList) return true;
    const bool cut_by_window = status == ReadStatus::kEnd && window_end_ < end_ && position > window_begin_;
    if (!cut_by_window) break;
    window_end_ = window_begin_;   // the next window begins with this record
  }
  careful_until_ = window_end_;
  return false;
}

bool EnvelopeReader::seek(size_t position) {
  if (position >= window_begin_ && position < window_end_ && cursor_.advance_to(position - window_begin_)) return true;
  size_t end = end_;
  if (end_ - position > kWindowBytes) {
    end = last_boundary(text_, position, position + kWindowBytes);
    if (end == kNowhere) {
      careful_until_ = position + kWindowBytes;
      return false;
    }
  }
  window_begin_ = position;
  window_end_ = end;
  if (window_.build(slice(position, end)) != IndexStatus::kOk) {
    careful_until_ = end;
    window_end_ = window_begin_;
    return false;
  }
  cursor_ = Cursor(slice(position, end), window_, limits_.depth_max);
  return true;
}

ReadStatus EnvelopeReader::read_as(Cursor& cursor, ListKind kind) {
  switch (kind) {
    case ListKind::kNone: return document_.read(cursor);
    case ListKind::kBare: return document_.read_element(cursor);
    case ListKind::kRecords: return record_.read(cursor);
    default: return read_embedding(cursor, kind, embedded_, embedded_field_);
  }
}

void EnvelopeReader::report(std::string_view raw, ListKind kind) {
  if (kind == ListKind::kLogEvents || kind == ListKind::kLookupEvents) return report_embedded();
  if (raw.size() > limits_.record_bytes_max) return reporter_.error(DropReason::kTooLarge, raw);
  if (kind == ListKind::kRecords) return reporter_.record(record_, raw);
  if (document_.is_envelope()) {
    if (document_.has_wrong_list()) reporter_.error(DropReason::kWrongType, raw);
  } else if (!document_.record().is_record()) {
    reporter_.error(DropReason::kUnknownEnvelope, raw);
  } else {
    reporter_.record(document_.record(), raw);
  }
}

void EnvelopeReader::report_embedded() {
  if (embedded_field_ == EmbeddedField::kAbsent) return reporter_.error(DropReason::kMissingField, {});
  if (embedded_field_ == EmbeddedField::kWrongType) return reporter_.error(DropReason::kWrongType, {});
  const std::string_view escaped = embedded_.raw();
  if (escaped.size() / 2 > limits_.record_bytes_max) return reporter_.error(DropReason::kTooLarge, escaped);
  if (embedded_text_.size() < escaped.size() + kUnescapeSlack) embedded_text_.resize(escaped.size() + kUnescapeSlack);
  const size_t length = unescape(escaped, embedded_text_.data(), escaped.size());
  if (length == kBadEscape) return reporter_.error(DropReason::kInvalidJson, escaped);
  const std::string_view text(embedded_text_.data(), length);
  if (length > limits_.record_bytes_max) return reporter_.error(DropReason::kTooLarge, text);

  const IndexStatus indexed = embedded_index_.build(text);
  if (indexed == IndexStatus::kUnclosedString) return reporter_.error(DropReason::kTruncated, text);
  if (indexed != IndexStatus::kOk) return reporter_.error(reason_of(indexed), text);
  Cursor cursor(text, embedded_index_, limits_.depth_max);
  if (cursor.peek() != '{') return reporter_.error(DropReason::kInvalidJson, text);
  const ReadStatus status = record_.read(cursor);
  if (status != ReadStatus::kOk) return reporter_.error(reason_of(status), text);
  if (!cursor.at_end()) return reporter_.error(DropReason::kInvalidJson, text);
  if (!record_.is_record()) return reporter_.error(DropReason::kUnknownEnvelope, text);
  reporter_.record(record_, text);
}

void EnvelopeReader::report_cut(size_t position) {
  if (end_ == text_.size())
    reporter_.cut_off(slice(position, end_));
  else
    reporter_.error(DropReason::kInvalidJson, slice(position, end_));
}

}  // namespace insight::decode
