// What a replay has learned, in one file: the records that its tasks would have written to the state topic.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace insight::state {

// One record of the state topic; none is a tombstone.
struct StateRecord {
  uint32_t partition = 0;
  std::string key;
  std::string value;
  bool operator==(const StateRecord&) const = default;
};

struct StateFile {
  uint32_t partitions = 1;          // of the calls topic that the records were made for
  int32_t lateness_minutes = 10;    // input.lateness: records hold bounds for so many minutes ahead
  std::vector<StateRecord> records;
};

enum class StateFileError : uint8_t {
  kNone,
  kForeign,        // does not begin like a state file
  kNewerVersion,   // written by a newer release
  kDamaged,        // cut short or changed
};

constexpr uint8_t kStateFileVersion = 1;

std::string to_bytes(const StateFile& file);
// Replaces `file`; its content has no meaning after an error.
StateFileError parse(std::string_view bytes, StateFile& file);

}  // namespace insight::state
