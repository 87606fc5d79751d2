// The simulated transactional producer.
#pragma once

#include <deque>
#include <map>

#include "tests/simulation/client_producer.h"

namespace insight::simulation {

// Keeps what kafka::TransactionalProducer promises. Records are sent when any client of the instance is called, and
// waited for where that says so.
class SimulatedTransactionalProducer final : public kafka::TransactionalProducer,
                                             private SimulatedClient,
                                             private Background {
 public:
  SimulatedTransactionalProducer(SimulatedCluster& cluster, const kafka::ClientOptions& options, std::string id);
  ~SimulatedTransactionalProducer() override;

  const kafka::Health& health() const override { return health_; }
  kafka::TransactionResult init_transactions(kafka::Milliseconds timeout) override;
  kafka::TransactionResult begin() override;
  kafka::TransactionResult produce(const kafka::Record& record, kafka::Milliseconds timeout) override;
  kafka::TransactionResult send_offsets(const std::vector<kafka::TopicPartitionOffset>& offsets,
                                        const kafka::GroupMetadata& membership, kafka::Milliseconds timeout) override;
  kafka::TransactionResult commit(kafka::Milliseconds timeout) override;
  kafka::TransactionResult abort(kafka::Milliseconds timeout) override;
  void poll() override;
  bool in_transaction() const override { return open_; }

 private:
  struct Lane {
    std::deque<ProducedRecord> queue;
    int32_t sequence = 0;         // of the first in the queue
  };

  void work() override;
  void send(const kafka::TopicPartition& partition, Lane& lane);
  Code append(const kafka::TopicPartition& partition, Lane& lane, size_t& taken);
  bool flush(core::Timestamp end);
  bool is_flushed() const;
  Code init(kafka::Milliseconds timeout);
  // What a request came to, remembered if it is the end of the transaction or of the producer.
  kafka::TransactionResult result(Code code, const char* what, kafka::Outcome time_up);

  const std::string id_;
  const core::Duration transaction_timeout_;
  KafkaModel::Producer identity_;
  std::map<kafka::TopicPartition, Lane> lanes_;
  core::Timestamp not_before_{};
  bool ready_ = false;
  bool open_ = false;
  bool used_ = false;                       // the broker knows of this transaction
  kafka::Error failure_;                    // the open transaction can only be aborted
  kafka::TransactionResult end_;            // not ok: the producer is of no more use
};

}  // namespace insight::simulation
