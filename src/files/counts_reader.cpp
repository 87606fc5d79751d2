#include "files/counts_reader.h"

#include <algorithm>
#include <utility>

#include "decode/stream.h"
#include "files/counts_row.h"

namespace insight::files {
namespace {

constexpr size_t kPartBytes = 128u << 10;
constexpr size_t kLineBytesMax = 64u << 10;

}  // namespace

// One file, read line by line.
class CountsReader::File {
 public:
  File(const Input& input, CountsReader& reader) : input_(input), reader_(reader), stream_(input.path) {}

  // Goes on to the next good row; false at the end.
  bool advance() {
    std::string_view line;
    while (read_line(line)) {
      was_cut_ = std::exchange(is_cut_, false);
      if (line_ == 1) {
        if (line == kCountsHeader) continue;
        bad_row();
        return false;
      }
      if (line.empty()) continue;
      if (!was_cut_ && parse_count_row(line, scratch_, row_)) return true;
      bad_row();
    }
    return false;
  }

  const CountRow& row() const { return row_; }
  core::Coordinates where() const {
    core::Coordinates where;
    where.source = input_.path;
    where.line = line_;
    return where;
  }

 private:
  void bad_row() { reader_.listener_.on_error(core::DropReason::kBadRow, where()); }

  // The next line, without its end; it is valid until the next one.
  bool read_line(std::string_view& line) {
    while (true) {
      size_t end = text_.view().find('\n', at_);
      if (end == std::string_view::npos) {
        if (more()) continue;
        if (at_ == text_.size()) return false;
        end = text_.size();  // a last line without its end
      }
      ++line_;
      line = text_.view().substr(at_, end - at_);
      at_ = std::min(text_.size(), end + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      return true;
    }
  }

  // Reads on behind what is left of the line; false when there is no more.
  bool more() {
    if (status_ != decode::StreamStatus::kMore) return false;
    if (text_.size() - at_ > kLineBytesMax) {
      is_cut_ = true;
      at_ = text_.size() - 1;  // one byte of it stays, so that it is no empty line
    }
    text_.erase_front(at_);
    at_ = 0;
    const uint64_t before = stream_.bytes_read();
    status_ = stream_.read(text_, kPartBytes);
    reader_.bytes_done_ += stream_.bytes_read() - before;
    reader_.listener_.on_progress(reader_.bytes_done_, std::max(reader_.bytes_done_, reader_.bytes_total_));
    return status_ == decode::StreamStatus::kMore || report_end();
  }

  // Says what was wrong with the end of the file. A line that the damage cut is not read.
  bool report_end() {
    if (status_ == decode::StreamStatus::kEnd) return false;
    text_.clear();
    at_ = 0;
    auto place = where();
    ++place.line;
    auto& listener = reader_.listener_;
    if (status_ == decode::StreamStatus::kUnreadable)
      listener.on_unreadable(input_.path, stream_.error());
    else
      listener.on_error(status_ == decode::StreamStatus::kTruncated ? core::DropReason::kTruncated
                                                                    : core::DropReason::kBadCompression,
                        place);
    return false;
  }

  const Input& input_;
  CountsReader& reader_;
  decode::ByteStream stream_;
  decode::StreamStatus status_ = decode::StreamStatus::kMore;
  decode::TextBuffer text_;
  size_t at_ = 0;
  uint32_t line_ = 0;
  bool is_cut_ = false;    // the line that is being read was too long, and has lost its beginning
  bool was_cut_ = false;   // so had the last one
  std::string scratch_;
  CountRow row_;
};

CountsReader::CountsReader(std::vector<Input> inputs, StreamListener& listener)
    : listener_(listener), inputs_(std::move(inputs)) {
  for (const auto& input : inputs_) {
    bytes_total_ += input.bytes;
    files_.push_back(std::make_unique<File>(input, *this));
  }
}

CountsReader::~CountsReader() = default;

bool CountsReader::next(CountRow& out) {
  if (!begun_) {
    begun_ = true;
    for (size_t i = 0; i < files_.size(); ++i) push_head(i);
  } else if (current_ != SIZE_MAX) {
    push_head(current_);
  }
  if (heads_.empty()) {
    current_ = SIZE_MAX;
    return false;
  }
  current_ = heads_.top().second;
  heads_.pop();
  out = files_[current_]->row();
  return true;
}

core::Coordinates CountsReader::where() const {
  return current_ == SIZE_MAX ? core::Coordinates{} : files_[current_]->where();
}

void CountsReader::push_head(size_t file) {
  if (files_[file]->advance()) heads_.emplace(files_[file]->row().minute.value, file);
}

}  // namespace insight::files
