// Which rows count, once, and which are dropped by which name.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/partition/calls_log.h"

namespace insight::partition {
namespace {

using core::Minute;
using test::Call;
using test::CallsLog;
using test::kLatenessMinutes;
using test::kMonday;

// Moves every minute up to `minute` past closing.
void close_through(CallsLog& log, Minute minute) {
  log.note_event(minute + (kLatenessMinutes + 1));
  log.send();
}

// Rows less those dropped and those counted before.
uint64_t counted(const Task& task) {
  const Counters& c = task.counters();
  return c.rows - c.late - c.redelivered - c.quota - c.duplicates;
}

TEST(Counting, counts_a_call_once_however_often_and_from_wherever_it_comes) {
  CallsLog log(2);
  log.add({.minute = kMonday, .id = 7, .origin = 0});
  log.add({.minute = kMonday, .id = 7, .origin = 0});
  log.send();
  log.add({.minute = kMonday, .id = 7, .origin = 1});
  log.add({.minute = kMonday, .id = 8, .origin = 1});
  log.send();
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(task.counters().rows, 4u);
  EXPECT_EQ(task.counters().duplicates, 2u);
  EXPECT_EQ(counted(task), 2u);
}

TEST(Counting, the_same_id_in_another_api_is_another_call) {
  CallsLog log;
  log.add({.minute = kMonday, .name = "RunInstances", .id = 7});
  log.add({.minute = kMonday, .name = "StopInstances", .id = 7});
  log.send();
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(task.counters().duplicates, 0u);
}

TEST(Counting, a_row_of_a_closed_minute_is_late_or_redelivered_if_its_offset_was_read_before) {
  CallsLog log;
  const int64_t first = log.next_offset(0);
  log.add({.minute = kMonday + 5});
  close_through(log, kMonday + 5);
  log.add({.minute = kMonday + 5});
  log.add({.minute = kMonday + 5, .offset = first});
  log.add({.minute = kMonday + 6});
  log.send();
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(task.closed(), kMonday + 5);
  EXPECT_EQ(task.counters().late, 1u);
  EXPECT_EQ(task.counters().redelivered, 1u);
  EXPECT_EQ(counted(task), 2u);
}

TEST(Counting, a_row_exactly_within_the_lateness_is_on_time) {
  CallsLog log;
  log.add({.minute = kMonday});
  log.note_event(kMonday + 20);
  log.send();
  log.add({.minute = kMonday + 20 - kLatenessMinutes});
  log.send();
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(task.counters().late, 0u);
  EXPECT_EQ(task.closed(), kMonday + (20 - kLatenessMinutes - 1));
}

TEST(Counting, a_full_partition_refuses_new_apis_and_counts_their_rows) {
  Options options = test::shipped_options();
  options.apis_max = 2;
  CallsLog log;
  log.add({.minute = kMonday, .name = "A"});
  log.add({.minute = kMonday, .name = "B"});
  log.add({.minute = kMonday, .name = "C"}, 3);
  log.send();
  Task task(options);
  process_all(task, log);
  EXPECT_EQ(task.apis(), 2u);
  EXPECT_EQ(task.counters().quota, 3u);
  EXPECT_EQ(task.counters().apis_refused, 1u);
}

TEST(Counting, a_full_partition_makes_room_by_forgetting_the_least_learned_api_that_was_quiet_for_a_day) {
  Options options = test::shipped_options();
  options.apis_max = 3;
  CallsLog log;
  // Busy: always. Learned: 30 minutes, then quiet. Once: one call.
  log.add({.minute = kMonday, .name = "Once"});
  for (int32_t m = 0; m < 30; ++m) log.add({.minute = kMonday + m, .name = "Learned"});
  for (int32_t m = 0; m < core::kMinutesPerDay + 60; ++m) {
    log.add({.minute = kMonday + m, .name = "Busy"});
    if (m % 10 == 9) log.send();
  }
  log.add({.minute = kMonday + core::kMinutesPerDay + 60, .name = "New"});
  log.send();
  Task task(options);
  process_all(task, log);
  EXPECT_EQ(task.counters().apis_evicted, 1u);
  const Commit commit = task.collect(true);
  std::vector<std::string> names;
  for (const auto& api : task.api_states()) names.emplace_back(api->key.name());
  EXPECT_EQ(names, (std::vector<std::string>{"Busy", "Learned", "New"}));
  // Its record goes as well.
  const auto tombstones =
      std::count_if(commit.state.begin(), commit.state.end(), [](const auto& r) { return !r.value; });
  EXPECT_EQ(tombstones, 1);
}

// Found by reading: the batch's rows of the evicted API would have been counted in freed memory.
TEST(Counting, an_api_that_the_batch_names_is_not_forgotten_within_it) {
  Options options = test::shipped_options();
  options.apis_max = 2;
  CallsLog log;
  log.add({.minute = kMonday, .name = "Quiet"});
  for (int32_t m = 0; m < core::kMinutesPerDay + 60; ++m) {
    log.add({.minute = kMonday + m, .name = "Busy"});
    if (m % 10 == 9) log.send();
  }
  const Minute now = kMonday + (core::kMinutesPerDay + 60);
  log.add({.minute = kMonday + 3, .name = "Quiet"});   // late: the API stays quiet
  log.add({.minute = now, .name = "New"});
  log.add({.minute = now, .name = "Quiet"});
  log.send();
  Task task(options);
  process_all(task, log);
  EXPECT_EQ(task.counters().apis_evicted, 0u);
  EXPECT_EQ(task.counters().quota, 1u);
  EXPECT_EQ(task.counters().late, 1u);
}

TEST(Counting, rows_that_stand_for_many_calls_count_as_many) {
  CallsLog log;
  log.add({.minute = kMonday, .weight = 250, .attributed = false});
  close_through(log, kMonday);
  Task task(test::shipped_options());
  process_all(task, log);
  EXPECT_EQ(task.counters().rows, 250u);
  EXPECT_EQ((*task.api_states().begin())->attempts->call_peak, 250.0);
}

TEST(Counting, one_minute_of_invented_error_codes_makes_at_most_the_allowed_series_and_one_for_the_others) {
  CallsLog log;
  for (int i = 0; i < 500; ++i) log.add({.minute = kMonday, .error = "Invented" + std::to_string(i)});
  close_through(log, kMonday);
  Task task(test::shipped_options());
  process_all(task, log);
  const auto& api = **task.api_states().begin();
  EXPECT_EQ(api.errors.size(), state::ApiState::kErrorCodesMax + 1);
}

}  // namespace
}  // namespace insight::partition
