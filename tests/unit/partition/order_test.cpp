// With early Starts off nothing depends on the order of arrival or on how calls are cut into batches.
#include <gtest/gtest.h>

#include "tests/unit/partition/random_world.h"

namespace insight::partition {
namespace {

using test::CallsLog;
using test::RandomWorld;

std::vector<std::string> insights_of(const Options& options, const CallsLog& log) {
  Task task(options);
  process_all(task, log);
  EXPECT_EQ(task.counters().late + task.counters().redelivered, 0u);
  return test::texts_of(task.take_insights());
}

class Order : public testing::TestWithParam<uint64_t> {};

TEST_P(Order, of_arrival_within_the_lateness_changes_no_insight_and_no_state) {
  const RandomWorld world(GetParam(), {.hours = 36, .late_rows = false, .gaps = false, .older_history = false});
  Options options = test::shipped_options();
  options.early_start = false;
  const CallsLog one = world.deliver(1);
  const CallsLog other = world.deliver(2);
  ASSERT_NE(one.size(), other.size());
  const auto expected = insights_of(options, one);
  EXPECT_GT(expected.size(), 4u);
  EXPECT_EQ(insights_of(options, other), expected);
}

// (series, type, state, decided) of the insights, less what an early Start may change.
TEST_P(Order, early_starts_change_nothing_but_when_a_start_is_written) {
  const RandomWorld world(GetParam(), {.hours = 36, .late_rows = false, .gaps = false, .older_history = false});
  const CallsLog log = world.deliver(1);
  const auto lives = [&](bool early_start) {
    Options options = test::shipped_options();
    options.early_start = early_start;
    Task task(options);
    process_all(task, log);
    std::map<std::string, std::string> series;
    for (const auto& insight : task.take_insights()) {
      std::string& life = series[core::to_string(insight.api.view()) + " " + insight.error_code];
      life += core::to_string(insight.state);
      if (insight.state == core::InsightState::kEnd)
        life += " decided " + core::to_iso(insight.decided) + "; ";
      else
        life += " ";
    }
    return series;
  };
  EXPECT_EQ(lives(true), lives(false));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Order, testing::Values(11, 12, 13));

}  // namespace
}  // namespace insight::partition
