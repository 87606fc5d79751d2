// An in-memory Kafka: what its clients can see of one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "kafka/cluster.h"
#include "tests/simulation/instance.h"

namespace insight::simulation {

// One record of a partition, as a consumer would see it.
struct LogRecord {
  int64_t offset = 0;
  core::Timestamp timestamp;
  std::string key;
  std::optional<std::string> payload;   // nullopt: a tombstone
};

struct TopicOptions {
  int32_t partitions = 1;
  bool compacted = false;
  bool log_append_time = false;
};

// The cluster: logs, groups, transactions. Used by whoever holds the scheduler's baton. What happens by itself as time
// goes on (sessions and transactions that time out, records in flight) it does in step().
class Broker {
 public:
  // `epoch`: the broker's time of day when the world began; its clock is right.
  Broker(Scheduler& scheduler, core::Timestamp epoch);
  ~Broker();

  void step();

  // ---- the world around the engine
  void create_topic(const std::string& topic, const TopicOptions& options);
  void add_partition(const std::string& topic);
  void append(const std::string& topic, int32_t partition, std::string_view key,
              std::optional<std::string_view> payload, core::Timestamp timestamp);
  // Deletes what lies before `offset` (retention).
  void delete_before(const std::string& topic, int32_t partition, int64_t offset);
  // Runs the cleaner: of a compacted topic's records that are overwritten and older than the last stable offset, any
  // may go.
  void compact(const std::string& topic);

  // ---- what can be checked
  int32_t partitions(const std::string& topic) const;
  // Of a partition, what is still there: committed records only, or all but markers.
  std::vector<LogRecord> read(const std::string& topic, int32_t partition, kafka::Isolation isolation) const;
  // All of a partition that was ever committed or written outside transactions, deleted and compacted records too.
  std::vector<LogRecord> everything(const std::string& topic, int32_t partition) const;
  // First offset and the end (markers and aborted records included).
  kafka::Watermarks watermarks(const std::string& topic, int32_t partition) const;
  // What a group committed; nullopt: nothing.
  std::optional<kafka::TopicPartitionOffset> committed(const std::string& group,
                                                       const kafka::TopicPartition& partition) const;
  size_t open_transactions() const;
  size_t members(const std::string& group) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The clients of one instance. Borrows both.
class SimulatedCluster final : public kafka::Cluster {
 public:
  SimulatedCluster(Broker& broker, Instance& instance) : broker_(broker), instance_(instance) {}

  kafka::Result<std::unique_ptr<kafka::Consumer>> consumer(const kafka::Consumer::Options& options) override;
  kafka::Result<std::unique_ptr<kafka::Producer>> producer(const kafka::ClientOptions& options,
                                                           kafka::DeliveryHandler on_delivery) override;
  kafka::Result<std::unique_ptr<kafka::TransactionalProducer>> transactional_producer(
      const kafka::ClientOptions& options, const std::string& transactional_id) override;
  kafka::Result<std::unique_ptr<kafka::Admin>> admin(const kafka::ClientOptions& options) override;

 private:
  Broker& broker_;
  Instance& instance_;
};

}  // namespace insight::simulation
