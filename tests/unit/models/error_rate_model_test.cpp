#include "models/error_rate_model.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/models/reference.h"

namespace insight::models {
namespace {

struct Series {
  ErrorRateModel model;
  int64_t minute = 0;

  ErrorScore next(double errors, double calls) {
    const ErrorScore score = model.score(minute++, errors, calls);
    model.learn(score);
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

TEST(ErrorRateModel, BoundCrossesWhereTheMinuteAloneReachesTheThreshold) {
  Series series;
  series.days(2);
  const double threshold = 0.75;
  const ErrorRateModel::RateBound bound = series.model.one_minute_bound(threshold);
  int crossings = 0;
  for (double errors = 0.0; errors <= 100.0; errors += 1.0) {
    ErrorRateModel copy = series.model;
    const ErrorScore score = copy.score(series.minute, errors, 100.0);
    const bool crosses = ErrorRateModel::crosses(bound, errors, 100.0);
    if (score.window == 1) {
      EXPECT_EQ(crosses, score.value >= threshold) << errors;
    } else if (crosses) {
      EXPECT_GE(score.value, threshold) << errors;
    }
    crossings += crosses ? 1 : 0;
  }
  EXPECT_GT(crossings, 10);
  EXPECT_LT(crossings, 100);
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

}  // namespace
}  // namespace insight::models
