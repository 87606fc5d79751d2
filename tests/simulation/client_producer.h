// The simulated idempotent producer.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "tests/simulation/client_cluster.h"

namespace insight::simulation {

// A record on its way, copied.
struct QueuedRecord {
  uint64_t tag = 0;
  ProducedRecord content;
};

// The partition that a record goes to, and its copy. `clock`: where the record brings no time.
kafka::TopicPartition partition_of(const kafka::Record& record, const KafkaModel& model);
ProducedRecord copy_of(const kafka::Record& record, core::Timestamp clock);

// Queues by partition; sends a partition's queue as one request. A request that is lost, or whose answer is, is sent
// again: the sequence numbers tell the broker. One that is late (Fault::kLate) counts as given up, with all that follows
// it in its partition; it arrives all the same.
class SimulatedProducer final : public kafka::Producer, private SimulatedClient, private Background {
 public:
  SimulatedProducer(SimulatedCluster& cluster, const kafka::ClientOptions& options, kafka::DeliveryHandler on_delivery);
  ~SimulatedProducer() override;

  const kafka::Health& health() const override { return health_; }
  kafka::Produced produce(const kafka::Record& record, uint64_t tag, kafka::Error* why) override;
  int poll(kafka::Milliseconds timeout) override;
  bool flush(kafka::Milliseconds timeout) override;
  void purge() override;
  size_t outstanding() const override { return queued_ - delivered_ - failed_; }
  uint64_t queued() const override { return queued_; }
  uint64_t delivered() const override { return delivered_; }
  uint64_t failed() const override { return failed_; }

 private:
  struct Lane {
    std::deque<QueuedRecord> queue;
    int32_t sequence = 0;  // of the first in the queue
    core::Timestamp not_before{};
    bool broken = false;  // something was given up: nothing after it can be delivered in order
  };

  struct Report {
    uint64_t tag = 0;
    std::string topic;
    kafka::Error error;
    std::optional<core::Timestamp> appended;
  };

  void work() override;
  void send(const kafka::TopicPartition& partition, Lane& lane);
  Code append(const kafka::TopicPartition& partition, Lane& lane, std::vector<Report>& reports);
  void give_up(const kafka::TopicPartition& partition, Lane& lane, Code code);
  int serve();

  kafka::DeliveryHandler on_delivery_;
  KafkaModel::Producer identity_;
  std::map<kafka::TopicPartition, Lane> lanes_;
  std::deque<Report> reports_;
  size_t waiting_ = 0;  // in the lanes
  uint64_t queued_ = 0;
  uint64_t delivered_ = 0;
  uint64_t failed_ = 0;
};

}  // namespace insight::simulation
