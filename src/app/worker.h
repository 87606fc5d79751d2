// What the two stages on Kafka have in common: a member of a group that comes back from whatever ends its session.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

#include "app/backoff.h"
#include "app/clock.h"
#include "app/live_settings.h"
#include "app/log_damper.h"
#include "app/stop_signal.h"
#include "kafka/cluster.h"
#include "settings/settings.h"
#include "telemetry/metrics.h"

namespace insight::app {

// What the other threads may see of a worker. Thread-safe.
struct WorkerStatus {
  std::atomic<bool> connected{false};       // its clients answer
  std::atomic<bool> joined{false};          // its group has given it a share, which may be nothing
  std::atomic<uint32_t> partitions{0};      // assigned to it
  std::atomic<uint32_t> restoring{0};       // of these, not restored yet
  std::atomic<uint32_t> refused{0};         // of these, for which there is no memory
  std::atomic<int64_t> restore_read{0};     // offsets of the state topic read for those being restored
  std::atomic<int64_t> restore_total{0};    // of so many
};

// What every worker is given. The references are borrowed.
struct WorkerContext {
  const settings::Settings& settings;
  kafka::Cluster& cluster;
  const kafka::ClientOptions& client;
  const Clock& clock;
  uint32_t calls_partitions = 0;
  telemetry::Metrics& metrics;
  spdlog::logger& log;
  const StopSignal& stop;
  uint32_t entropy = 0;                     // what waits are drawn from: another in every process
  const LiveSettings* live = nullptr;       // null: `settings` stay in force
};

// Connects, works until the session is over, throws everything away and connects again, waiting longer each time it
// cannot. Single-threaded: run() is the thread's function.
class Worker : protected kafka::RebalanceHandler {
 public:
  // Until stop is requested. False: it cannot go on, and said why.
  bool run();
  const WorkerStatus& status() const { return status_; }

 protected:
  // `stage`: its name in groups and log lines.
  Worker(const WorkerContext& context, std::string stage);

  // Makes the clients. False: not now, or, if hopeless_, never.
  virtual bool connect() = 0;
  // Works until stop is requested or something breaks.
  virtual void session() = 0;
  // Leaves nothing of the session. Also called after a connect() that failed.
  virtual void disconnect() = 0;
  // These partitions are no longer ours, or another's already: what is not committed of them dies.
  virtual void give_up(const std::vector<kafka::TopicPartition>& partitions) = 0;

  std::string group() const { return settings_.kafka.consumer_group + "-" + stage_; }
  // Of the stage's group: read committed, and no position is ever made up.
  kafka::Consumer::Options consumer_options() const;
  kafka::ClientOptions producer_options(const std::string& linger_ms) const;
  // Whether all clients could be made. One that cannot even be made will not be made by waiting: hopeless.
  bool all_made(std::initializer_list<const kafka::Error*> errors);
  // Takes note of how the member fares. One whose name (group.instance.id) another has taken reads on and is never heard
  // of again: hopeless, and it would only take the name back.
  void watch();
  void name_is_taken(const kafka::Error& why);
  // Whether another of this name has begun, of which only the stage's producer has heard: the group says so at the next
  // heartbeat. A session that began before that would take the name back. For a process with a name.
  void await_heartbeat();

  // Whether the broker does not let the user read what this error is about: `topic`, or, where that is empty, as a member
  // of the group. Says so, however often it is met in one sentence; until readable() is called, nothing counts as connected.
  bool unreadable(const kafka::Error& error, std::string_view topic);
  void readable() { denied_ = false; }

  // Whether other settings are in force since the last call; settings_ are those then.
  bool take_settings();

  settings::Settings settings_;
  kafka::Cluster& cluster_;
  const kafka::ClientOptions client_;
  const Clock& clock_;
  const uint32_t calls_partitions_;
  telemetry::Metrics& metrics_;
  spdlog::logger& log_;
  const StopSignal& stop_;
  WorkerStatus status_;
  std::unique_ptr<kafka::Consumer> consumer_;  // of a session
  bool hopeless_ = false;  // no other session would do better

 private:
  void on_revoked(const std::vector<kafka::TopicPartition>& partitions) override { give_up(partitions); }
  void on_lost(const std::vector<kafka::TopicPartition>& partitions) override { give_up(partitions); }

  std::string stage_;
  bool denied_ = false;
  LogDamper damper_;
  const LiveSettings* live_;
  uint64_t generation_ = 0;  // of settings_
  Backoff backoff_;
};

}  // namespace insight::app
