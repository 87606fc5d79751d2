// Event time: milliseconds and whole minutes since 1970-01-01T00:00Z.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace insight::core {

// A point in time (event time or a clock's), to the millisecond, UTC.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
using Duration = std::chrono::milliseconds;

constexpr int kMinutesPerDay = 1440;

// A whole minute of event time: `value` minutes since 1970-01-01T00:00Z. The unit in which calls are
// counted, closed, scored and learned.
struct Minute {
  int32_t value = 0;

  auto operator<=>(const Minute&) const = default;
  Minute& operator++() {
    ++value;
    return *this;
  }
  friend Minute operator+(Minute minute, int32_t minutes) { return {minute.value + minutes}; }
  friend Minute operator-(Minute minute, int32_t minutes) { return {minute.value - minutes}; }
  friend int32_t operator-(Minute later, Minute earlier) { return later.value - earlier.value; }
};

constexpr Minute kNoMinute{INT32_MIN};
// Minutes reach from the year -72 to 4011; times beyond are in the first or last of them. Half of what fits, so that
// differences fit as well.
constexpr int32_t kMinuteMax = INT32_MAX / 2;

// The minute that holds `time` (rounded towards the past, also before 1970).
Minute minute_of(Timestamp time);
// The first millisecond of `minute`.
Timestamp start_of(Minute minute);
// 00:00 UTC of the day that holds `minute`.
Minute day_of(Minute minute);

// `2024-12-11T16:52:00Z`, as CloudTrail writes eventTime.
std::string to_iso(Minute minute);
std::string to_iso(Timestamp time);

// Reads an RFC 3339 time: `2024-12-11T16:52:07Z`, optionally with a fraction (kept to the
// millisecond) and a numeric offset instead of `Z`. Years 1 to 9999; anything else is nullopt.
std::optional<Timestamp> parse_iso(std::string_view text);

}  // namespace insight::core
