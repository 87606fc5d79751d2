// Private to src/kafka: the producers on librdkafka.
#pragma once

#include "kafka/handle.h"
#include "kafka/producer.h"

namespace insight::kafka {

// What must be so that each record is written once, in order, or said to be lost.
Properties producer_properties();

class LibrdkafkaProducer final : public Producer, private Client {
 public:
  static Result<std::unique_ptr<LibrdkafkaProducer>> create(const ClientOptions& options, DeliveryHandler on_delivery);
  ~LibrdkafkaProducer() override;

  const Health& health() const override { return health_; }
  Produced produce(const Record& record, uint64_t tag, Error* why) override;
  int poll(Milliseconds timeout) override;
  bool flush(Milliseconds timeout) override;
  void purge() override;
  size_t outstanding() const override { return queued_ - delivered_ - failed_; }
  uint64_t queued() const override { return queued_; }
  uint64_t delivered() const override { return delivered_; }
  uint64_t failed() const override { return failed_; }

 private:
  struct Callbacks;
  LibrdkafkaProducer() = default;

  DeliveryHandler on_delivery_;
  uint64_t queued_ = 0;
  uint64_t delivered_ = 0;
  uint64_t failed_ = 0;
};

class LibrdkafkaTransactionalProducer final : public TransactionalProducer, private Client {
 public:
  static Result<std::unique_ptr<LibrdkafkaTransactionalProducer>> create(const ClientOptions& options,
                                                                         const std::string& transactional_id);
  ~LibrdkafkaTransactionalProducer() override;

  const Health& health() const override { return health_; }
  TransactionResult init_transactions(Milliseconds timeout) override;
  TransactionResult begin() override;
  TransactionResult produce(const Record& record, Milliseconds timeout) override;
  TransactionResult send_offsets(const std::vector<TopicPartitionOffset>& offsets, const GroupMetadata& membership,
                                 Milliseconds timeout) override;
  TransactionResult commit(Milliseconds timeout) override;
  TransactionResult abort(Milliseconds timeout) override;
  void poll() override;
  bool in_transaction() const override { return open_; }

 private:
  struct Callbacks;
  LibrdkafkaTransactionalProducer() = default;
  template <class Call>
  TransactionResult retry(Milliseconds timeout, Outcome time_up, Call&& call);

  Error delivery_failure_;   // of the open transaction
  bool open_ = false;
};

}  // namespace insight::kafka
