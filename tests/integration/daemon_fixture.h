// What the tests of the daemon share: topics and configuration of their own, daemons, and the same engine's replay.
#pragma once

#include <gtest/gtest.h>

#include "tests/integration/daemon_insights.h"
#include "tests/integration/daemon_process.h"
#include "tests/integration/daemon_trail.h"

namespace insight::integration {

constexpr int32_t kInputPartitions = 4;
constexpr int32_t kCallsPartitions = 6;

// Each test has topics, a group and a folder of its own; a failed one prints the ends of its daemons' logs.
class OnDaemon : public ::testing::Test {
 protected:
  OnDaemon();
  ~OnDaemon() override;

  virtual KafkaBroker& broker();
  // Done again and again while something is waited for.
  virtual void look_after_broker() {}

  // YAML of a configuration for this test; `more`: top-level keys to append, `properties`: of librdkafka.
  std::string config_text(const std::string& more = "", const kafka::Properties& properties = {});
  std::filesystem::path configure(const std::string& more = "", const kafka::Properties& properties = {});
  void create_events(int32_t partitions = kInputPartitions);
  std::unique_ptr<Daemon> start_daemon(const std::string& name);

  void produce(const std::vector<TrailMessage>& messages);
  // Whether these daemons hold all partitions, restored.
  bool hold_everything(const std::vector<Daemon*>& daemons);
  // Waits until everything in the events topic is read and committed.
  bool all_read();
  // Waits until it is also counted and judged, durably.
  bool all_judged(int32_t calls_partitions = kCallsPartitions);
  // Offsets that the stage's group has committed; -1: none.
  std::vector<int64_t> committed(const std::string& stage, const std::string& of, int32_t partitions);
  std::vector<int64_t> ends(const std::string& of, int32_t partitions);
  bool reached(const std::string& stage, const std::string& of, const std::vector<int64_t>& until);
  double sum_of(const std::vector<Daemon*>& daemons, const std::string& metric);

  // Insights that consumers see which read committed records only.
  Lines insights() { return broker().payloads(topic("insights")); }
  // What `insightd replay` says of the same records under the same configuration.
  Lines replay(const std::string& ndjson);
  // What consumers see of the trail is what a replay says, and that is something.
  void expect_as_replayed(const Trail& trail, size_t insights_min = 15);
  // A command of the daemon's group that was killed within its transaction: a record in the topic that nobody may read.
  void leave_open_transaction(const std::string& state_topic);

  std::string topic(const std::string& name) const { return name_ + "-" + name; }
  std::string group(const std::string& stage) const { return name_ + "-" + stage; }

  std::string name_;
  std::filesystem::path folder_;
  std::filesystem::path config_;
  std::vector<std::filesystem::path> logs_;
};

// Started by the first test that needs it, gone with the program.
KafkaBroker& daemon_broker();

// The first `what` in a configuration, which must have it.
void replace_in(std::string& text, const std::string& what, const std::string& by);

// As eventTime is written.
std::string iso(int64_t time_ms);

}  // namespace insight::integration
