// Where a minute lies in its hour and week, in UTC. Minutes are counted from 1970-01-01T00:00Z.
#pragma once

#include <cstdint>

namespace insight::models {

inline constexpr int64_t kMinutesPerDay = 1440;
inline constexpr int64_t kMinutesPerWeek = 7 * kMinutesPerDay;
inline constexpr int kHourBins = 48;   // 24 hours of a working day, then 24 hours of a weekend day

// 0 is Monday 00:00; 1970-01-05 was a Monday. Defined for minutes before 1970 too.
constexpr int minute_of_week(int64_t minute) {
  const int64_t rest = (minute - 4 * kMinutesPerDay) % kMinutesPerWeek;
  return static_cast<int>(rest < 0 ? rest + kMinutesPerWeek : rest);
}

constexpr int minute_of_hour(int64_t minute) { return minute_of_week(minute) % 60; }

// The hour bin: hour of day, plus 24 on Saturday and Sunday.
constexpr int hour_bin(int64_t minute) {
  const int of_week = minute_of_week(minute);
  return (of_week / 60) % 24 + (of_week >= 5 * kMinutesPerDay ? 24 : 0);
}

}  // namespace insight::models
