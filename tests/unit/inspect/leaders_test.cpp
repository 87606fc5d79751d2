#include "inspect/leaders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/task.h"
#include "tests/unit/partition/calls_log.h"

namespace insight::inspect {
namespace {

using partition::Task;
using partition::test::CallsLog;
using partition::test::kMonday;

std::vector<std::string> names(const Leaders& leaders) {
  std::vector<std::string> found;
  for (const auto& [api, reading] : leaders.readings()) found.push_back(api.name);
  return found;
}

struct Watched {
  Leaders leaders;
  Task task;

  Watched(size_t most, const CallsLog& log)
      : leaders(most, partition::test::shipped_options().call_threshold), task(partition::test::shipped_options()) {
    task.observe(&leaders);
    partition::test::process_all(task, log);
  }
};

// `calls` a minute of each API.
CallsLog traffic(const std::vector<std::pair<std::string, int>>& apis, int32_t minutes = 720) {
  CallsLog log;
  for (int32_t m = 0; m < minutes; ++m) {
    for (const auto& [name, calls] : apis) log.add({.minute = kMonday + m, .name = name}, calls);
    log.send();
  }
  return log;
}

TEST(Leaders, AreTheBusiestAndNoMore) {
  const Watched watched(2, traffic({{"Rare", 1}, {"Often", 20}, {"Some", 5}, {"Seldom", 2}}));
  EXPECT_THAT(names(watched.leaders), testing::ElementsAre("Often", "Some"));
}

TEST(Leaders, SayWhatHappenedAndWhatWasExpected) {
  const int32_t minutes =
      2 * core::kMinutesPerDay + 300;   // bounds leave room for jobs on the first day, and at its start
  const CallsLog log = traffic({{"Often", 20}}, minutes);
  Leaders leaders(5, partition::test::shipped_options().call_threshold);
  Task task(partition::test::shipped_options());
  task.observe(&leaders);
  partition::test::process_all(task, log);
  task.close_through(kMonday + (minutes - 1));
  const ApiReading& often = leaders.readings().begin()->second;
  EXPECT_EQ(often.api.name, "Often");
  EXPECT_EQ(often.calls.minute, kMonday + (minutes - 1));
  EXPECT_EQ(often.calls.count, 20);
  EXPECT_EQ(often.errors, 0);
  EXPECT_NEAR(often.calls.mean, 20, 2);
  EXPECT_LT(often.calls.lower, often.calls.mean);
  EXPECT_GT(often.calls.upper, often.calls.mean);
}

TEST(Leaders, GiveWayOnlyToOneThatIsMuchBusier) {
  const Watched close(1, traffic({{"Aa", 10}, {"Bb", 12}}));
  EXPECT_THAT(names(close.leaders), testing::ElementsAre("Aa"));
  const Watched far(1, traffic({{"Aa", 10}, {"Bb", 40}}));
  EXPECT_THAT(names(far.leaders), testing::ElementsAre("Bb"));
}

TEST(Leaders, NoneAreKeptWhenNoneAreAskedFor) {
  EXPECT_TRUE(Watched(0, traffic({{"Aa", 10}})).leaders.readings().empty());
}

}  // namespace
}  // namespace insight::inspect
