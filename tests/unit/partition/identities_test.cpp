// The numbers that an insight's records must satisfy (docs/insight-record), and when there are none.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/partition/calls_log.h"
#include "tests/unit/partition/random.h"

namespace insight::partition {
namespace {

using core::Attribute;
using core::Insight;
using core::InsightState;
using core::Minute;
using test::CallsLog;
using test::kMonday;
using test::Random;

constexpr int32_t kDays = 9;
constexpr int32_t kBurst = kDays * core::kMinutesPerDay + 600;   // 10:00 of the tenth day
constexpr int32_t kBurstMinutes = 25;

// Nine days of about four calls a minute by three principals, then 25 minutes of 60 a minute with errors.
struct Story {
  CallsLog log;
  std::map<Minute, uint64_t> calls;                          // as an independent count has them
  std::map<std::string, std::map<Minute, uint64_t>> by_principal;
};

Story burst_after_nine_days() {
  Story story;
  Random random(5);
  for (int32_t m = 0; m < kBurst + kBurstMinutes + 120; ++m) {
    const bool burst = m >= kBurst && m < kBurst + kBurstMinutes;
    const int calls = burst ? 60 : random.poisson(4);
    for (int i = 0; i < calls; ++i) {
      const std::string principal = "role/" + std::to_string(random.below(3));
      story.log.add({.minute = kMonday + m, .error = random.chance(0.1) ? "Throttling" : "", .principal = principal});
      ++story.calls[kMonday + m];
      ++story.by_principal[principal][kMonday + m];
    }
    story.log.note_event(kMonday + m);
    story.log.send();
  }
  return story;
}

uint64_t sum(const std::map<Minute, uint64_t>& calls, Minute first, Minute end) {
  uint64_t total = 0;
  for (auto at = calls.lower_bound(first); at != calls.end() && at->first < end; ++at) total += at->second;
  return total;
}

std::vector<Insight> call_insights(Task& task) {
  auto all = task.take_insights();
  std::erase_if(all, [](const Insight& insight) { return insight.type != core::InsightType::kCallRate; });
  return all;
}

class Identities : public testing::TestWithParam<bool> {};

TEST_P(Identities, hold_for_the_start_and_the_end_of_a_burst) {
  Story story = burst_after_nine_days();
  Options options = test::shipped_options();
  options.early_start = GetParam();
  Task task(options);
  process_all(task, story.log);
  const auto insights = call_insights(task);
  ASSERT_EQ(insights.size(), 2u);
  const Insight& start = insights[0];
  const Insight& end = insights[1];
  EXPECT_EQ(start.state, InsightState::kStart);
  EXPECT_EQ(start.early, GetParam());
  EXPECT_EQ(start.start, kMonday + kBurst);
  EXPECT_GE(start.duration_minutes, 1);
  EXPECT_LE(start.duration_minutes, 5);
  EXPECT_EQ(end.state, InsightState::kEnd);
  EXPECT_EQ(end.start, start.start);
  EXPECT_EQ(end.duration_minutes, kBurstMinutes);
  EXPECT_EQ(end.event_time(), kMonday + (kBurst + kBurstMinutes));
  for (const Insight& insight : insights) {
    // From 00:00 UTC of the day seven days before.
    EXPECT_EQ(insight.baseline_minutes, 7 * core::kMinutesPerDay + 600);
    const Minute first = insight.start - insight.baseline_minutes;
    EXPECT_EQ(insight.baseline_average,
              static_cast<double>(sum(story.calls, first, insight.start)) / insight.baseline_minutes);
    const Minute after = insight.start + insight.duration_minutes;
    if (insight.state == InsightState::kEnd || !GetParam()) {
      EXPECT_EQ(insight.insight_average,
                static_cast<double>(sum(story.calls, insight.start, after)) / insight.duration_minutes);
    }
    ASSERT_EQ(insight.attributions.size(), 4u);   // no resource: a management event
    for (const auto& attribution : insight.attributions) {
      double of_insight = 0;
      double of_baseline = 0;
      for (const auto& value : attribution.insight) of_insight += value.average;
      for (const auto& value : attribution.baseline) of_baseline += value.average;
      EXPECT_NEAR(of_insight, insight.insight_average, 1e-9) << to_string(attribution.attribute);
      EXPECT_NEAR(of_baseline, insight.baseline_average, 1e-9) << to_string(attribution.attribute);
    }
    for (const auto& value : insight.attributions[0].baseline)
      EXPECT_EQ(value.average, static_cast<double>(sum(story.by_principal[value.value], first, insight.start)) /
                                   insight.baseline_minutes);
  }
}

TEST_P(Identities, the_start_of_a_sudden_change_has_a_window_of_what_was_decided_with) {
  Story story = burst_after_nine_days();
  Options options = test::shipped_options();
  options.early_start = GetParam();
  Task task(options);
  // A batch a minute: the burst's first minute decides, early or at its close.
  process_all(task, story.log);
  const Insight start = call_insights(task).at(0);
  EXPECT_EQ(start.duration_minutes, 1);
  EXPECT_EQ(start.decided, kMonday + kBurst);
  EXPECT_EQ(start.reason, core::Reason::kIncrease);
  EXPECT_LT(start.expected.upper, 60);
}

INSTANTIATE_TEST_SUITE_P(EarlyStart, Identities, testing::Bool());

TEST(Identities, with_less_history_the_baseline_is_as_long_as_the_history) {
  CallsLog log;
  for (int32_t m = 0; m < 2000; ++m) {
    log.add({.minute = kMonday + m}, m >= 1900 && m < 1910 ? 80 : 4 + m % 3);
    log.send();
  }
  Task task(test::shipped_options());
  process_all(task, log);
  const auto insights = call_insights(task);
  ASSERT_EQ(insights.size(), 2u);
  EXPECT_EQ(insights[0].baseline_minutes, 1900);
  EXPECT_EQ(insights[1].baseline_minutes, 1900);
  EXPECT_EQ(insights[1].duration_minutes, 10);
}

// An early Start, then the minute closes: the same insight goes on.
TEST(EarlyStart, and_the_close_make_one_start_and_one_end_of_each_insight) {
  for (const bool early : {true, false}) {
    CallsLog log;
    for (int32_t m = 0; m < 2 * core::kMinutesPerDay; ++m) {
      const bool burst = m % 400 >= 390 && m > 1500;
      log.add({.minute = kMonday + m}, burst ? 70 : 4 + m % 3);
      log.send();
    }
    Options options = test::shipped_options();
    options.early_start = early;
    Task task(options);
    process_all(task, log);
    const auto insights = call_insights(task);
    EXPECT_GE(insights.size(), 6u);
    EXPECT_EQ(insights[0].early, early);
    std::set<Minute> starts;
    for (size_t i = 0; i < insights.size(); ++i) {
      EXPECT_EQ(insights[i].state, i % 2 == 0 ? InsightState::kStart : InsightState::kEnd) << i;
      // Bursts that come again and again are expected more and more: later ones may need more than their first minute.
      EXPECT_LE(insights[i].early, early);
      if (i % 2 == 1) {
        EXPECT_EQ(insights[i].start, insights[i - 1].start);
        continue;
      }
      EXPECT_TRUE(starts.insert(insights[i].start).second);
      EXPECT_TRUE(i == 0 || insights[i].start >= insights[i - 1].event_time());
    }
  }
}

TEST(EarlyStart, comes_with_the_rows_that_cross_and_not_with_the_close) {
  CallsLog log;
  const Minute burst = kMonday + 1800;
  for (int32_t m = 0; m <= 1800; ++m) {
    log.add({.minute = kMonday + m}, 4 + m % 3);
    log.send();
  }
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_FALSE(task.has_insights());
  const size_t before = log.size();
  log.add({.minute = burst}, 60);
  log.send();
  process_all(task, log, before);
  const auto insights = task.take_insights();
  ASSERT_EQ(insights.size(), 1u);
  EXPECT_TRUE(insights[0].early);
  EXPECT_EQ(insights[0].start, burst);
  EXPECT_LT(task.closed(), burst);
}

// A surge of failing calls to an API that has failed before.
TEST(Errors, raise_an_insight_of_their_code_with_the_errors_alone_in_it) {
  CallsLog log;
  for (int32_t m = 0; m < 3 * core::kMinutesPerDay; ++m) {
    const bool failing = m >= 4000 && m < 4015;
    log.add({.minute = kMonday + m}, failing ? 3 : 12 + m % 3);
    if (failing)
      log.add({.minute = kMonday + m, .error = "AccessDenied", .principal = "role/intruder"}, 10);
    else if (m % 60 == 0)
      log.add({.minute = kMonday + m, .error = "AccessDenied"});
    log.send();
  }
  Task task(test::shipped_options());
  process_all(task, log);
  const auto insights = task.take_insights();
  ASSERT_EQ(insights.size(), 2u);
  for (const auto& insight : insights) {
    EXPECT_EQ(insight.type, core::InsightType::kErrorRate);
    EXPECT_EQ(insight.error_code, "AccessDenied");
    ASSERT_EQ(insight.attributions.size(), 3u);  // neither errorCode nor resource
    EXPECT_EQ(insight.attributions[0].insight, (std::vector<core::ValueAverage>{{"role/intruder", 10}}));
  }
  EXPECT_EQ(insights[1].start, kMonday + 4000);
  EXPECT_EQ(insights[1].duration_minutes, 15);
}

class SteadySeries : public testing::TestWithParam<double> {};

TEST_P(SteadySeries, gives_no_insight_from_its_first_minute_on) {
  Random random(static_cast<uint64_t>(GetParam() * 100));
  CallsLog log;
  for (int32_t m = 0; m < 2 * core::kMinutesPerDay; ++m) {
    log.add({.minute = kMonday + m}, random.poisson(GetParam()));
    log.note_event(kMonday + m);
    log.send();
  }
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(test::texts_of(task.take_insights()), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(Levels, SteadySeries, testing::Values(0.05, 0.4, 3.0, 25.0));

}  // namespace
}  // namespace insight::partition
