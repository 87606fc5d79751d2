#include "core/drop_reason.h"

namespace insight::core {
namespace {

struct Words {
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array<Words, kDropReasonCount> kWords = {{
    {"invalid_json", "The record is not well-formed JSON."},
    {"invalid_utf8", "The record holds bytes that are not UTF-8."},
    {"truncated", "The input ends inside the record."},
    {"too_deep", "The record is nested deeper than the limit."},
    {"too_large", "The record or its document is larger than the limit."},
    {"bad_compression", "The gzip or zstd data is damaged."},
    {"compression_bomb", "The data decompresses to more than the limit."},
    {"unknown_envelope", "The JSON holds no audit event in any envelope that is known."},
    {"missing_field", "A field without which the event cannot be counted is absent or empty."},
    {"wrong_type", "A field has another JSON type than its format says."},
    {"bad_time", "The event's time is not a time between the years 1971 and 3999."},
    {"bad_row", "The row of counts cannot be read."},
    {"future", "The event's time is more than five minutes ahead of the clock."},
    {"late", "The event's minute was already closed."},
    {"redelivered", "The event's minute was already closed, and its offset had been read before."},
    {"quota", "The event's API was refused because its partition holds as many APIs as it may."},
}};

}  // namespace

std::string_view to_string(DropReason reason) { return kWords[static_cast<size_t>(reason)].name; }

std::string_view describe(DropReason reason) { return kWords[static_cast<size_t>(reason)].sentence; }

}  // namespace insight::core
