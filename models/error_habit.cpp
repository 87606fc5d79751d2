// A season of error counts by hour of day.
//
// Method: the mean of an hour is (errors + k m) / (minutes + k), with m the discounted mean of all minutes and k = 120
// minutes: after two days an hour speaks mostly for itself. An hour keeps 0.85 of its memory from day to day.
//
// Blind to: weekends, and minutes within the hour.
#include "models/error_habit.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/calendar.h"
#include "models/packing.h"

namespace insight::models {
namespace {

constexpr double kShrinkage = 120.0;      // minutes at the mean of all hours
constexpr double kPriorErrors = 0.1;      // in an hour, before anything was seen
constexpr double kPriorMinutes = 60.0;
constexpr double kDailyDecay = 0.85;
constexpr double kLeastExpected = 1e-9;

uint64_t bits_of(Single value) { return std::bit_cast<uint32_t>(static_cast<float>(static_cast<double>(value))); }

int hour_of_day(int64_t minute) { return hour_bin(minute) % 24; }

}  // namespace

double ErrorHabit::per_minute(int hour) const {
  const double mean = (errors_ + kPriorErrors) / (minutes_ + kPriorMinutes);
  const Hour& seen = hours_[static_cast<size_t>(hour)];
  return (seen.errors + kShrinkage * mean) / (seen.minutes + kShrinkage);
}

double ErrorHabit::expected(int64_t minute, int minutes) const {
  const int hour = hour_of_day(minute);
  const int in_hour = std::min(minutes, minute_of_hour(minute) + 1);
  double sum = per_minute(hour) * in_hour;
  if (minutes > in_hour) sum += per_minute((hour + 23) % 24) * (minutes - in_hour);
  return std::max(sum, kLeastExpected);
}

double ErrorHabit::errors_a_day() const { return 1440.0 * (errors_ + kPriorErrors) / (minutes_ + kPriorMinutes); }

double ErrorHabit::uncertainty() const { return 1.0 / (errors_ + 0.5); }

void ErrorHabit::learn(int64_t minute, double errors, double decay) {
  errors_ = errors_ * decay + errors;
  minutes_ = minutes_ * decay + 1.0;
  Hour& hour = hours_[static_cast<size_t>(hour_of_day(minute))];
  hour.errors += errors;
  hour.minutes += 1.0;
  if (minute_of_hour(minute) != 59) return;
  hour.errors *= kDailyDecay;
  hour.minutes *= kDailyDecay;
}

void ErrorHabit::forget(double share) {
  errors_ *= share;
  minutes_ *= share;
  for (Hour& hour : hours_) {
    hour.errors *= share;
    hour.minutes *= share;
  }
}

void ErrorHabit::persist(ByteWriter& out) const {
  pack(out, errors_);
  pack(out, minutes_);
  for (const auto field : {&Hour::errors, &Hour::minutes}) {
    std::array<uint64_t, 24> bits{};
    for (size_t hour = 0; hour < bits.size(); ++hour) bits[hour] = bits_of(hours_[hour].*field);
    pack_nearest(out, bits);
  }
}

void ErrorHabit::restore(ByteReader& in) {
  unpack(in, errors_);
  unpack(in, minutes_);
  for (const auto field : {&Hour::errors, &Hour::minutes}) {
    std::array<uint64_t, 24> bits{};
    unpack_nearest(in, bits);
    for (size_t hour = 0; hour < bits.size(); ++hour) {
      const float value = std::bit_cast<float>(static_cast<uint32_t>(bits[hour]));
      if (bits[hour] > UINT32_MAX || !(value >= 0.0F && std::isfinite(value))) return in.fail();
      hours_[hour].*field = Single(static_cast<double>(value));
    }
  }
}

}  // namespace insight::models
