// The careful way of EnvelopeReader: every record by itself, found by its brackets, and what to do when those are
// damaged too. A record may be lost here; its neighbours may not.
#include <algorithm>

#include "decode/envelope_reader.h"
#include "decode/read_reason.h"

namespace insight::decode {
namespace {

using core::DropReason;

// Lists that are tried as an envelope's: an envelope names its list early.
constexpr int kListAttempts = 4;

}  // namespace

size_t EnvelopeReader::read_document_carefully(size_t position) {
  const size_t list = find_list(position);
  return list == kNowhere ? read_carefully(position, ListKind::kNone) : read_envelope(list);
}

size_t EnvelopeReader::find_list(size_t position) {
  const std::string_view head = text_.substr(0, std::min(end_, position + limits_.record_bytes_max));
  size_t at = position;
  if (!scanner_.spend(1)) return kNowhere;   // nothing is left to search with
  for (int attempt = 0; attempt < kListAttempts;) {
    const size_t searched = at;
    at = head.find('[', at + 1);
    if (!scanner_.spend(std::min(at, head.size()) - searched) || at == std::string_view::npos) return kNowhere;
    const size_t first = skip_space(text_, at + 1, end_);
    if (first < end_ && text_[first] != '{' && text_[first] != ']') continue;
    ++attempt;
    if (!scanner_.spend(at - position)) return kNowhere;
    Cursor cursor;
    if (index_alone(position, at + 1, cursor) != IndexStatus::kOk) continue;
    if (document_.read(cursor) == ReadStatus::kList && position + cursor.position() == at) return at;
  }
  return kNowhere;
}

size_t EnvelopeReader::read_carefully(size_t position, ListKind kind) {
  const Extent extent = scanner_.value(position, end_);
  if (extent.kind != Extent::Kind::kWhole || is_followed_by_field(text_, extent.end, end_))
    return recover(position, kind, extent);
  const std::string_view raw = slice(position, extent.end);
  Cursor cursor;
  if (raw.size() > limits_.record_bytes_max) {
    reporter_.error(DropReason::kTooLarge, raw);
  } else if (const IndexStatus indexed = index_alone(position, extent.end, cursor); indexed != IndexStatus::kOk) {
    reporter_.error(reason_of(indexed), raw);
  } else if (const ReadStatus status = read_as(cursor, kind); status == ReadStatus::kOk) {
    report(raw, kind);
  } else if (status == ReadStatus::kSwallowed) {
    return recover(position, kind, {Extent::Kind::kBroken, extent.end});
  } else {
    reporter_.error(reason_of(status), raw);
  }
  return extent.end;
}

size_t EnvelopeReader::recover(size_t position, ListKind kind, Extent damage) {
  size_t balanced = damage.kind == Extent::Kind::kBroken ? scanner_.balanced_end(position, end_) : kNowhere;
  if (balanced != kNowhere && !is_plausible_end(balanced)) balanced = kNowhere;
  const size_t next = find_record(position + 1, std::min(balanced, end_), kind);
  if (next == kNowhere && balanced != kNowhere) {
    reporter_.error(DropReason::kInvalidJson, slice(position, balanced));
    return balanced;
  }
  recovered_ = true;
  if (next == kNowhere && damage.kind == Extent::Kind::kUnfinished)
    report_cut(position);
  else
    reporter_.error(DropReason::kInvalidJson, slice(position, std::min(next, end_)));
  return std::min(next, end_);
}

size_t EnvelopeReader::find_record(size_t from, size_t end, ListKind kind) {
  for (size_t at = next_boundary(text_, begin_, from, end); at != kNowhere;
       at = next_boundary(text_, begin_, at + 1, end))
    if (is_record_at(at, kind)) return at;
  return kNowhere;
}

bool EnvelopeReader::is_record_at(size_t position, ListKind kind) {
  const bool embedding = kind == ListKind::kLogEvents || kind == ListKind::kLookupEvents;
  if (!embedding && begins_with_version(text_, position)) return true;
  const Extent extent = scanner_.value(position, std::min(end_, position + limits_.record_bytes_max));
  Cursor cursor;
  if (extent.kind != Extent::Kind::kWhole || index_alone(position, extent.end, cursor) != IndexStatus::kOk)
    return kind == ListKind::kNone && find_list(position) != kNowhere;
  const ReadStatus status = read_as(cursor, kind);
  if (status == ReadStatus::kList) return true;
  if (status != ReadStatus::kOk) return false;
  if (embedding) return embedded_field_ == EmbeddedField::kString;
  return kind == ListKind::kRecords ? record_.is_surely_record() : document_.record().is_surely_record();
}

// Whether a value that ended before `position` is followed by what follows a value.
bool EnvelopeReader::is_plausible_end(size_t position) const {
  position = skip_space(text_, position, end_);
  if (position >= end_ || text_[position] == ']' || text_[position] == '{') return true;
  if (text_[position] != ',') return false;
  position = skip_space(text_, position + 1, end_);
  return position < end_ && text_[position] == '{';
}

bool EnvelopeReader::is_in_list(size_t position) const {
  while (position > begin_ && is_space(text_[position - 1])) --position;
  return position > begin_ && (text_[position - 1] == ',' || text_[position - 1] == '[');
}

// The beginning of the envelope is lost; its records are not. What is left of its end is part of that loss.
size_t EnvelopeReader::read_headless_list(size_t position) {
  position = skip_space(text_, read_elements(position, ListKind::kBare, false), end_);
  return position < end_ && text_[position] == '}' ? position + 1 : position;
}

IndexStatus EnvelopeReader::index_alone(size_t begin, size_t end, Cursor& cursor) {
  const IndexStatus status = alone_.build(slice(begin, end));
  if (status == IndexStatus::kOk) cursor = Cursor(slice(begin, end), alone_, limits_.depth_max);
  return status;
}

}  // namespace insight::decode
