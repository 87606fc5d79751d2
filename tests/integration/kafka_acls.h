// Permissions on a broker that has an authorizer.
#pragma once

#include <string>
#include <vector>

#include "tests/integration/kafka_broker.h"

namespace insight::integration {

// What a principal may do with one resource, from any host. Names are Kafka's: Topic, Group, TransactionalId; Read...
struct Permission {
  std::string resource;
  std::string name;
  bool prefixed = false;   // `name` stands for all that begin with it
  std::string operation;
};

// Grants `permissions` to User:`user`, by the broker's plain listener; in force when it returns. Throws if refused.
void allow(const KafkaBroker& broker, const std::string& user, const std::vector<Permission>& permissions);

}  // namespace insight::integration
