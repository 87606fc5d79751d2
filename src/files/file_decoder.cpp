#include "files/file_decoder.h"

#include <algorithm>

namespace insight::files {
namespace {

constexpr size_t kPartBytes = 2u << 20;
constexpr std::string_view kSpace = " \t\r\n";

// Hands records on with their places in the file, not in the part.
class Shifted : public decode::EventSink {
 public:
  Shifted(decode::EventSink& sink, uint32_t lines, uint32_t index, bool as_lines)
      : sink_(sink), lines_(lines), index_(index), as_lines_(as_lines) {}

  void on_event(const core::CallEvent& event, decode::RecordIndex at) override { sink_.on_event(event, shift(at)); }
  void on_error(core::DropReason reason, decode::RecordIndex at, std::string_view raw) override {
    failed_ = true;
    sink_.on_error(reason, shift(at), raw);
  }
  uint32_t records() const { return records_; }
  bool failed() const { return failed_; }

 private:
  decode::RecordIndex shift(decode::RecordIndex at) {
    records_ = std::max(records_, at.index + 1);
    // A part of one line alone does not look newline-delimited to the decoder.
    const uint32_t line = as_lines_ ? lines_ + std::max(at.line, 1u) : at.line;
    return {index_ + at.index, line};
  }

  decode::EventSink& sink_;
  uint32_t lines_;
  uint32_t index_;
  bool as_lines_;
  uint32_t records_ = 0;
  bool failed_ = false;
};

}  // namespace

bool is_whole_object(std::string_view line) {
  const size_t begin = line.find_first_not_of(kSpace);
  if (begin == std::string_view::npos || line[begin] != '{') return false;
  const size_t last = line.find_last_not_of(kSpace);
  size_t depth = 0;
  bool in_text = false;
  for (size_t i = begin; i <= last; ++i) {
    const char c = line[i];
    if (in_text) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return i == last;
    }
  }
  return false;
}

FileDecoder::FileDecoder(decode::Decoder& decoder, decode::TextBuffer& text, const std::string& path,
                         size_t document_bytes_max)
    : decoder_(decoder), stream_(path), document_bytes_max_(document_bytes_max), text_(text) {}

decode::StreamStatus FileDecoder::step(decode::EventSink& sink) {
  // One byte past the limit lets the decoder say that the document is too large.
  const size_t room = document_bytes_max_ + 1 - std::min(document_bytes_max_, text_.size());
  const auto status = stream_.read(text_, std::min(kPartBytes, room));
  if (status != decode::StreamStatus::kMore) return finish(status, sink);

  if (shape_ == Shape::kUnknown) decide_shape();
  if (skipping_) skip_long_line(sink);
  if (shape_ == Shape::kLines && !skipping_) {
    const size_t end = text_.view().substr(searched_).rfind('\n');
    if (end != std::string_view::npos) decode_lines(sink, searched_ + end + 1);
    searched_ = text_.size();
  }
  if (text_.size() <= document_bytes_max_) return status;
  if (shape_ == Shape::kLines) {
    skip_long_line(sink);
    return status;
  }
  decoder_.decode(text_.view(), sink);
  text_.clear();
  return decode::StreamStatus::kEnd;
}

void FileDecoder::decide_shape() {
  const std::string_view text = text_.view();
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return;
  const size_t end = text.find('\n', begin);
  if (text[begin] != '{') {
    shape_ = Shape::kDocument;
  } else if (end != std::string_view::npos) {
    shape_ = is_whole_object(text.substr(begin, end - begin)) ? Shape::kLines : Shape::kDocument;
  }
}

void FileDecoder::decode_lines(decode::EventSink& sink, size_t size) {
  const std::string_view part = text_.view().substr(0, size);
  Shifted shifted(sink, lines_done_, index_done_, true);
  decoder_.decode(part, shifted);
  index_done_ += shifted.records();
  lines_done_ += static_cast<uint32_t>(std::ranges::count(part, '\n'));
  text_.erase_front(size);
  searched_ = 0;
}

void FileDecoder::skip_long_line(decode::EventSink& sink) {
  if (!skipping_) sink.on_error(core::DropReason::kTooLarge, {index_done_++, lines_done_ + 1}, {});
  const size_t end = text_.view().find('\n');
  skipping_ = end == std::string_view::npos;
  if (!skipping_) ++lines_done_;
  text_.erase_front(skipping_ ? text_.size() : end + 1);
  searched_ = 0;
}

decode::StreamStatus FileDecoder::finish(decode::StreamStatus status, decode::EventSink& sink) {
  const bool lines = shape_ == Shape::kLines;
  const bool whole = status == decode::StreamStatus::kEnd;
  Shifted shifted(sink, lines_done_, index_done_, lines);
  // Of lines, the last may be cut by the damage: then the damage is what is told of it.
  if (!skipping_ && !text_.empty() && (whole || !lines)) decoder_.decode(text_.view(), shifted);
  text_.clear();
  const bool damaged = status == decode::StreamStatus::kTruncated || status == decode::StreamStatus::kDamaged;
  if (damaged && !shifted.failed())
    sink.on_error(
        status == decode::StreamStatus::kTruncated ? core::DropReason::kTruncated : core::DropReason::kBadCompression,
        {index_done_ + shifted.records(), lines ? lines_done_ + 1 : 0}, {});
  return status;
}

}  // namespace insight::files
