// eventTime as CloudTrail writes it, read fast.
#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"

namespace insight::decode {

// Reads what core::parse_iso reads; nullopt also for times outside the years 1971 to 3999 (UTC), so that
// minutes and windows around every accepted time can be computed without overflow.
std::optional<core::Timestamp> parse_event_time(std::string_view text);

}  // namespace insight::decode
