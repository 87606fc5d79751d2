// Worlds of many seeds, and those that once found a mistake, by name.
#include "tests/simulation/seeds.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace insight::simulation {
namespace {

constexpr uint64_t kFirst = 1;
constexpr uint64_t kSeeds = 200;
constexpr uint64_t kPerTest = 20;

// Seeds in heaps, so that ctest's output says how far it came.
class Worlds : public ::testing::TestWithParam<uint64_t> {};

TEST_P(Worlds, EndAsIfNothingHadGoneWrong) {
  for (uint64_t seed = GetParam(); seed < GetParam() + kPerTest; ++seed) {
    const WorldReport report = run_seed(seed);
    EXPECT_TRUE(report.findings.empty()) << "seed " << seed << ": " << report.findings.front();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Worlds, ::testing::Range<uint64_t>(kFirst, kFirst + kSeeds, kPerTest));

// An intake whose clock was ten minutes ahead said that it was caught up, and died. For five minutes nobody read. What
// came first then took the old claim for one of now, and another partition's rows for late.
TEST(ASeed, OfAClockAheadThatNobodyCanAskAnyMore) { EXPECT_EQ(run_seed(6956).findings, Findings{}); }

// What follows holds only if a world is a function of its seed.
TEST(AWorld, IsTheSameForTheSameSeed) {
  for (const uint64_t seed : {3, 17}) {
    const WorldReport one = run_seed(seed);
    const WorldReport other = run_seed(seed);
    EXPECT_EQ(one.time, other.time);
    EXPECT_EQ(one.faults, other.faults);
    EXPECT_EQ(one.processes, other.processes);
    EXPECT_EQ(one.insights, other.insights);
    EXPECT_GT(one.faults, 0u);
  }
}

// An oracle that sees nothing would find no difference.
TEST(TheWorlds, AreEventful) {
  uint64_t insights = 0;
  uint64_t faults = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const WorldReport report = run_seed(seed);
    insights += report.insights;
    faults += report.faults;
  }
  EXPECT_GT(insights, 20u);
  EXPECT_GT(faults, 200u);
}

}  // namespace
}  // namespace insight::simulation
