#include "inspect/recount.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace insight::inspect {
namespace {

using models::CountModel;
using models::CountScore;
using models::Profile;

constexpr int64_t kMonday = 28401120;   // 2024-01-01T00:00Z
constexpr double kThreshold = 4.75;
constexpr int64_t kDays = 6;

// A model that has seen six days of about `mean` calls a minute, and when.
struct Seen {
  CountModel model;
  int64_t next = kMonday;
  Profile profile;
  std::mt19937_64 random{5};

  explicit Seen(double mean) {
    std::poisson_distribution<int> counts(mean);
    while (next < kMonday + kDays * 1440) close(counts(random));
  }
  CountScore close(double count) {
    const CountScore score = model.score(next++, count, profile);
    model.learn(score, kThreshold, true);
    return score;
  }
  std::vector<ScoredMinute> last(int minutes) const {
    return rescore(model, {static_cast<int32_t>(next - 1)}, profile, kThreshold, minutes);
  }
};

TEST(Rescore, SaysOfTheLastMinuteWhatTheDetectorSaid) {
  for (const double count : {9.0, 14.0, 30.0, 200.0}) {
    Seen seen(2.0);
    const CountScore said = seen.close(count);
    const ScoredMinute again = seen.last(1).back();
    EXPECT_EQ(again.count, count);
    // The extremes have since learned of this one.
    EXPECT_NEAR(again.score, said.value, 0.3 * said.value + 0.05) << count;
    if (said.kind != CountScore::kNone) {
      EXPECT_EQ(again.window, said.window) << count;
      EXPECT_EQ(again.observed, said.observed) << count;
      EXPECT_NEAR(again.mean, said.mean, 0.05 * said.mean) << count;
    }
  }
}

TEST(Rescore, SaysSoOfADecreaseToo) {
  Seen seen(8.0);
  CountScore said;
  for (int i = 0; i < 4; ++i) said = seen.close(0);
  const ScoredMinute again = seen.last(1).back();
  ASSERT_GT(said.value, 0.5);
  EXPECT_NEAR(again.score, said.value, 0.3 * said.value);
  EXPECT_LT(again.observed, again.mean);
}

TEST(Rescore, OrdinaryMinutesStandOutInNoWindow) {
  Seen seen(2.0);
  int standing_out = 0;
  for (const ScoredMinute& minute : seen.last(60)) standing_out += minute.score > 1.0 ? 1 : 0;
  EXPECT_LE(standing_out, 1);
}

TEST(Rescore, TheBoundIsTheLeastCountThatOpensAnInsight) {
  Seen seen(2.0);
  const double bound = CountModel::upper_bound(seen.model.one_minute_bound(seen.next, seen.profile, kThreshold));
  seen.close(2);
  EXPECT_NEAR(seen.last(1).back().upper, bound, 1.0);
}

TEST(Rescore, MinutesAreInOrderAndEndWithTheLastSeen) {
  Seen seen(2.0);
  const auto minutes = seen.last(10);
  ASSERT_EQ(minutes.size(), 10u);
  for (size_t i = 0; i < minutes.size(); ++i)
    EXPECT_EQ(minutes[i].minute.value, seen.next - 10 + static_cast<int64_t>(i));
}

TEST(Rescore, AYoungModelHasFewerMinutes) {
  CountModel model;
  const Profile profile;
  EXPECT_TRUE(rescore(model, {100}, profile, kThreshold, 10).empty());
  model.learn(model.score(kMonday, 1, profile), kThreshold, false);
  EXPECT_EQ(rescore(model, {static_cast<int32_t>(kMonday)}, profile, kThreshold, 10).size(), 1u);
}

}  // namespace
}  // namespace insight::inspect
