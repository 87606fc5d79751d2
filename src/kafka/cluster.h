// Where clients come from: the seam between the engine and Kafka.
#pragma once

#include "kafka/producer.h"

namespace insight::kafka {

// Makes the clients of one process. Only a real Kafka and the simulation's are behind it, and both must keep what the
// clients' headers promise. Thread-safe. Outlives its clients.
class Cluster {
 public:
  virtual ~Cluster() = default;

  virtual Result<std::unique_ptr<Consumer>> consumer(const Consumer::Options& options) = 0;
  // An empty `on_delivery`: nobody is told.
  virtual Result<std::unique_ptr<Producer>> producer(const ClientOptions& options, DeliveryHandler on_delivery) = 0;
  virtual Result<std::unique_ptr<TransactionalProducer>> transactional_producer(
      const ClientOptions& options, const std::string& transactional_id) = 0;
  virtual Result<std::unique_ptr<Admin>> admin(const ClientOptions& options) = 0;
};

// Clients of librdkafka, which connect to the brokers that their options name. Stateless.
class LibrdkafkaCluster final : public Cluster {
 public:
  Result<std::unique_ptr<Consumer>> consumer(const Consumer::Options& options) override;
  Result<std::unique_ptr<Producer>> producer(const ClientOptions& options, DeliveryHandler on_delivery) override;
  Result<std::unique_ptr<TransactionalProducer>> transactional_producer(const ClientOptions& options,
                                                                        const std::string& transactional_id) override;
  Result<std::unique_ptr<Admin>> admin(const ClientOptions& options) override;
};

}  // namespace insight::kafka
