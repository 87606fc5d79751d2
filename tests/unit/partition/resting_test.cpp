// What rests as the bytes of its record decides and learns as if it had been awake.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/partition/calls_log.h"
#include "tests/unit/partition/random_world.h"

namespace insight::partition {
namespace {

using test::CallsLog;
using test::RandomWorld;

size_t behind(const Task& task) {
  return static_cast<size_t>(std::count_if(task.api_states().begin(), task.api_states().end(), [](const auto& api) {
    return api->begun && api->attempts.rests() && api->attempts.through() < api->through;
  }));
}

size_t at_rest(const Task& task) {
  return static_cast<size_t>(std::count_if(task.api_states().begin(), task.api_states().end(),
                                           [](const auto& api) { return api->attempts.rests(); }));
}

class Resting : public testing::TestWithParam<uint64_t> {};

size_t waiting_at_rest(const Task& task) {
  return static_cast<size_t>(std::count_if(task.api_states().begin(), task.api_states().end(), [](const auto& api) {
    return api->unsaved != core::kNoMinute && api->attempts.rests();
  }));
}

// Records are written, and APIs rest, when output is collected: one task does so after every batch, the other never. With
// every other seed they rest as they do in a rush, as soon as their minutes are closed.
TEST_P(Resting, changes_no_insight_and_no_record) {
  const RandomWorld world(GetParam(), {});
  const CallsLog log = world.deliver(GetParam() + 500);
  Options options = test::shipped_options();
  Task awake(options);
  const bool in_a_rush = GetParam() % 2 == 0;
  if (in_a_rush) options.records_enough = 0;
  Task resting(options);
  std::vector<std::string> decided;
  std::vector<std::string> expected;
  size_t most_behind = 0;
  size_t most_waiting = 0;
  const auto append = [](std::vector<std::string>& texts, const std::vector<core::Insight>& insights) {
    for (auto& text : test::texts_of(insights)) texts.push_back(std::move(text));
  };
  for (size_t i = 0; i < log.size(); ++i) {
    if (i == log.size() / 2) {
      options.budget = 20;
      options.error_threshold -= 0.3;
      awake.retune(options);
      const size_t before = at_rest(resting);
      resting.retune(options);
      EXPECT_EQ(at_rest(resting), before);
      EXPECT_EQ(behind(resting), 0u);
    }
    process(awake, log, i);
    process(resting, log, i);
    most_waiting = std::max(most_waiting, waiting_at_rest(resting));
    append(expected, awake.take_insights());
    append(decided, resting.collect(false).insights);
    most_behind = std::max(most_behind, behind(resting));
  }
  EXPECT_EQ(decided, expected);
  EXPECT_EQ(test::states_of(resting), test::states_of(awake));
  EXPECT_GT(most_behind, 0u) << "nothing rested";
  EXPECT_EQ(most_waiting > 0, in_a_rush) << "whether an API rests before it is written";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Resting, testing::Values(11, 12, 13, 14));

}  // namespace
}  // namespace insight::partition
