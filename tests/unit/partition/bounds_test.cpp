// What a flood costs: memory has its bounds, and nothing that was learned gives way to what nobody has seen before.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "route/batch_builder.h"
#include "tests/unit/partition/calls_log.h"

namespace insight::partition {
namespace {

using test::CallsLog;
using test::kMonday;

std::set<std::string> names_of(const Task& task) {
  std::set<std::string> names;
  for (const auto& api : task.api_states()) names.emplace(api->key.name());
  return names;
}

// Every event a new API, a new principal and a new user agent: for two days, so that the flood's own are quiet for one.
TEST(Bounds, a_flood_of_new_names_evicts_nothing_that_was_learned) {
  constexpr int kLearned = 10;
  constexpr int32_t kFloodBegins = 3 * 60;
  Options options = test::shipped_options();
  options.apis_max = 2 * kLearned;
  CallsLog log;
  std::set<std::string> learned;
  for (int i = 0; i < kLearned; ++i) learned.insert("Learned" + std::to_string(i));
  int invented = 0;
  for (int32_t m = 0; m < 2 * core::kMinutesPerDay + kFloodBegins; ++m) {
    if (m % 20 == 0)
      for (const auto& name : learned) log.add({.minute = kMonday + m, .name = name});
    for (int i = 0; m >= kFloodBegins && i < 3; ++i) {
      const std::string number = std::to_string(++invented);
      log.add({.minute = kMonday + m, .name = "New" + number, .principal = "p" + number, .agent = "a" + number});
    }
    if (m % 10 == 9) log.send();
  }
  Task task(options);
  process_all(task, log);
  EXPECT_EQ(task.apis(), static_cast<size_t>(options.apis_max));
  const auto kept = names_of(task);
  EXPECT_TRUE(std::includes(kept.begin(), kept.end(), learned.begin(), learned.end()));
  EXPECT_GT(task.counters().apis_evicted, 0u) << "the flood's own names make room for each other";
  EXPECT_EQ(task.counters().quota + task.counters().apis_evicted + options.apis_max - kLearned,
            static_cast<uint64_t>(invented))
      << "and what is refused is counted";
}

// Many APIs that were called in the same minute: a commit takes a share of what may wait, and all of what has waited long.
TEST(Bounds, a_commit_is_not_kept_by_what_may_wait) {
  constexpr int kApis = 3500;
  constexpr size_t kShare = 1000;
  constexpr size_t kTurns = kApis / 60 * 2;  // written each hour, in their turn
  constexpr int32_t kCalled = 60;
  Options options = test::shipped_options();
  options.apis_max = kApis;
  Task task(options);
  CallsLog log;
  const auto close_through = [&](int32_t minute) {
    log.note_event(kMonday + minute + 1 + test::kLatenessMinutes);
    log.send();
    process(task, log, log.size() - 1);
    EXPECT_EQ(task.closed(), kMonday + minute);
    return task.collect(false).state.size() - 1;  // without the meta record
  };
  const auto call_all = [&](int32_t minute) {
    for (int i = 0; i < kApis; ++i) log.add({.minute = kMonday + minute, .name = "Api" + std::to_string(i)});
  };
  call_all(0);
  for (int32_t m = 0; m < kCalled; ++m) close_through(m);
  call_all(kCalled);
  for (int32_t m = kCalled; m < kCalled + 5; ++m)
    EXPECT_LE(close_through(m), kTurns) << "nothing has waited for five minutes";
  EXPECT_EQ(close_through(kCalled + 5), kShare);
  EXPECT_EQ(close_through(kCalled + 6), kShare);
  const size_t left = close_through(kCalled + 10);
  EXPECT_GT(left, kApis - 2 * kShare - 3 * kTurns) << "all the rest";
  EXPECT_LE(close_through(kCalled + 11), kTurns) << "nothing waits";
}

// What a million APIs that are new at once would take, awake, is twice what they take at rest.
TEST(Bounds, a_rush_of_new_apis_waits_at_rest_for_its_records) {
  constexpr int kApis = 3500;
  Options options = test::shipped_options();
  options.apis_max = kApis;
  Task task(options);
  CallsLog log;
  const auto count = [&](auto&& is_meant) {
    return static_cast<size_t>(std::count_if(task.api_states().begin(), task.api_states().end(), is_meant));
  };
  const auto is_awake = [](const auto& api) { return !api->attempts.rests(); };
  for (int i = 0; i < kApis; ++i) log.add({.minute = kMonday, .name = "Api" + std::to_string(i)});
  log.send();
  process(task, log, 0);
  EXPECT_EQ(task.collect(false).state.size(), kApis + 1u);
  EXPECT_EQ(count(is_awake), 0u) << "those that were admitted and have closed no minute";
  log.note_event(kMonday + 1 + test::kLatenessMinutes);
  log.send();
  process(task, log, 1);
  ASSERT_EQ(task.closed(), kMonday);
  EXPECT_EQ(count([](const auto& api) { return api->rows != nullptr; }), 0u) << "memory for open minutes";
  EXPECT_LE(count(is_awake), options.records_enough);
  task.collect(false);
  EXPECT_EQ(count(is_awake), 0u);
}

// 50,000 events a second of one API, in which each minute's ids are three times as many as are kept.
TEST(Bounds, a_hot_api_is_counted_by_a_sample_of_its_ids) {
  constexpr uint64_t kCalls = 3'000'000;
  constexpr uint64_t kRowsPerBatch = 50'000;
  Task task(test::shipped_options());
  route::BatchBuilder builder;
  progress::Reading reading;
  reading.set_topics({{"events", 1}});
  const uint32_t origin = reading.origin(0, 0);
  core::CallEvent event;
  event.api.name = "RunInstances";
  int64_t offset = 0;
  const auto send = [&](core::Minute newest) {
    reading.on_event(origin, core::start_of(newest), std::nullopt, core::Timestamp::max());
    reading.on_offset(origin, offset + 1);
    reading.write_to(builder.batch());
    task.process(builder.batch(), core::start_of(newest), offset++);
    builder.clear();
  };
  for (uint64_t id = 0; id < kCalls;) {
    const uint32_t signature = builder.intern(event, {.call_rate = true, .error_rate = true});
    for (uint64_t i = 0; i < kRowsPerBatch; ++i, ++id) {
      core::Row row;
      row.signature = signature;
      row.origin = origin;
      row.minute = kMonday;
      row.id = id * 0x9E3779B97F4A7C15u;  // spread over all the bits, as hashes are
      builder.add(row);
    }
    send(kMonday);
  }
  const auto& cell = (*task.api_states().begin())->open().front();
  EXPECT_LE(cell.size(), count::CallIds::kKeptMax);
  EXPECT_GE(cell.size(), count::CallIds::kKeptMax / 3);
  send(kMonday + (test::kLatenessMinutes + 1));
  EXPECT_EQ(task.counters().minutes_thinned, 1u);
  EXPECT_NEAR((*task.api_states().begin())->attempts->call_peak, kCalls, 0.005 * kCalls);
}

}  // namespace
}  // namespace insight::partition
