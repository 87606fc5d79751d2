// Jobs that run by the clock: what is learned of them, when a run is missing, and what that is worth.
#include "models/cadence.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "models/calendar.h"

namespace insight::models {
namespace {

constexpr int64_t kMonday = 4 * kMinutesPerDay + 2800 * kMinutesPerWeek;
constexpr double kAtBudget10 = 0.01;   // lapses a day

// A source of chance.
class Dice {
 public:
  uint64_t below(uint64_t n) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33) % n;
  }

 private:
  uint64_t state_ = 9;
};

struct Series {
  Cadence cadence;
  int64_t minute = kMonday;

  void next(double count) { cadence.observe(minute++, count, 0.1, 0.02); }
  void until(int64_t end, const std::function<double(int64_t)>& count) {
    while (minute < end) next(count(minute - kMonday));
  }
  // Whether a missing run is reported.
  bool alarms() const {
    const Cadence::Job* job = cadence.overdue();
    return job != nullptr && cadence.lapses_per_day(*job) <= kAtBudget10;
  }
};

double every(int64_t minute, int64_t gap, int64_t at, double count) { return minute % gap == at ? count : 0.0; }

TEST(Cadence, LearnsGapAndSize) {
  Series series;
  series.until(kMonday + 30 * 20, [](int64_t t) { return every(t, 30, 4, 12.0); });
  const Cadence::Job* job = series.cadence.best();
  ASSERT_NE(job, nullptr);
  EXPECT_NEAR(job->gap, 30.0, 0.01);
  EXPECT_NEAR(job->size, 12.0, 0.8);
  EXPECT_NEAR(job->due, static_cast<double>(kMonday) + 30 * 20 + 4, 0.1);
}

TEST(Cadence, OfFiveMinutesAndThreeMinutesLongIsLearned) {
  Series series;
  Dice dice;
  series.until(kMonday + 3 * kMinutesPerDay,
               [&](int64_t t) { return t % 5 < 3 ? 20.0 + static_cast<double>(dice.below(9)) : 0.0; });
  ASSERT_NE(series.cadence.best(), nullptr);
  EXPECT_NEAR(series.cadence.best()->gap, 5.0, 0.01);
  for (int i = 0; i < 3; ++i) series.next(0.0);
  EXPECT_TRUE(series.alarms());
}

TEST(Cadence, StrayCallsHideNoNightlyJob) {
  Series series;
  Dice dice;
  const auto strays = [&] { return dice.below(50) == 0 ? 1.0 + static_cast<double>(dice.below(2)) : 0.0; };
  series.until(kMonday + 14 * kMinutesPerDay, [&](int64_t t) {
    const bool late = (t / kMinutesPerDay) % 3 == 0;
    return strays() + every(t, kMinutesPerDay, late ? 131 : 130, 40.0);
  });
  ASSERT_NE(series.cadence.best(), nullptr);
  EXPECT_NEAR(series.cadence.best()->gap, 1440.0, 1.0);
  series.until(kMonday + 14 * kMinutesPerDay + 130, [&](int64_t) { return strays(); });
  EXPECT_FALSE(series.alarms());
  series.until(kMonday + 14 * kMinutesPerDay + 138, [&](int64_t) { return strays(); });
  EXPECT_TRUE(series.alarms());
}

TEST(Cadence, FollowsTwoJobs) {
  Series series;
  series.until(kMonday + 14 * kMinutesPerDay,
               [](int64_t t) { return every(t, 60, 7, 10.0) + every(t, kMinutesPerDay, 130, 200.0); });
  int known = 0;
  for (const Cadence::Job& job : series.cadence.jobs()) known += job.is_known() ? 1 : 0;
  EXPECT_EQ(known, 2);
  series.until(kMonday + 14 * kMinutesPerDay + 140, [](int64_t t) { return every(t, 60, 7, 10.0); });
  ASSERT_TRUE(series.alarms());
  EXPECT_NEAR(series.cadence.overdue()->gap, 1440.0, 1.0);
}

