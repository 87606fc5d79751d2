// A year of minutes of traffic that does not change: what was learned in its first weeks still holds at its end.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "models/count_model.h"
#include "models/error_rate_model.h"
#include "tests/unit/models/kinds.h"

namespace insight::models {
namespace {

constexpr int64_t kMonday = 4 * kMinutesPerDay + 2800 * kMinutesPerWeek;
constexpr int kSettled = 8;   // weeks
constexpr int kYear = 52;
constexpr double kThreshold = 4.1;
constexpr double kMost = 2e9;

using Counts = std::function<double(int64_t minute)>;

// The sums of all windows, of what is kept of each minute.
void expect_exact_sums(const CountModel& model) {
  const int64_t last = model.minutes_seen() - 1;
  for (int scale = 0; scale < MinuteWindows::kScales; ++scale) {
    double count = 0.0;
    double expected = 0.0;
    for (int back = 0; back < MinuteWindows::length(scale); ++back) {
      count += model.windows().count_at(last - back);
      expected += model.windows().expected_at(last - back);
    }
    ASSERT_EQ(model.windows().sums(scale).count, count) << scale;
    ASSERT_EQ(model.windows().sums(scale).expected, expected) << scale;
  }
}

struct Year {
  CountModel model;
  Profile profile;
  int64_t minute = kMonday;
  double highest = 0.0;   // score of the last week

  void week(const Counts& counts) {
    highest = 0.0;
    for (int i = 0; i < kMinutesPerWeek; ++i, ++minute) {
      const CountScore score = model.score(minute, counts(minute), profile);
      highest = std::max(highest, score.value);
      model.learn(score, kThreshold, true);
    }
  }
  // Of counts that are the same in every week: what is expected of each hour after a year is what was expected after two
  // months, but for the rounding of what is kept.
  void expect_no_drift(const Counts& counts) {
    for (int week_number = 0; week_number < kSettled; ++week_number) week(counts);
    const CountModel settled = model;
    const int64_t then = minute;
    for (int week_number = kSettled; week_number < kYear; ++week_number) {
      week(counts);
      expect_exact_sums(model);
      EXPECT_LT(highest, kThreshold) << "week " << week_number;
    }
    for (int64_t ahead = 30; ahead < kMinutesPerWeek; ahead += 60) {
      const double expected = model.expected(minute + ahead, profile);
      EXPECT_NEAR(expected / settled.expected(then + ahead, profile), 1.0, 0.015) << ahead;
    }
    EXPECT_NEAR(model.level_per_minute() / settled.level_per_minute(), 1.0, 0.001);
    for (int scale = 0; scale < MinuteWindows::kScales; ++scale) {
      EXPECT_NEAR(model.dispersion(scale), settled.dispersion(scale), 0.01) << scale;
    }
    EXPECT_EQ(model.minutes_seen(), kYear * kMinutesPerWeek);
    EXPECT_EQ(model.age_days(), kYear * 7.0);
  }
};

TEST(YearWithoutDrift, OfBillionsOfCallsAMinute) {
  Year year;
  year.expect_no_drift([](int64_t minute) { return kMost - static_cast<double>(minute % 7); });
  EXPECT_NEAR(year.model.level_per_minute() / (kMost - 3.0), 1.0, 0.001);
  EXPECT_NEAR(year.model.expected(year.minute, year.profile) / kMost, 1.0, 0.01);
}

TEST(YearWithoutDrift, OfADayAndAWeekend) {
  const auto wave = [](int64_t minute) {
    const int64_t hour = minute_of_week(minute) / 60;
    const double day = 1.0 + 0.5 * std::sin(static_cast<double>(hour) * 0.2618);
    return std::floor((hour >= 120 ? 2e5 : 1e6) * day);
  };
  Year().expect_no_drift(wave);
}

// What comes by chance is estimated without bias: on average over the year, within four standard errors.
TEST(YearWithoutDrift, OfCallsByChance) {
  Year year;
  Traffic traffic(Kind::kSteady);  // 0.3 a minute
  double sum = 0.0;
  for (int week = 0; week < kYear; ++week) {
    year.week([&](int64_t minute) { return traffic.count(minute); });
    expect_exact_sums(year.model);
    const double level = year.model.level_per_minute();
    EXPECT_NEAR(level, 0.3, 0.3 * 0.08) << week;
    sum += level;
  }
  EXPECT_NEAR(sum / kYear, 0.3, 0.3 * 0.011);
}

TEST(YearWithoutDrift, OfErrors) {
  for (const double calls : {10.0, 1e4, kMost}) {
    ErrorRateModel model;
    int64_t minute = kMonday;
    const auto week = [&] {
      double highest = 0.0;
      for (int i = 0; i < kMinutesPerWeek; ++i, ++minute) {
        const double errors = calls < 100.0 ? (minute % 10 == 0 ? 1.0 : 0.0) : std::floor(calls / 100.0);
        const ErrorScore score = model.score(minute, errors, calls);
        highest = std::max(highest, score.value);
        model.learn(score, true);
      }
      EXPECT_LT(highest, 1.0) << calls;
      EXPECT_NEAR(model.error_rate(), 0.01, 1e-5) << calls;
    };
    for (int i = 0; i < kSettled; ++i) week();
    const auto alarming = static_cast<double>(model.alarming_errors(minute, 20.0 * calls, 2.0));
    for (int i = kSettled; i < kYear; ++i) week();
    EXPECT_NEAR(static_cast<double>(model.alarming_errors(minute, 20.0 * calls, 2.0)) / alarming, 1.0, 0.02) << calls;
  }
}

}  // namespace
}  // namespace insight::models
