// Where a record was found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace insight::core {

// The place of one record: in Kafka (topic, partition, offset) or in a file (its path), and in it the
// record's index (0-based, in its envelope) or its line (1-based; 0: not line-delimited).
struct Coordinates {
  std::string_view source;    // topic or path; borrowed
  int32_t partition = -1;     // -1: a file
  int64_t offset = 0;
  uint32_t index = 0;
  uint32_t line = 0;
};

// `audit-events[3]@1041 #2` or `trail/x.json.gz:17`.
std::string to_string(const Coordinates& where);

}  // namespace insight::core
