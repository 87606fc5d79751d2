// Which files a replay reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace insight::files {

struct Input {
  std::string path;                           // "-": standard input
  uint64_t bytes = 0;                         // as stored; 0 for streams
  bool is_stream = false;                     // standard input, a pipe or a device: read once, as it comes
  std::optional<core::Timestamp> delivered;   // of a file named by CloudTrail: the time in its name
};

struct Unreadable {
  std::string path;
  std::string reason;
};

// Sorted by path, every file once, however many names and links lead to it.
struct Catalog {
  std::vector<Input> inputs;
  uint64_t skipped = 0;                       // files with another ending
  std::vector<Unreadable> unreadable;
};

// Walks files and folders (recursively, links followed, loops cut). Files whose names end in .json, .jsonl,
// .ndjson, .log or .csv, optionally with .gz or .zst, are inputs. The order of `paths` changes nothing.
Catalog find_inputs(const std::vector<std::string>& paths);

// The time in `ACCOUNT_CloudTrail_REGION_20230710T1145Z_ID.json.gz`: when CloudTrail delivered the file.
std::optional<core::Timestamp> delivery_time(std::string_view path);

}  // namespace insight::files
