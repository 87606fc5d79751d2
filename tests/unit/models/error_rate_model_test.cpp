#include "models/error_rate_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "models/error_tail.h"
#include "models/overdispersion.h"
#include "tests/unit/models/reference.h"

namespace insight::models {
namespace {

struct Series {
  ErrorRateModel model;
  int64_t minute = 0;

  ErrorScore next(double errors, double calls) {
    const ErrorScore score = model.score(minute++, errors, calls);
    model.learn(score, true);
    return score;
  }
  // An error in every hundredth call, evenly.
  void days(int many) {
    for (int i = 0; i < many * 1440; ++i) next(i % 10 == 0 ? 1.0 : 0.0, 10.0);
  }
};

std::string bytes(const ErrorRateModel& model) {
  std::string out;
  ByteWriter writer(out);
  model.persist(writer);
  return out;
}

TEST(ErrorRateModel, RestoredModelGoesOnWithTheSameBits) {
  const Reference::Series& traffic = reference().series[8];
  Series original;
  for (size_t t = 0; t < 3000; ++t) {
    original.next(static_cast<double>(traffic.errors[t]), static_cast<double>(traffic.calls[t]));
  }
  const std::string first = bytes(original.model);
  Series restored;
  ByteReader in(first);
  restored.model.restore(in);
  ASSERT_TRUE(in.ok() && in.at_end());
  restored.minute = original.minute;
  EXPECT_EQ(bytes(restored.model), first);
  for (size_t t = 3000; t < traffic.calls.size(); ++t) {
    const auto errors = static_cast<double>(traffic.errors[t]);
    const auto calls = static_cast<double>(traffic.calls[t]);
    ASSERT_EQ(original.next(errors, calls).value, restored.next(errors, calls).value) << t;
  }
  EXPECT_EQ(bytes(restored.model), bytes(original.model));
}

TEST(ErrorRateModel, EveryCutRecordIsRefused) {
  Series series;
  series.days(1);
  const std::string whole = bytes(series.model);
  for (size_t size = 0; size < whole.size(); ++size) {
    ErrorRateModel restored;
    ByteReader in(std::string_view(whole.data(), size));
    restored.restore(in);
    EXPECT_FALSE(in.ok()) << size;
  }
}

TEST(ErrorRateModel, OutageIsReportedAndNotLearned) {
  Series series;
  series.days(3);
  const double rate = series.model.error_rate();
  ErrorScore score;
  for (int i = 0; i < 60; ++i) score = series.next(6.0, 10.0);
  EXPECT_GE(score.value, ErrorRateModel::kGuardThreshold);
  EXPECT_TRUE(score.abnormal);
  EXPECT_TRUE(series.model.guard_open());
  EXPECT_LT(series.model.error_rate(), 2.0 * rate);
  EXPECT_NEAR(score.expected, score.calls * rate, score.calls * rate);
}

// The learned correlation once swallowed long outages: after hours of them nothing was surprising any more.
TEST(ErrorRateModel, LongOutageKeepsItsScore) {
  Series series;
  series.days(5);
  const double correlation = series.model.correlation(2);
  double least = 1e9;
  for (int i = 0; i < 600; ++i) {
    const double value = series.next(10.0, 10.0).value;
    if (i >= 15) least = std::min(least, value);
  }
  EXPECT_GE(least, 4.0);
  EXPECT_LE(series.model.correlation(2), 1.5 * correlation + 0.01);
}

TEST(ErrorRateModel, WindowsForgetAnOutageOnceItIsOver) {
  Series series;
  series.days(3);
  for (int i = 0; i < 60; ++i) series.next(10.0, 10.0);
  ErrorScore score;
  for (int i = 0; i < 40; ++i) score = series.next(i % 10 == 0 ? 1.0 : 0.0, 10.0);
  EXPECT_FALSE(series.model.guard_open());
  EXPECT_EQ(score.raw, 0.0);
}

TEST(ErrorRateModel, NewLevelIsAdoptedInADay) {
  Series series;
  series.days(10);
  ErrorScore score;
  for (int i = 0; i < 1440; ++i) score = series.next(i % 2 == 0 ? 3.0 : 2.0, 10.0);
  EXPECT_FALSE(series.model.guard_open());
  EXPECT_LT(score.value, 1.0);
  EXPECT_NEAR(series.model.error_rate(), 0.25, 0.1);
}

TEST(ErrorRateModel, SurgeOfCallsThatFailAsOftenAsEverIsNoSurprise) {
  Series series;
  series.days(3);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(series.next(2.0, 200.0).value, 0.0) << i;
}

// The share of failing calls rises twentyfold, the number of errors does not.
TEST(ErrorRateModel, SteadyErrorsAmongFewerCallsAreNoSurprise) {
  Series series;
  for (int i = 0; i < 5 * 1440; ++i) series.next(2.0, 100.0);
  for (int i = 0; i < 120; ++i) EXPECT_EQ(series.next(2.0, 5.0).value, 0.0) << i;
}

// Thirty errors in the same minute of every night: news at first, then how the series is.
TEST(ErrorRateModel, NightlyErrorsBecomeTheHabit) {
  Series series;
  double first = 0.0;
  double last = 0.0;
  for (int day = 0; day < 14; ++day) {
    for (int i = 0; i < 1440; ++i) {
      const bool job = i == 150;
      const double value = series.next(job ? 30.0 : i % 10 == 0 ? 1.0 : 0.0, job ? 40.0 : 10.0).value;
      if (job && day == 1) first = value;
      if (job) last = value;
    }
  }
  EXPECT_GE(first, 1.5);
  EXPECT_LT(last, 1.0);
}

TEST(ErrorRateModel, UnarmedModelLearnsWhateverComes) {
  Series series;
  for (int i = 0; i < 300; ++i) {
    series.model.learn(series.model.score(series.minute, 6.0, 10.0), false);
    ++series.minute;
  }
  EXPECT_FALSE(series.model.guard_open());
  EXPECT_NEAR(series.model.error_rate(), 0.6, 0.02);
}

TEST(ErrorRateModel, FewErrorsAreNoSurprise) {
  Series series;
  series.days(1);
  const ErrorScore score = series.next(2.0, 2.0);
  EXPECT_EQ(score.value, 0.0);
  EXPECT_FALSE(score.abnormal);
}

TEST(ErrorRateModel, MoreErrorsNeverLowerTheSurprise) {
  Series series;
  series.days(2);
  double surprise = 0.0;
  for (double errors = 0.0; errors <= 200.0; errors += 1.0) {
    ErrorRateModel copy = series.model;
    const double raw = copy.score(series.minute, errors, 200.0).raw;
    EXPECT_GE(raw, surprise) << errors;
    surprise = raw;
  }
}

TEST(ErrorRateModel, AlarmingErrorsAreTheFewestThatReachTheThreshold) {
  Series series;
  series.days(2);
  for (const double threshold : {0.75, 2.0, 4.0}) {
    const uint64_t bound = series.model.alarming_errors(series.minute, 100.0, threshold);
    ASSERT_GT(bound, 3U);
    ASSERT_LT(bound, 100U);
    const auto errors = static_cast<double>(bound);
    EXPECT_GE(series.model.minute_value(series.minute, errors, 100.0), threshold);
    EXPECT_GE(series.model.minute_value(series.minute, errors, 50.0), threshold) << "fewer calls";
    EXPECT_LT(series.model.minute_value(series.minute, errors - 1.0, 100.0), threshold);
  }
  EXPECT_EQ(series.model.alarming_errors(series.minute, 3.0, 40.0), ErrorRateModel::kNoBound);
}

TEST(ErrorRateModel, SplitFindsWhereTheErrorsBegan) {
  Series series;
  series.days(2);
  for (int i = 0; i < 12; ++i) {
    const ErrorScore score = series.model.score(series.minute, 3.0, 10.0);
    if (i == 11) {
      EXPECT_EQ(score.window, 15);
      EXPECT_EQ(series.model.split(score), 12);
      const double upper = series.model.upper_bound(score, 2.0);
      EXPECT_LE(upper, score.observed);
      EXPECT_GT(upper, 3.0);
    }
    series.model.learn(score, true);
    ++series.minute;
  }
}

TEST(ErrorRateModel, SkippedMinutesTeachNothing) {
  Series series;
  series.days(1);
  const double rate = series.model.error_rate();
  const double age = series.model.age_days();
  for (int i = 0; i < 100; ++i) series.model.skip(series.minute++);
  EXPECT_EQ(series.model.error_rate(), rate);
  EXPECT_EQ(series.model.age_days(), age);
  EXPECT_EQ(series.model.minutes_seen(), 1540);
}

TEST(ErrorRateModel, QuietSeriesIsKeptInLittle) {
  Series series;
  for (int i = 0; i < 5 * 1440; ++i) series.next(i % 300 == 0 ? 1.0 : 0.0, 10.0);
  EXPECT_LE(bytes(series.model).size(), 700U);
}

TEST(Overdispersion, LearnsTheCorrelationOfCallsThatFailTogether) {
  // Windows of 50 calls whose rate is 0.05 or 0.15 by turns: correlation 0.0025 / 0.09.
  Overdispersion learned(0.01);
  uint64_t state = 1;
  const auto uniform = [&state] {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state >> 11) * 0x1p-53;
  };
  for (int i = 0; i < 20000; ++i) {
    int errors = 0;
    for (int call = 0; call < 50; ++call) errors += uniform() < (i % 2 == 0 ? 0.05 : 0.15) ? 1 : 0;
    learned.learn(errors - 5.0, 50.0 * 0.1 * 0.9, 49.0, 1.0, 0.9999);
  }
  EXPECT_NEAR(learned.value(), 0.0025 / 0.09, 0.004);
}

TEST(Overdispersion, OneOutageMovesItALittle) {
  Overdispersion learned(0.01);
  for (int i = 0; i < 2000; ++i) learned.learn(i % 2 == 0 ? 2.0 : -2.0, 4.5, 49.0, 1.0, 0.9999);
  const double before = learned.value();
  learned.learn(45.0, 4.5, 49.0, 1.0, 0.9999);
  EXPECT_LE(learned.value(), before + 0.002);
}

TEST(ErrorTail, SurpriseForIsTheInverseOfValue) {
  ErrorTail tail;
  for (int i = 0; i < 5000; ++i) tail.learn(i % 700 == 0 ? 7.0 + i / 1000.0 : 1.0, false, 3.5);
  for (const double wanted : {0.4, 1.0, 4.75, 14.0}) {
    EXPECT_NEAR(tail.value(tail.surprise_for(wanted, {3.5, 100.0}), {3.5, 100.0}), wanted, 1e-9);
  }
}

// A burst of surprise 30 every so many days for four weeks, taken for an anomaly each time.
double value_after_bursts(int days_between) {
  ErrorTail tail;
  for (int minute = 0; minute < 28 * 1440; ++minute) {
    const bool burst = minute % (days_between * 1440) == 700;
    tail.learn(burst ? 30.0 : 0.0, burst, minute / 1440.0);
  }
  return tail.value(30.0, {28.0, 100.0});
}

TEST(ErrorTail, ToldRareOutagesFromBurstsThatKeepComing) {
  EXPECT_GE(value_after_bursts(7), 3.0);
  EXPECT_LT(value_after_bursts(1), 1.5);
}

}  // namespace
}  // namespace insight::models
