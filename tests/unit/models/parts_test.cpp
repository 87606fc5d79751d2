// The small pieces of the models: calendar, bytes, thresholds, tail scale, profile.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "models/bytes.h"
#include "models/calendar.h"
#include "models/count_model.h"
#include "models/profile.h"
#include "models/tail_model.h"
#include "models/threshold.h"

namespace insight::models {
namespace {

TEST(Calendar, WeekBeginsOnMonday) {
  EXPECT_EQ(minute_of_week(4 * kMinutesPerDay), 0);            // 1970-01-05
  EXPECT_EQ(minute_of_week(4 * kMinutesPerDay - 1), 10079);
  EXPECT_EQ(minute_of_week(0), 3 * 1440);                      // 1970-01-01 was a Thursday
  EXPECT_EQ(minute_of_week(-kMinutesPerWeek), 3 * 1440);
  EXPECT_EQ(hour_bin(4 * kMinutesPerDay), 0);
  EXPECT_EQ(hour_bin(4 * kMinutesPerDay - 1), 47);             // Sunday, 23 o'clock
  EXPECT_EQ(hour_bin(2 * kMinutesPerDay), 24);                 // Saturday
  EXPECT_EQ(minute_of_hour(-1), 59);
}

TEST(Threshold, FollowsTheMeasuredPoints) {
  EXPECT_DOUBLE_EQ(call_threshold(10.0), 3.1);
  EXPECT_DOUBLE_EQ(call_threshold(0.3), 8.0);
  EXPECT_DOUBLE_EQ(call_threshold(100.0), 1.35);
  EXPECT_NEAR(call_threshold(std::sqrt(3.0)), (6.2 + 4.5) / 2.0, 1e-12);
  EXPECT_GT(call_threshold(0.1), 8.0);
  EXPECT_DOUBLE_EQ(call_threshold(0.01), call_threshold(0.1));
}

// Ten false insights in 1000 series-days are a score of 2, "once in a hundred days", less a little.
TEST(Threshold, OfErrorsIsWhatTheScoreSays) {
  EXPECT_NEAR(error_threshold(10.0), 2.0 - 0.1, 1e-12);
  EXPECT_NEAR(error_threshold(1.0) - error_threshold(10.0), 1.0, 1e-12);
  EXPECT_DOUBLE_EQ(error_threshold(0.01), error_threshold(0.1));
  EXPECT_DOUBLE_EQ(error_threshold(1000.0), 0.05);
}

TEST(Threshold, FallsAsTheBudgetGrows) {
  for (double budget = 0.1; budget < 900.0; budget *= 1.1) {
    EXPECT_GE(call_threshold(budget), call_threshold(budget * 1.1));
    EXPECT_GE(error_threshold(budget), error_threshold(budget * 1.1));
    EXPECT_GE(error_threshold(budget), 0.05);
  }
}

TEST(TailModel, SurpriseForIsTheInverseOfValue) {
  TailModel tail;
  for (int i = 0; i < 5000; ++i) tail.learn(i % 700 == 0 ? 7.0 + i / 1000.0 : 1.0, 0.9999, false, 3.5);
  for (const double wanted : {0.4, 1.0, 4.75, 14.0}) {
    EXPECT_NEAR(tail.value(tail.surprise_for(wanted, 3.5), 3.5), wanted, 1e-9);
  }
  EXPECT_EQ(tail.value(TailModel::kThreshold, 3.5), 0.0);
  EXPECT_GT(tail.surprise_for(1e-9, 3.5), TailModel::kThreshold);
}

TEST(TailModel, FrequentExtremesAreWorthLess) {
  TailModel calm, restless;
  for (int i = 0; i < 10 * 1440; ++i) {
    calm.learn(1.0, 1.0, false, 10.0);
    restless.learn(i % 480 == 0 ? 14.0 : 1.0, 1.0, false, 10.0);
  }
  EXPECT_NEAR(restless.clusters(10.0), 30.0, 1.0);
  EXPECT_GT(calm.value(15.0, 10.0), restless.value(15.0, 10.0) + 2.0);
}

TEST(TailModel, MinutesOfOneClusterCountOnce) {
  TailModel tail;
  for (int i = 0; i < 20; ++i) tail.learn(9.0, 1.0, false, 3.5);
  EXPECT_EQ(tail.clusters(3.5), 0.0);
  for (int i = 0; i < 40; ++i) tail.learn(0.0, 1.0, false, 3.5);
  EXPECT_EQ(tail.clusters(3.5), 1.0);
}

// A cluster that an insight was about is an anomaly's, although the insight ends before the cluster does.
TEST(TailModel, AFewAnomaliesDoNotDullASeries) {
  const auto learn_cluster = [](TailModel& tail, bool anomalous) {
    for (int i = 0; i < 600; ++i) tail.learn(i < 3 ? 30.0 : 0.0, 1.0, anomalous && i < 10, 12.0);
  };
  TailModel calm;
  TailModel attacked;
  TailModel restless;
  for (int i = 0; i < 2; ++i) {
    learn_cluster(attacked, true);
    learn_cluster(restless, false);
  }
  EXPECT_NEAR(restless.clusters(12.0), 2.0, 1e-6);
  EXPECT_NEAR(attacked.clusters(12.0), 0.05 * 2.0, 1e-6);
  EXPECT_GT(attacked.value(30.0, 12.0), 0.7 * calm.value(30.0, 12.0));
  EXPECT_LT(restless.value(30.0, 12.0), 0.4 * calm.value(30.0, 12.0));
  for (int i = 0; i < 40; ++i) learn_cluster(attacked, true);   // what keeps coming is how the series is
  EXPECT_GT(attacked.clusters(12.0), 35.0);
}

TEST(Profile, PoolsTheShapeOfItsSeries) {
  std::vector<CountModel> models(5);
  const Profile flat;
  for (size_t s = 0; s < models.size(); ++s) {
    for (int64_t t = 0; t < kMinutesPerWeek; ++t) {
      const int hour = hour_bin(4 * kMinutesPerDay + t);
      const double count = hour >= 9 && hour < 17 ? static_cast<double>(4 * (s + 1)) : 1.0;
      models[s].learn(models[s].score(4 * kMinutesPerDay + t, count, flat), 1e9, false);
    }
  }
  ProfilePool pool;
  for (const CountModel& model : models) pool.add(model);
  const Profile profile = pool.finish();
  double week = 0.0;
  for (int b = 0; b < kHourBins; ++b) week += profile.factors[b] * (b < 24 ? 5.0 : 2.0);
  EXPECT_NEAR(week / 168.0, 1.0, 1e-12);
  EXPECT_GT(profile.factors[12], 2.0 * profile.factors[3]);
  EXPECT_LT(profile.extra_variances[12], 0.1);   // seen on five days
  std::string out;
  ByteWriter writer(out);
  profile.persist(writer);
  Profile restored;
  ByteReader in(out);
  restored.restore(in);
  ASSERT_TRUE(in.ok() && in.at_end());
  EXPECT_TRUE((restored.factors == profile.factors).all());
  EXPECT_TRUE((restored.extra_variances == profile.extra_variances).all());
}

TEST(Profile, OfNobodyIsFlatAndUnsure) {
  const Profile profile = ProfilePool().finish();
  EXPECT_EQ(profile.factors[5], 1.0);
  EXPECT_EQ(profile.extra_variances[5], 1.0);
}

}  // namespace
}  // namespace insight::models
