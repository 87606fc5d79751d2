// The silence of everything is missing data; the silence of one API is a decrease; the far future is nothing.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/partition/calls_log.h"

namespace insight::partition {
namespace {

using core::InsightState;
using core::Minute;
using test::CallsLog;
using test::kLatenessMinutes;
using test::kMonday;

constexpr int32_t kLearned = 2 * core::kMinutesPerDay;

// Steady: `calls` a minute, give or take one.
void run(CallsLog& log, const std::string& name, Minute minute, int calls) {
  log.add({.minute = minute, .name = name}, calls + minute.value % 3 - 1);
}

std::string api_name(int i) { return "Api" + std::to_string(i); }

// `apis` steady APIs of which `silenced` fall silent for `silent_minutes` after two days; the input itself goes on.
CallsLog silence(int apis, int silenced, int32_t silent_minutes) {
  CallsLog log;
  const int32_t end = kLearned + silent_minutes + 60;
  for (int32_t m = 0; m < end; ++m) {
    const bool silent = m >= kLearned && m < kLearned + silent_minutes;
    for (int i = 0; i < apis; ++i)
      if (!silent || i >= silenced) run(log, api_name(i), kMonday + m, 10);
    log.note_event(kMonday + m);
    if (m % 5 == 4) log.send();
  }
  return log;
}

TEST(Silence, of_five_apis_and_all_there_are_is_missing_and_no_insight) {
  const CallsLog log = silence(5, 5, 120);
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(test::texts_of(task.take_insights()), std::vector<std::string>{});
  // The first minutes pass before five calls are expected of each.
  EXPECT_GE(task.counters().group_minutes_missing, 118u);
  EXPECT_LE(task.counters().group_minutes_missing, 120u);
}

TEST(Silence, of_one_api_among_five_is_its_own_decrease) {
  const CallsLog log = silence(5, 1, 120);
  Task task(test::shipped_options());
  process_all(task, log);
  const auto insights = task.take_insights();
  ASSERT_EQ(insights.size(), 2u);
  EXPECT_EQ(insights[0].api.name, "Api0");
  EXPECT_EQ(insights[0].state, InsightState::kStart);
  EXPECT_NE(insights[0].reason, core::Reason::kIncrease);
  EXPECT_EQ(insights[0].start, kMonday + kLearned);
  EXPECT_EQ(insights[1].state, InsightState::kEnd);
  // A drop ends with its last abnormal window: some minutes after the calls came back.
  EXPECT_GE(insights[1].duration_minutes, 120);
  EXPECT_LE(insights[1].duration_minutes, 135);
  EXPECT_LT(insights[1].insight_average, 1);
  EXPECT_EQ(task.counters().group_minutes_missing, 0u);
}

TEST(Silence, of_all_four_apis_there_are_is_each_ones_own_decrease) {
  const CallsLog log = silence(4, 4, 120);
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(task.take_insights().size(), 8u);
  EXPECT_EQ(task.counters().group_minutes_missing, 0u);
}

TEST(Silence, minutes_that_were_lost_are_neither_scored_nor_learned) {
  CallsLog log;
  const auto gap = [](int32_t m) { return m >= kLearned && m < kLearned + 90; };
  log.note_event(kMonday);
  for (int32_t m = 0; m < kLearned + 180; ++m) {
    if (!gap(m)) run(log, "Alone", kMonday + m, 10);
    if (m == kLearned) log.note_missing(kMonday + kLearned, kMonday + (kLearned + 89));
    log.note_event(kMonday + m);
    if (m % 5 == 4) log.send();
  }
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(test::texts_of(task.take_insights()), std::vector<std::string>{});
  EXPECT_NEAR((*task.api_states().begin())->calls->series->model().level_per_minute(), 10, 1);
}

TEST(Silence, one_event_of_the_year_2099_costs_neither_time_nor_insights) {
  CallsLog log;
  for (int32_t m = 0; m < kLearned; ++m) {
    for (int i = 0; i < 6; ++i) run(log, api_name(i), kMonday + m, 10);
    if (m % 10 == 9) log.send();
  }
  const Minute far = kMonday + 75 * 365 * core::kMinutesPerDay;
  log.add({.minute = far, .name = "Clock"});
  log.send();
  log.add({.minute = far + 60, .name = "Clock"});
  log.send();
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(test::texts_of(task.take_insights()), std::vector<std::string>{});
  EXPECT_GE(task.closed(), far);
  // Eight days are walked, not seventy-five years.
  EXPECT_LT(task.counters().minutes_closed, 12u * core::kMinutesPerDay);
}

TEST(Silence, before_an_event_of_the_year_9998_ends_as_well) {
  CallsLog log;
  for (int32_t m = 0; m < 300; ++m) {
    run(log, "Alone", kMonday + m, 10);
    log.send();
  }
  log.note_event(core::minute_of(*core::parse_iso("9998-06-01T00:00:00Z")));
  log.send();
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_GE(task.closed(), kMonday + 299);
  EXPECT_LE(task.take_insights().size(), 2u);   // its own silence, once
}

}  // namespace
}  // namespace insight::partition
