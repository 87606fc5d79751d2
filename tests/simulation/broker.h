// An in-memory Kafka: what its clients can see of one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "kafka/cluster.h"
#include "tests/simulation/broker_model.h"
#include "tests/simulation/instance.h"

namespace insight::simulation {

class SimulatedConsumer;

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
// goes on (sessions and transactions that time out, requests long on their way) it does in step().
class Broker {
 public:
  enum class Availability : uint8_t { kUp, kFrozen, kDown };   // frozen: connections stay, nothing is answered

  // `epoch`: the broker's time of day when the world began; its clock is right.
  Broker(Scheduler& scheduler, core::Timestamp epoch);

  // Members whose process runs are heard of first: librdkafka's own threads keep their sessions.
  void step();
  core::Timestamp now() const { return epoch_ + scheduler_.now(); }
  KafkaModel& model() { return model_; }
  const KafkaModel& model() const { return model_; }

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
  void set_availability(Availability availability) { availability_ = availability; }
  Availability availability() const { return availability_; }
  bool is_up() const { return availability_ == Availability::kUp; }
  // How many records a second of a partition each reader gets at most; nullopt: as many as there are.
  void set_pace(const kafka::TopicPartition& partition, std::optional<double> records_per_second);
  std::optional<double> pace(const kafka::TopicPartition& partition) const;

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
  size_t open_transactions() const { return model_.open_transactions(); }
  size_t members(const std::string& group) const;

 private:
  friend class SimulatedConsumer;

  Scheduler& scheduler_;
  const core::Timestamp epoch_;
  KafkaModel model_;
  Availability availability_ = Availability::kUp;
  std::map<kafka::TopicPartition, double> pace_;
  std::vector<SimulatedConsumer*> members_;
};

// A client's background work, done whenever a client of the same instance is called.
class Background {
 public:
  virtual ~Background() = default;
  virtual void work() = 0;
};

// The clients of one instance. Borrows both. A call is a place where others run, and one that needs the broker an
// effect of the instance, named here with what it does:
//     consumer.commit, consumer.question, producer.send, transaction.init, transaction.send, transaction.offsets,
//     transaction.commit, transaction.abort, admin.question, admin.create, admin.delete_records, admin.delete_topic
class SimulatedCluster final : public kafka::Cluster {
 public:
  SimulatedCluster(Broker& broker, Instance& instance) : broker_(broker), instance_(instance) {}

  kafka::Result<std::unique_ptr<kafka::Consumer>> consumer(const kafka::Consumer::Options& options) override;
  kafka::Result<std::unique_ptr<kafka::Producer>> producer(const kafka::ClientOptions& options,
                                                           kafka::DeliveryHandler on_delivery) override;
  kafka::Result<std::unique_ptr<kafka::TransactionalProducer>> transactional_producer(
      const kafka::ClientOptions& options, const std::string& transactional_id) override;
  kafka::Result<std::unique_ptr<kafka::Admin>> admin(const kafka::ClientOptions& options) override;

  // ---- for its clients
  Broker& broker() { return broker_; }
  KafkaModel& model() { return broker_.model(); }
  Instance& instance() { return instance_; }
  core::Timestamp now() const { return broker_.now(); }
  // Of what Kafka leaves to chance.
  size_t choose(size_t below) { return instance_.scheduler().random().below(below); }

  // Before every call: others may run, then the background threads of these clients.
  void enter();
  // Lets `duration` pass at most, then as enter.
  void wait(core::Duration duration);

  // Makes a request that shall be answered within `timeout`; `apply` says what the broker answers. kLocalTimedOut: it
  // may have happened, or may yet. It holds what it needs by value: it may be called after this returned.
  using Request = std::function<Code(core::Timestamp)>;
  Code request(std::string_view effect, kafka::Milliseconds timeout, const Request& apply);
  // The same of a question, which changes nothing and is never answered late.
  Code ask(std::string_view effect, kafka::Milliseconds timeout, const Request& look);

  void add(Background* client) { background_.push_back(client); }
  void remove(Background* client) { std::erase(background_, client); }

 private:
  Code call(std::string_view effect, kafka::Milliseconds timeout, const Request& apply, bool may_be_late);
  void work();

  Broker& broker_;
  Instance& instance_;
  std::vector<Background*> background_;
  bool working_ = false;
};

}  // namespace insight::simulation
