// Where the engine's history begins, and what interrupts it: the first events, one of 1971, a silence of weeks.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/partition/crashing_task.h"

namespace insight::partition {
namespace {

using core::Minute;
using test::CallsLog;
using test::CrashingTask;
using test::kLatenessMinutes;
using test::kMonday;

constexpr Minute k1971{365 * core::kMinutesPerDay};

// Steady: `calls` a minute, give or take one.
void run(CallsLog& log, const std::string& name, Minute minute, int calls) {
  log.add({.minute = minute, .name = name}, calls + minute.value % 3 - 1);
}

std::vector<std::string> insights_since(Minute first, const CallsLog& log) {
  Task task(test::shipped_options());
  process_all(task, log);
  auto insights = task.take_insights();
  std::erase_if(insights, [&](const core::Insight& insight) { return insight.start < first; });
  return test::texts_of(insights);
}

TEST(History, an_event_older_than_the_first_one_heard_of_is_on_time_within_the_lateness) {
  CallsLog log;
  log.add({.minute = kMonday});
  log.send();
  log.add({.minute = kMonday - (kLatenessMinutes - 1)});
  log.send();
  log.note_event(kMonday + 60);
  log.send();
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(task.counters().late, 0u);
  EXPECT_EQ((*task.api_states().begin())->calls->series->acquaintance().active_minutes, 2);
}

TEST(History, nothing_closes_before_the_watermark_has_passed_its_begin) {
  CallsLog log;
  log.add({.minute = kMonday});
  log.send();
  log.note_event(kMonday + kLatenessMinutes);
  log.send();
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(task.closed(), core::kNoMinute);
  log.note_event(kMonday + (kLatenessMinutes + 1));
  log.send();
  process(task, log, 2);
  EXPECT_EQ(task.closed(), kMonday);
}

// Three hours of traffic in which, after one hour, an API appears that was never seen before, and bursts.
enum class Poison : uint8_t { kNone, kFirst, kMiddle, kOwnPartition, kFirstForDays };
CallsLog newcomers(Poison poison) {
  CallsLog log(2);
  if (poison == Poison::kFirst) {
    log.add({.minute = k1971, .name = "Steady"});
    log.send();
  }
  if (poison == Poison::kFirstForDays) {
    for (int32_t hour = 0; hour < 9 * 24; ++hour) log.add({.minute = k1971 + hour * 60, .name = "Steady"});
    log.send();
  }
  if (poison == Poison::kOwnPartition) log.add({.minute = k1971, .name = "Steady", .origin = 1});
  for (int32_t m = 0; m < 180; ++m) {
    if (poison == Poison::kMiddle && m == 30) log.add({.minute = k1971, .name = "Steady"});
    run(log, "Steady", kMonday + m, 10);
    if (m >= 60) run(log, "Newcomer", kMonday + m, 20);
    if (m == 90) log.add({.minute = kMonday + m, .name = "Steady"}, 500);
    if (m == 100) log.add({.minute = kMonday + m, .name = "Newcomer", .error = "AccessDenied"}, 50);
    log.note_caught_up(1, core::start_of(kMonday + m));
    if (poison != Poison::kOwnPartition) log.note_event(kMonday + m, 1);
    log.send();
  }
  return log;
}

class OneOldEvent : public testing::TestWithParam<Poison> {};

TEST_P(OneOldEvent, arms_no_series) {
  ASSERT_EQ(insights_since(kMonday, newcomers(Poison::kNone)), std::vector<std::string>{});
  // What is said of 1971 itself is another matter.
  EXPECT_EQ(insights_since(kMonday, newcomers(GetParam())), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(Places, OneOldEvent,
                         testing::Values(Poison::kFirst, Poison::kMiddle, Poison::kOwnPartition,
                                         Poison::kFirstForDays));

// What is known by the second day, an interruption of nine days does not take away.
TEST(History, of_weeks_arms_after_an_interruption_as_before) {
  CallsLog log;
  const Minute again = kMonday + (14 + 9) * core::kMinutesPerDay;
  for (int32_t hour = 0; hour < 14 * 24; ++hour) {
    log.add({.minute = kMonday + hour * 60, .name = "Rare"});
    log.send();
  }
  for (int32_t m = 0; m < 60; ++m) {
    log.note_event(again + m);
    if (m == 30) log.add({.minute = again + m, .name = "Newcomer"}, 500);
    log.send();
  }
  Task task(test::shipped_options());
  process_all(task, log);
  const auto insights = task.take_insights();
  EXPECT_TRUE(std::any_of(insights.begin(), insights.end(),
                          [](const core::Insight& insight) { return insight.api.name == "Newcomer"; }));
}

// Six APIs and one that never comes again; then until the eleventh day other events at most, and the six again.
CallsLog interrupted(int32_t busy_minutes, bool other_events) {
  CallsLog log;
  const auto busy = [&](Minute begin, int32_t minutes) {
    for (int32_t m = 0; m < minutes; ++m) {
      for (int i = 0; i < 6; ++i) run(log, "Api" + std::to_string(i), begin + m, 2 + i);
      if (m % 10 == 9) log.send();
    }
  };
  log.add({.minute = kMonday, .name = "Gone"}, 20);
  busy(kMonday, busy_minutes);
  for (int32_t m = busy_minutes; other_events && m < 11 * core::kMinutesPerDay; m += 30) {
    log.note_event(kMonday + m);
    log.send();
  }
  busy(kMonday + 11 * core::kMinutesPerDay, 300);
  return log;
}

TEST(History, a_silence_of_weeks_writes_no_api_again_at_each_of_its_minutes) {
  const CallsLog log = interrupted(core::kMinutesPerDay, true);
  Task task(test::shipped_options());
  size_t records = 0;
  int batches = 0;
  for (size_t i = 0; i < log.size(); ++i) {
    process(task, log, i);
    const Commit commit = task.collect(false);
    if (task.closed() < kMonday + 9 * core::kMinutesPerDay + 60) continue;
    if (task.closed() > kMonday + 10 * core::kMinutesPerDay) break;
    records += commit.state.size();
    ++batches;
  }
  ASSERT_GT(batches, 20);
  EXPECT_EQ(records, static_cast<size_t>(batches));   // the meta record alone
}

// Crashes every few batches, also while the silence is jumped over and where it begins and ends.
void expect_equal_after_crashes(const CallsLog& log) {
  const Options options = test::shipped_options();
  Task steady(options);
  CrashingTask crashing(options, log);
  std::vector<std::map<std::string, std::string>> states;
  for (size_t i = 0; i < log.size(); ++i) {
    process(steady, log, i);
    states.push_back(test::states_of(steady));
  }
  size_t furthest = 0;
  while (!crashing.at_end()) {
    crashing.step();
    ASSERT_EQ(states[crashing.next() - 1], test::states_of(crashing.task())) << "batch " << crashing.next() - 1;
    if (crashing.task().has_insights() || crashing.next() % 3 != 0) crashing.commit(false);
    if (crashing.next() % 7 != 0 || crashing.next() <= furthest) continue;
    furthest = crashing.next();
    crashing.crash();
    ASSERT_EQ(crashing.complaint(), "");
  }
  crashing.commit(true);
  EXPECT_EQ(crashing.insights(), test::texts_of(steady.take_insights()));
}

TEST(History, a_crash_in_or_after_a_silence_of_weeks_changes_nothing) {
  expect_equal_after_crashes(interrupted(core::kMinutesPerDay, true));
}

TEST(History, a_crash_where_history_begins_anew_changes_nothing) {
  expect_equal_after_crashes(interrupted(120, false));
}

TEST(History, a_crash_after_an_event_of_1971_changes_nothing) {
  expect_equal_after_crashes(newcomers(Poison::kFirst));
  expect_equal_after_crashes(newcomers(Poison::kFirstForDays));
}

}  // namespace
}  // namespace insight::partition
