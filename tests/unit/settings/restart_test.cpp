// Which keys need a restart.
#include "fixture.h"

namespace insight::settings {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Restart, what_is_read_while_the_daemon_runs_needs_none) {
  Settings wanted;
  wanted.selectors.emplace_back().event_name = "Decrypt";
  wanted.detection.alert_budget = 3;
  wanted.detection.early_start = false;
  wanted.detection.insight_source = "arn:aws:cloudtrail:eu-west-1:1:trail/x";
  wanted.telemetry.top_apis = 20;
  wanted.logging.level = "debug";
  EXPECT_THAT(restart_keys(Settings{}, wanted), IsEmpty());
}

TEST(Restart, everything_else_is_named) {
  Settings wanted;
  wanted.detection.alert_budget = 3;
  wanted.kafka.properties["sasl.password"] = "x";
  wanted.input.lateness = std::chrono::minutes(1);
  wanted.limits.apis_per_partition = 5;
  wanted.logging.format = "json";
  EXPECT_THAT(restart_keys(Settings{}, wanted),
              ElementsAre("kafka.properties", "input.lateness", "limits.apis_per_partition", "logging.format"));
}

}  // namespace
}  // namespace insight::settings
