// The detect stage on Kafka: reads the calls topic as a member of a group; writes insights, state and offsets
// in one transaction.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "app/clock.h"
#include "app/intake_worker.h"
#include "app/state_reader.h"
#include "app/stop_signal.h"
#include "kafka/producer.h"
#include "partition/task.h"
#include "settings/settings.h"
#include "telemetry/metrics.h"

namespace insight::app {

// Owns one consumer, one transactional producer and a task per calls partition assigned to it. A task is
// restored from the state topic before it reads on, its partition paused meanwhile. After an abortable error
// the same output is sent again for what is still owned; after anything worse producer and tasks are thrown
// away and restored. Single-threaded: run() is the thread's function.
class DetectWorker : private kafka::RebalanceHandler {
 public:
  // `instance`: unique among all detect workers of the group. Borrows all references.
  DetectWorker(const settings::Settings& settings, const kafka::ClientOptions& client, uint32_t calls_partitions,
               std::string instance, telemetry::Metrics& metrics, spdlog::logger& log, const StopSignal& stop);

  // Until stop is requested. False: it cannot go on, and said why.
  bool run();
  const WorkerStatus& status() const { return status_; }

 private:
  enum class Phase : uint8_t { kReadingState, kReadingCalls, kLive };
  // Collected and not committed yet, with what had been counted by then.
  struct Pending {
    partition::Commit commit;
    partition::Counters counters;
  };
  struct Owned {
    std::unique_ptr<partition::Task> task;
    Phase phase = Phase::kReadingState;
    int64_t committed = 0;             // offset of the last commit
    partition::Counters published;
  };

  bool connect();
  void disconnect();
  void session();
  void read(const kafka::Message& message);
  void take_batch(Owned& owned, const kafka::Message& message);
  void restore_step();
  void begin_calls(int32_t partition, Owned& owned, bool found);
  void finish_restore(int32_t partition, Owned& owned);

  bool commit_due(SteadyTime now) const;
  void commit();
  bool try_commit();
  kafka::TransactionResult write(const kafka::GroupMetadata& member);
  kafka::TransactionResult write_one(int32_t partition, const partition::Commit& commit);
  void committed(SteadyTime began);
  void delete_old_calls(SteadyTime now);
  std::chrono::milliseconds time_left() const;   // for one call of a transaction
  void publish_counts(partition::Counters& before, const partition::Counters& now);
  void publish_gauges();

  std::vector<kafka::Assignment> on_assigned(const std::vector<kafka::TopicPartition>& partitions) override;
  void on_revoked(const std::vector<kafka::TopicPartition>& partitions) override;
  void on_lost(const std::vector<kafka::TopicPartition>& partitions) override;
  void give_up(const std::vector<kafka::TopicPartition>& partitions);
  void count_owned();

  const settings::Settings& settings_;
  kafka::ClientOptions client_;
  uint32_t calls_partitions_;
  std::string instance_;
  telemetry::Metrics& metrics_;
  spdlog::logger& log_;
  const StopSignal& stop_;
  WorkerStatus status_;

  std::unique_ptr<kafka::Consumer> consumer_;
  std::unique_ptr<kafka::TransactionalProducer> producer_;
  std::unique_ptr<kafka::Admin> admin_;
  std::unique_ptr<StateReader> state_reader_;
  std::map<int32_t, Owned> owned_;
  std::map<int32_t, Pending> pending_;     // memory is right: sent again as it is until it is committed
  std::map<int32_t, int64_t> rewinds_;     // calls below are needed by nobody
  bool broken_ = false;                    // producer and tasks are of no more use
  bool hopeless_ = false;
  SteadyTime next_commit_;
  SteadyTime next_delete_;
  core::Batch batch_;
};

}  // namespace insight::app
