#include "inspect/words.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace insight::inspect {
namespace {

TEST(Figure, KeepsTwoDigitsBelowTenAndWholeNumbersFromThere) {
  EXPECT_EQ(figure(0.0), "0");
  EXPECT_EQ(figure(0.0421), "0.042");
  EXPECT_EQ(figure(2.0), "2");
  EXPECT_EQ(figure(2.14), "2.1");
  EXPECT_EQ(figure(9.96), "10");
  EXPECT_EQ(figure(46.2), "46");
  EXPECT_EQ(figure(-3.25), "-3.2");
  EXPECT_EQ(figure(2e9), "2e+09");
  EXPECT_EQ(figure(std::numeric_limits<double>::infinity()), "any");
}

TEST(TimeText, IsUtcToTheMinute) {
  EXPECT_EQ(time_text({28401120 + 65}), "2024-01-01 01:05");
  EXPECT_EQ(clock_text({28401120 + 65}), "01:05");
  EXPECT_EQ(time_text(core::kNoMinute), "never");
}

TEST(LengthText, PicksAUnitThatFits) {
  EXPECT_EQ(length_text(14), "14 min");
  EXPECT_EQ(length_text(180), "3 h");
  EXPECT_EQ(length_text(3600), "2.5 days");
}

TEST(Sparkline, RunsFromTheLowestToTheHighestBlock) {
  EXPECT_EQ(sparkline(std::array{0.0, 0.5, 1.0}), "▁▅█");
  EXPECT_EQ(sparkline(std::array{1.0}, 4.0), "▃");
  EXPECT_EQ(sparkline(std::array{0.0, 0.0}), "▁▁");
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(sparkline(std::array{kInfinity, 1.0, std::numeric_limits<double>::quiet_NaN()}), "▁▁▁");
}

TEST(Columns, LineUpByDisplayWidth) { EXPECT_EQ(columns({{"a", "b"}, {"ééé", "c"}}, 1), " a    b\n ééé  c\n"); }

TEST(Matches, AStarStandsForAnyTextAlsoNone) {
  EXPECT_TRUE(matches("PutObject", "PutObject"));
  EXPECT_TRUE(matches("PutObject", "Put*"));
  EXPECT_TRUE(matches("PutObject", "*Object*"));
  EXPECT_TRUE(matches("1/eu/s3/PutObject", "*/s3/*"));
  EXPECT_TRUE(matches("aXbXc", "a*X*c"));
  EXPECT_TRUE(matches("aab", "*ab"));
  EXPECT_FALSE(matches("PutObject", "Put"));
  EXPECT_FALSE(matches("PutObject", "put*"));
  EXPECT_FALSE(matches("PutObject", "*Objects"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("", "*"));
}

}  // namespace
}  // namespace insight::inspect
