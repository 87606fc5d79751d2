// Pre-aggregated history: CSV files of counts, merged by minute.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "core/api_key.h"
#include "core/time.h"
#include "files/event_stream.h"

namespace insight::files {

// The first line of every file of counts.
constexpr std::string_view kCountsHeader = "minute,account,region,event_source,event_name,read_only,error_code,count";

struct CountRow {
  core::Minute minute;
  core::ApiKeyView api;            // strings are valid until the next call of next()
  bool read_only = false;
  std::string_view error_code;     // empty: the calls succeeded
  uint64_t count = 0;              // 1 to 2^32 - 1
};

// Reads the rows of all inputs in order of minute; rows of the same minute come in the order of inputs. Each file
// should be ordered by minute: a row that goes back is given where it stands. A row that cannot be read is told
// to the listener as kBadRow with its line and passed over; a file without the header is one bad row and is not
// read further. Fields may be quoted as RFC 4180 has it, within a line. Empty lines say nothing. Streams: 0.5 MiB of
// memory and an open file an input. A line may have 64 KiB. Not thread-safe. Borrows the listener.
class CountsReader {
 public:
  CountsReader(std::vector<Input> inputs, StreamListener& listener);
  ~CountsReader();
  CountsReader(const CountsReader&) = delete;
  CountsReader& operator=(const CountsReader&) = delete;

  // The next row; false at the end of all inputs.
  bool next(CountRow& out);
  // Where the last row stood.
  core::Coordinates where() const;

  uint64_t bytes_done() const { return bytes_done_; }
  uint64_t bytes_total() const { return bytes_total_; }

 private:
  class File;
  using Head = std::pair<int32_t, size_t>;   // minute, file

  void push_head(size_t file);

  StreamListener& listener_;
  std::vector<Input> inputs_;
  std::vector<std::unique_ptr<File>> files_;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
  bool begun_ = false;
  size_t current_ = SIZE_MAX;      // file of the last row
  uint64_t bytes_done_ = 0;
  uint64_t bytes_total_ = 0;
};

}  // namespace insight::files
