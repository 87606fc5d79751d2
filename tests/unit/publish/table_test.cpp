#include "publish/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "golden.h"
#include "insights.h"
#include "publish/utf8.h"

namespace insight::publish {
namespace {

using core::InsightState;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using namespace testing;

std::string table_of(std::vector<core::Insight> insights, GridStyle style = {}) { return to_table(insights, style); }

// Expects every line to have the same width, at most `width_max`.
void expect_aligned(const std::string& table, int width_max) {
  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);
  const int width = display_width(line);
  EXPECT_LE(width, width_max);
  while (std::getline(lines, line)) EXPECT_EQ(display_width(line), width) << line;
}

TEST(Table, MatchesTheGoldenFile) {
  core::Insight silence = many_calls(InsightState::kStart);
  silence.api.name = "StopInstances";
  silence.reason = core::Reason::kSilence;
  silence.insight_average = 0;
  silence.expected = {60, 100, 150};
  silence.attributions[0].insight.clear();
  const std::string table = table_of({many_calls(InsightState::kEnd), management_errors(InsightState::kStart), silence,
                                      many_calls(InsightState::kStart)});
  expect_golden("table.txt", table);
  expect_aligned(table, 120);
}

TEST(Table, SaysSoWhenThereIsNothing) { EXPECT_EQ(table_of({}), "Nothing unusual.\n"); }

TEST(Table, MakesOneRowOfAStartAndItsEnd) {
  const std::string table = table_of({many_calls(InsightState::kStart), many_calls(InsightState::kEnd)});
  EXPECT_THAT(table, HasSubstr("12 min"));
  EXPECT_THAT(table, Not(HasSubstr("open")));
  EXPECT_EQ(table.find("RunInstances"), table.rfind("RunInstances"));
  EXPECT_THAT(table_of({many_calls(InsightState::kStart)}), HasSubstr("open"));
}

TEST(Table, StaysAlignedAndNarrowWithLongAndWideNames) {
  core::Insight insight = many_calls(InsightState::kStart);
  insight.api.name = std::string(200, 'x') + "漢字";
  insight.attributions[0].insight[0].value = "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字 e\u0301";
  insight.api.account = "an-account-of-another-kind-with-a-very-long-name";
  for (const int width : {100, 120, 200}) {
    const std::string table = table_of({insight}, {false, width});
    expect_aligned(table, width);
    EXPECT_THAT(table, HasSubstr("…"));
  }
}

TEST(Table, CannotBeUsedToSteerTheTerminal) {
  core::Insight insight = many_calls(InsightState::kStart);
  insight.api.name = "Evil\x1b[2J\x07\xc2\x9b\u202E\xff";
  const std::string table = table_of({insight});
  EXPECT_THAT(table, HasSubstr("Evil\uFFFD[2J\uFFFD\uFFFD\uFFFD\uFFFD"));
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
}

TEST(Table, IsColouredOnlyWhenAsked) {
  EXPECT_THAT(table_of({many_calls(InsightState::kStart)}), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(table_of({many_calls(InsightState::kStart)}, {true, 120}), HasSubstr("\x1b[31m46 a minute\x1b[0m"));
}

TEST(Deviation, TellsWhatWasSeenAndWhatWasExpected) {
  core::Insight insight = many_calls(InsightState::kStart);
  EXPECT_THAT(describe_deviation(insight), Pair("46 a minute", "against 2.1 expected, ×22"));
  insight.expected.mean = 0;
  EXPECT_THAT(describe_deviation(insight), Pair("46 a minute", "against none expected"));
  insight.reason = core::Reason::kDecrease;
  insight.insight_average = 1.5;
  insight.expected.mean = 100;
  EXPECT_THAT(describe_deviation(insight), Pair("1.5 a minute", "against 20 expected, ×0.075"));
  insight.reason = core::Reason::kSilence;
  EXPECT_THAT(describe_deviation(insight), Pair("silent", "20 a minute expected"));
  insight.reason = core::Reason::kMissedRun;
  insight.expected.mean = 60;
  EXPECT_THAT(describe_deviation(insight), Pair("missed its run", "60 calls expected"));
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("漢字"), 4);
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(display_width("×…│"), 3);
  EXPECT_EQ(display_width("\U0001F600"), 2);
}

TEST(Fit, CutsAtTheColumnAndNeverInsideACharacter) {
  EXPECT_EQ(fit("abcdef", 6), "abcdef");
  EXPECT_EQ(fit("abcdef", 4), "abc…");
  EXPECT_EQ(fit("漢字漢字", 4), "漢…");
  EXPECT_EQ(fit("abc", 0), "");
}

}  // namespace
}  // namespace insight::publish