TEST(Cadence, IrregularActivityIsNeverMissed) {
  Series series;
  Dice dice;
  for (int i = 0; i < 40000; ++i) {
    series.next(dice.below(97) == 0 ? 10.0 : 0.0);
    EXPECT_FALSE(series.alarms()) << i;
  }
}

TEST(Cadence, OfWorkingDaysIsNotMissedOnDaysOfRest) {
  Series series;
  const auto works = [](int64_t t) { return t % kMinutesPerWeek < 5 * kMinutesPerDay ? every(t, 60, 7, 10.0) : 0.0; };
  for (int64_t t = 0; t < 22 * kMinutesPerDay; ++t) {
    series.next(works(t));
    EXPECT_FALSE(series.alarms()) << t;
  }
  for (int i = 0; i < 75; ++i) series.next(0.0);   // on a Tuesday
  EXPECT_TRUE(series.alarms());
}

TEST(Cadence, AJobThatLeavesOutRunsByItselfIsNotReported) {
  Series series;
  Dice dice;
  int alarms = 0;
  for (int64_t t = 0; t < 28 * kMinutesPerDay; ++t) {
    series.next(t % 60 == 7 && dice.below(20) != 0 ? 10.0 : 0.0);
    if (t > 14 * kMinutesPerDay && series.alarms()) ++alarms;
  }
  ASSERT_NE(series.cadence.best(), nullptr);
  EXPECT_EQ(alarms, 0);
}

TEST(Cadence, AnAlarmEndsWithTheNextRunAndCostsLittle) {
  Series series;
  const auto runs = [](int64_t t) { return every(t, 30, 4, 12.0); };
  series.until(kMonday + 10 * kMinutesPerDay, runs);
  const auto misses_one = [&] {
    const int64_t from = series.minute - series.minute % 30;
    series.until(from + 30, [](int64_t) { return 0.0; });
    const bool missed = series.alarms();
    series.until(from + 40, runs);
    EXPECT_FALSE(series.alarms());
    return missed;
  };
  EXPECT_TRUE(misses_one());
  series.until(kMonday + 12 * kMinutesPerDay, runs);
  EXPECT_TRUE(misses_one());
}

TEST(Cadence, ARetiredJobIsForgotten) {
  Series series;
  series.until(kMonday + 10 * kMinutesPerDay, [](int64_t t) { return every(t, 30, 4, 12.0); });
  ASSERT_NE(series.cadence.best(), nullptr);
  series.until(kMonday + 14 * kMinutesPerDay, [](int64_t) { return 0.0; });
  EXPECT_EQ(series.cadence.best(), nullptr);
  EXPECT_FALSE(series.alarms());
}

TEST(Cadence, PersistsToEqualBytesAndGoesOnAlike) {
  Series series;
  Dice dice;
  const auto bytes = [](const Series& of) {
    std::string out;
    ByteWriter writer(out);
    of.cadence.persist(writer, of.minute - 1);
    return out;
  };
  for (int64_t t = 0; t < 9 * kMinutesPerDay; ++t) {
    series.next(every(t, 45, 3, 12.0) + (dice.below(40) == 0 ? 2.0 : 0.0));
    if (t % 997 != 0) continue;
    const std::string before = bytes(series);
    Series restored;
    restored.minute = series.minute;
    ByteReader in(before);
    restored.cadence.restore(in, series.minute - 1);
    ASSERT_TRUE(in.ok() && in.at_end());
    EXPECT_EQ(bytes(restored), before);
    for (int i = 0; i < 100; ++i) {
      const double count = dice.below(9) == 0 ? 11.0 : 0.0;
      series.next(count);
      restored.next(count);
    }
    EXPECT_EQ(bytes(restored), bytes(series));
    t += 100;
  }
}

}  // namespace
}  // namespace insight::models
