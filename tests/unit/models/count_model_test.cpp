#include "models/count_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/unit/models/reference.h"

namespace insight::models {
namespace {

constexpr int64_t kMonday = 4 * kMinutesPerDay + 2800 * kMinutesPerWeek;
constexpr double kThreshold = 4.75;

// A small deterministic source of counts.
class Counts {
 public:
  explicit Counts(uint64_t seed) : state_(seed) {}

  double poisson(double mean) {
    const double limit = std::exp(-mean);
    double product = uniform();
    double count = 0.0;
    for (; product > limit; product *= uniform()) count += 1.0;
    return count;
  }

 private:
  double uniform() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>((state_ >> 11) + 1) * 0x1p-53;
  }
  uint64_t state_;
};

struct Series {
  CountModel model;
  Profile profile;
  int64_t minute = kMonday;

  CountScore next(double count, bool armed = true) {
    const CountScore score = model.score(minute++, count, profile);
    model.learn(score, kThreshold, armed);
    return score;
  }
  void days(double many, double mean, uint64_t seed = 1) {
    Counts counts(seed);
    for (int i = 0; i < static_cast<int>(many * 1440.0); ++i) next(counts.poisson(mean));
  }
};

std::string bytes(const CountModel& model) {
  std::string out;
  ByteWriter writer(out);
  model.persist(writer);
  return out;
}

TEST(CountModel, RestoredModelGoesOnWithTheSameBits) {
  const Reference& stored = reference();
  for (size_t s = 0; s < stored.series.size(); s += 3) {
    Series original;
    original.minute = stored.first_minute;
    for (size_t t = 0; t < 4000; ++t) original.next(static_cast<double>(stored.series[s].calls[t]));
    const std::string first = bytes(original.model);
    Series restored = original;
    restored.model = CountModel();
    ByteReader in(first);
    restored.model.restore(in);
    ASSERT_TRUE(in.ok() && in.at_end());
    EXPECT_EQ(bytes(restored.model), first);
    for (size_t t = 4000; t < 5500; ++t) {
      const auto count = static_cast<double>(stored.series[s].calls[t]);
      ASSERT_EQ(original.next(count).value, restored.next(count).value) << "series " << s << " minute " << t;
    }
    EXPECT_EQ(bytes(restored.model), bytes(original.model));
  }
}

TEST(CountModel, YoungModelRoundTrips) {
  Series series;
  for (int i = 0; i < 7; ++i) series.next(i);
  const std::string first = bytes(series.model);
  CountModel restored;
  ByteReader in(first);
  restored.restore(in);
  ASSERT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(bytes(restored), first);
  EXPECT_LT(first.size(), 200U);
}

TEST(CountModel, EveryCutRecordIsRefused) {
  Series series;
  series.days(0.3, 0.5);
  const std::string whole = bytes(series.model);
  for (size_t size = 0; size < whole.size(); ++size) {
    CountModel restored;
    ByteReader in(std::string_view(whole.data(), size));
    restored.restore(in);
    EXPECT_FALSE(in.ok()) << size;
  }
  std::string other_version = whole;
  other_version[0] = 99;
  CountModel restored;
  ByteReader in(other_version);
  restored.restore(in);
  EXPECT_FALSE(in.ok());
}

TEST(CountModel, MoreCallsNeverLowerTheIncreaseOfTheirMinute) {
  for (const double mean : {0.02, 0.6, 9.0, 300.0}) {
    Series series;
    series.days(3.0, mean, 7);
    double surprise[2] = {0.0, 0.0};
    for (double count = 0.0; count < 40.0 + 8.0 * mean; count += 1.0) {
      CountModel copy = series.model;
      const CountScore score = copy.score(series.minute, count, series.profile);
      for (size_t side = 0; side < 2; ++side) {
        EXPECT_GE(score.raw[side], surprise[side]) << mean << " " << count;
        surprise[side] = score.raw[side];
      }
    }
    EXPECT_GT(surprise[0], 10.0);
  }
}

TEST(CountModel, ShiftByWholeWeeksChangesNothing) {
  const Reference::Series& traffic = reference().series[6];
  Series here, later, earlier;
  later.minute += 53 * kMinutesPerWeek;
  earlier.minute = kMonday - 3001 * kMinutesPerWeek;   // before 1970
  ASSERT_LT(earlier.minute, 0);
  for (const int64_t calls : traffic.calls) {
    const double value = here.next(static_cast<double>(calls)).value;
    ASSERT_EQ(later.next(static_cast<double>(calls)).value, value);
    ASSERT_EQ(earlier.next(static_cast<double>(calls)).value, value);
  }
}

TEST(CountModel, SustainedIncreaseIsReportedAndThenForgiven) {
  Series series;
  series.days(3.0, 4.0);
  CountScore score;
  for (int i = 0; i < 5; ++i) score = series.next(60.0);
  EXPECT_GE(score.value, kThreshold);
  EXPECT_EQ(score.kind, CountScore::kIncrease);
  EXPECT_TRUE(score.abnormal);
  EXPECT_TRUE(series.model.guard_open());
  const double level = series.model.level_per_minute();
  for (int i = 0; i < 60; ++i) series.next(60.0);
  EXPECT_NEAR(series.model.level_per_minute(), level, 0.1 * level);
  Counts counts(3);
  for (int i = 0; i < 30; ++i) score = series.next(counts.poisson(4.0));
  EXPECT_FALSE(series.model.guard_open());
  EXPECT_LT(score.value, kThreshold);   // the end of the increase is no decrease
}

TEST(CountModel, UnarmedModelLearnsEverything) {
  Series armed, unarmed;
  for (Series* series : {&armed, &unarmed}) series->days(3.0, 4.0);
  for (int i = 0; i < 60; ++i) {
    armed.next(60.0);
    unarmed.next(60.0, false);
  }
  EXPECT_TRUE(armed.model.guard_open());
  EXPECT_FALSE(unarmed.model.guard_open());
  EXPECT_GT(unarmed.model.fast_ratio(), 2.0 * armed.model.fast_ratio());
}

TEST(CountModel, SilenceNamesItsLength) {
  Series series;
  series.days(4.0, 3.0);
  CountScore score;
  for (int i = 0; i < 30; ++i) score = series.next(0.0);
  EXPECT_GE(score.value, kThreshold);
  EXPECT_TRUE(score.kind == CountScore::kSilence || score.kind == CountScore::kDecrease);
  EXPECT_GT(score.raw[3], 6.9);
  EXPECT_GE(series.model.split(score), 30);
  EXPECT_LE(series.model.split(score), 32);
}

TEST(CountModel, MissedRunIsReportedOnceOverdue) {
  Series series;
  CountScore score;
  int reported_at = -1;
  for (int i = 0; i < 120 * 60 + 30; ++i) {
    const bool run = i % 60 == 7 && i < 119 * 60;
    score = series.next(run ? 25.0 : 0.0);
    if (score.kind == CountScore::kMissedRun && reported_at < 0) reported_at = i;
  }
  ASSERT_GE(reported_at, 119 * 60 + 7);
  EXPECT_LE(reported_at, 119 * 60 + 15);
  EXPECT_GE(score.value, kThreshold);
  EXPECT_EQ(series.model.split(score), 82);   // minutes since it was due
  EXPECT_NEAR(score.mean, 25.0, 1.0);
  EXPECT_EQ(score.observed, 0.0);
  const CountModel::Bounds bounds = series.model.bounds(score, kThreshold);
  EXPECT_GT(bounds.lower, 0.0);
  EXPECT_LT(bounds.lower, 25.0);
}

TEST(CountModel, SplitFindsWhereABurstBegan) {
  Series series;
  series.days(3.0, 2.0);
  Counts counts(5);
  for (int i = 0; i < 60; ++i) series.next(counts.poisson(2.0));
  CountModel before = series.model;
  CountScore score;
  for (int i = 0; i < 3; ++i) {
    score = before.score(series.minute + i, 40.0, series.profile);
    before.learn(score, 1e9, true);
  }
  EXPECT_EQ(score.kind, CountScore::kIncrease);
  EXPECT_EQ(score.window, 5);
  EXPECT_EQ(before.split(score), 3);
}

TEST(CountModel, AnIncreaseOfWhatNeverHappenedBeginsWithItsFirstCall) {
  Series series;
  series.days(9.0, 0.0);
  for (int i = 0; i < 30; ++i) series.next(0.0);
  series.model.learn(series.model.score(series.minute++, 2.0, series.profile), 1e9, true);
  const CountScore score = series.model.score(series.minute++, 1.0, series.profile);
  ASSERT_EQ(score.kind, CountScore::kIncrease);
  ASSERT_GT(score.window, 5);
  EXPECT_EQ(series.model.split(score), 2);
}

TEST(CountModel, SplitOfAnOrdinaryMinuteIsThatMinute) {
  Series series;
  series.days(1.0, 2.0);
  const CountScore score = series.next(2.0);
  ASSERT_EQ(score.kind, CountScore::kNone);
  EXPECT_EQ(series.model.split(score), 1);
}

// The bound foretells the score: whatever the next count is, it crosses exactly if the one-minute window alone
// reaches the threshold.
TEST(CountModel, BoundOfTheNextMinuteIsWhatItsScoreUses) {
  size_t crossed = 0;
  for (const size_t s : {2U, 5U, 9U, 12U, 15U, 18U, 22U}) {
    Series series;
    series.minute = reference().first_minute;
    for (size_t t = 0; t < reference().minutes; ++t) {
      if (t > 1000 && t % 61 == 0) {
        const CountModel::Bound bound = series.model.one_minute_bound(series.minute, series.profile, kThreshold);
        const double upper = CountModel::upper_bound(bound);
        EXPECT_TRUE(CountModel::crosses(bound, upper));
        EXPECT_FALSE(CountModel::crosses(bound, upper - 1.0));
        CountModel copy = series.model;
        const CountScore score = copy.score(series.minute, upper, series.profile);
        EXPECT_GE(score.value, kThreshold - 1e-9) << s << " " << t;
        EXPECT_GE(score.raw[0], bound.raw_needed);
        ++crossed;
      }
      series.next(static_cast<double>(reference().series[s].calls[t]));
    }
  }
  EXPECT_GT(crossed, 600U);
}

TEST(CountModel, BoundMeanIsTheComparedMean) {
  Series series;   // with a pattern within the hour, so that the tolerance for lateness counts
  for (int i = 0; i < 3 * 1440; ++i) series.next(i % 30 == 3 ? 12.0 : 0.0);
  ASSERT_TRUE(series.model.season().follows_minute_of_hour());
  int compared = 0;
  for (int i = 0; i < 60; ++i) {
    const CountModel::Bound bound = series.model.one_minute_bound(series.minute, series.profile, kThreshold);
    const double recurring = series.model.recurrence().allowance(series.minute);
    CountModel copy = series.model;
    const CountScore burst = copy.score(series.minute, 4000.0, series.profile);
    series.next(i % 30 == 3 ? 12.0 : 0.0);
    if (burst.basis.best[0].window != 1) continue;   // a longer one surprised more
    // What recurs at this time of day is taken off the count there, and added to the bound here.
    EXPECT_DOUBLE_EQ(burst.basis.best[0].mean + recurring, bound.mean);
    ++compared;
  }
  EXPECT_GT(compared, 30);
}

TEST(CountModel, BoundsOfTheWindowAgreeWithItsScore) {
  Series series;
  series.days(3.0, 5.0);
  CountModel copy = series.model;
  for (const double count : {0.0, 5.0, 14.0, 20.0, 26.0, 80.0}) {
    copy = series.model;
    const CountScore score = copy.score(series.minute, count, series.profile);
    const CountModel::Bounds bounds = copy.bounds(score, kThreshold);
    EXPECT_LT(bounds.lower, bounds.mean);
    EXPECT_GT(bounds.upper, bounds.mean);
    const bool beyond = score.observed >= bounds.upper || score.observed <= bounds.lower;
    EXPECT_EQ(beyond, score.value >= kThreshold) << count;
  }
}

TEST(CountModel, SkippedMinutesAreNeitherSilenceNorSurpriseNorAge) {
  Series series;
  series.days(3.0, 3.0);
  const double age = series.model.age_days();
  const double level = series.model.level_per_minute();
  for (int i = 0; i < 300; ++i) series.model.skip(series.minute++, series.profile);
  EXPECT_EQ(series.model.age_days(), age);
  EXPECT_EQ(series.model.level_per_minute(), level);
  const CountScore score = series.next(3.0);
  EXPECT_EQ(score.value, 0.0);
  EXPECT_FALSE(score.abnormal);
  EXPECT_EQ(series.model.minutes_seen(), 3 * 1440 + 301);
}

TEST(CountModel, RunDueInASkippedMinuteIsNotMissed) {
  Series series;
  for (int i = 0; i < 96 * 60; ++i) series.next(i % 60 == 7 ? 25.0 : 0.0);
  ASSERT_NE(series.model.cadence().best(), nullptr);
  for (int i = 0; i < 15; ++i) series.model.skip(series.minute++, series.profile);   // minute 7 is among them
  for (int i = 15; i < 60 + 7; ++i) EXPECT_NE(series.next(0.0).kind, CountScore::kMissedRun) << i;
  CountScore score;
  for (int i = 0; i < 10; ++i) score = series.next(0.0);                             // but the next one is
  EXPECT_EQ(score.kind, CountScore::kMissedRun);
}

TEST(CountModel, CopyOfAModelOfZerosStartsALateSeries) {
  Series virgin;
  virgin.days(2.0, 0.0);
  Series late = virgin;
  const CountScore burst = late.next(30.0);
  EXPECT_EQ(burst.kind, CountScore::kIncrease);
  EXPECT_GE(burst.value, kThreshold);
  EXPECT_EQ(virgin.next(0.0).value, 0.0);
}

TEST(CountModel, AJobOfEveryNightIsNoNewsFromTheSecondNightOn) {
  Series series;
  Counts counts(11);
  for (int i = 0; i < 9 * 1440; ++i) {
    const bool job = i % 1440 == 130 || i % 1440 == 131;
    const CountScore score = series.next(counts.poisson(0.3) + (job ? 40.0 : 0.0));
    if (i >= 1440) {
      EXPECT_LT(score.value, kThreshold) << i;
    }
  }
  series.next(counts.poisson(0.3));
  const CountScore elsewhere = series.next(80.0);   // the same calls at another time are
  EXPECT_EQ(elsewhere.kind, CountScore::kIncrease);
  EXPECT_GE(elsewhere.value, kThreshold);
}

TEST(CountModel, ASecondBriefBurstOfTheFirstDayIsNoNews) {
  Series series;
  Counts counts(12);
  double most = 0.0;
  double first = 0.0;
  for (int i = 0; i < 1400; ++i) {
    const bool burst = i == 700 || i == 1111;
    const CountScore score = series.next(counts.poisson(0.3) + (burst ? 60.0 : 0.0));
    if (i == 700) first = score.value;
    if (i > 720) most = std::max(most, score.value);
  }
  EXPECT_GE(first, kThreshold);
  EXPECT_LT(most, kThreshold);
}

// Found on generated traffic: the first minutes of each weekend were decreases.
TEST(CountModel, TheBeginningOfAWeekendIsNoDecrease) {
  Series series;
  Counts counts(13);
  for (int i = 0; i < 27 * 1440; ++i) {
    const bool weekend = minute_of_week(series.minute) >= 5 * 1440;
    const CountScore score = series.next(counts.poisson(weekend ? 2.0 : 20.0));
    const int of_weekend = minute_of_week(series.minute - 1) - 5 * 1440;
    if (i < 14 * 1440 || of_weekend < 0 || of_weekend > 40) continue;
    EXPECT_FALSE(score.kind != CountScore::kNone && score.value >= kThreshold) << i;
  }
}

}  // namespace
}  // namespace insight::models
