#include "kafka/cluster.h"

#include "kafka/librdkafka_admin.h"
#include "kafka/librdkafka_consumer.h"
#include "kafka/librdkafka_producer.h"

namespace insight::kafka {
namespace {

template <class Interface, class Client>
Result<std::unique_ptr<Interface>> as(Result<std::unique_ptr<Client>> made) {
  if (!made) return {{}, std::move(made.error)};
  return {std::unique_ptr<Interface>(std::move(*made)), {}};
}

}  // namespace

Result<std::unique_ptr<Consumer>> LibrdkafkaCluster::consumer(const Consumer::Options& options) {
  return as<Consumer>(LibrdkafkaConsumer::create(options));
}

Result<std::unique_ptr<Producer>> LibrdkafkaCluster::producer(const ClientOptions& options,
                                                              DeliveryHandler on_delivery) {
  return as<Producer>(LibrdkafkaProducer::create(options, std::move(on_delivery)));
}

Result<std::unique_ptr<TransactionalProducer>> LibrdkafkaCluster::transactional_producer(
    const ClientOptions& options, const std::string& transactional_id) {
  return as<TransactionalProducer>(LibrdkafkaTransactionalProducer::create(options, transactional_id));
}

Result<std::unique_ptr<Admin>> LibrdkafkaCluster::admin(const ClientOptions& options) {
  return as<Admin>(LibrdkafkaAdmin::create(options));
}

}  // namespace insight::kafka
