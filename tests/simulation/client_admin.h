// The simulated administrator's client.
#pragma once

#include "tests/simulation/client_cluster.h"

namespace insight::simulation {

class SimulatedAdmin final : public kafka::Admin, private SimulatedClient {
 public:
  SimulatedAdmin(SimulatedCluster& cluster, const kafka::ClientOptions& options) : SimulatedClient(cluster, options) {}

  const kafka::Health& health() const override { return health_; }
  kafka::Result<Ensured> ensure_topic(const std::string& name, int32_t partitions, int32_t replication,
                                      const kafka::Properties& config, kafka::Milliseconds timeout) override;
  kafka::Result<std::vector<kafka::TopicDescription>> describe(const std::vector<std::string>& topics,
                                                               kafka::Milliseconds timeout) override;
  kafka::Result<kafka::Properties> topic_config(const std::string& topic, kafka::Milliseconds timeout) override;
  kafka::Result<std::vector<kafka::Watermarks>> watermarks(const std::vector<kafka::TopicPartition>& partitions,
                                                           kafka::Isolation isolation,
                                                           kafka::Milliseconds timeout) override;
  kafka::Error delete_records(const std::vector<kafka::TopicPartitionOffset>& before,
                              kafka::Milliseconds timeout) override;
  kafka::Error delete_topic(const std::string& topic, kafka::Milliseconds timeout) override;
};

}  // namespace insight::simulation
