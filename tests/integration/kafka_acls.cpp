#include "tests/integration/kafka_acls.h"

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <stdexcept>

namespace insight::integration {
namespace {

// Deletes what librdkafka made.
template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* made) const {
    Destroy(made);
  }
};
using Client = std::unique_ptr<rd_kafka_t, Destroyer<rd_kafka_destroy>>;
using Binding = std::unique_ptr<rd_kafka_AclBinding_t, Destroyer<rd_kafka_AclBinding_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;

const std::map<std::string, rd_kafka_ResourceType_t> kResources = {
    {"Topic", RD_KAFKA_RESOURCE_TOPIC},
    {"Group", RD_KAFKA_RESOURCE_GROUP},
    {"TransactionalId", RD_KAFKA_RESOURCE_TRANSACTIONAL_ID}};
const std::map<std::string, rd_kafka_AclOperation_t> kOperations = {{"Read", RD_KAFKA_ACL_OPERATION_READ},
                                                                    {"Write", RD_KAFKA_ACL_OPERATION_WRITE},
                                                                    {"Create", RD_KAFKA_ACL_OPERATION_CREATE},
                                                                    {"Delete", RD_KAFKA_ACL_OPERATION_DELETE},
                                                                    {"Describe", RD_KAFKA_ACL_OPERATION_DESCRIBE}};

Binding binding_of(const std::string& user, const Permission& permission) {
  char why[256] = "";
  Binding binding(rd_kafka_AclBinding_new(
      kResources.at(permission.resource), permission.name.c_str(),
      permission.prefixed ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
      ("User:" + user).c_str(), "*", kOperations.at(permission.operation), RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, why,
      sizeof why));
  if (!binding) throw std::runtime_error(why);
  return binding;
}

}  // namespace

void allow(const KafkaBroker& broker, const std::string& user, const std::vector<Permission>& permissions) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[256] = "";
  rd_kafka_conf_set(conf, "bootstrap.servers", broker.address().c_str(), why, sizeof why);
  const Client client(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why));
  if (!client) throw std::runtime_error(why);
  std::vector<Binding> bindings;
  std::vector<rd_kafka_AclBinding_t*> raw;
  for (const auto& permission : permissions) {
    bindings.push_back(binding_of(user, permission));
    raw.push_back(bindings.back().get());
  }
  const Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_CreateAcls(client.get(), raw.data(), raw.size(), nullptr, queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), static_cast<int>(kPatience.count())));
  const auto* answer = event ? rd_kafka_event_CreateAcls_result(event.get()) : nullptr;
  if (answer == nullptr) throw std::runtime_error("no answer to CreateAcls");
  size_t count = 0;
  const auto** results = rd_kafka_CreateAcls_result_acls(answer, &count);
  if (count != raw.size()) throw std::runtime_error(rd_kafka_event_error_string(event.get()));
  for (size_t i = 0; i < count; ++i)
    if (const auto* error = rd_kafka_acl_result_error(results[i]))
      throw std::runtime_error(rd_kafka_error_string(error));
}

}  // namespace insight::integration
