// Why an audit event was dropped: the closed list that metrics, summaries and dead letters use.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace insight::core {

enum class DropReason : uint8_t {
  // decode: one per record that cannot be read
  kInvalidJson,          // not JSON, or JSON whose structure is broken
  kInvalidUtf8,          // bytes that are not UTF-8
  kTruncated,            // the input ends inside the record
  kTooDeep,              // nested deeper than the decoder's limit
  kTooLarge,             // the record or its document is larger than the decoder's limit
  kBadCompression,       // gzip or zstd data that is damaged
  kCompressionBomb,      // decompresses to more than the decoder's limit
  kUnknownEnvelope,      // JSON, but no audit event in any envelope known
  kMissingField,         // a field without which the event cannot be counted is absent or empty
  kWrongType,            // a field has another JSON type than its format says
  kBadTime,              // eventTime is no time between the years 1971 and 3999
  kBadRow,               // a row of counts that cannot be read (--format counts)
  // progress and count
  kFuture,               // more than 5 minutes ahead of the clock
  kLate,                 // its minute was already closed
  kRedelivered,          // its minute was already closed, and its offset had been read before
  kQuota,                // its API was refused: the partition holds as many APIs as it may
};

constexpr size_t kDropReasonCount = 16;

// The label value, snake_case: "invalid_json".
std::string_view to_string(DropReason reason);
// One sentence for a person.
std::string_view describe(DropReason reason);

using DropCounts = std::array<uint64_t, kDropReasonCount>;

}  // namespace insight::core
