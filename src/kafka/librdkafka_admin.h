// Private to src/kafka: the administrator's client on librdkafka.
#pragma once

#include "kafka/handle.h"
#include "kafka/topics.h"

namespace insight::kafka {

class LibrdkafkaAdmin final : public Admin, private Client {
 public:
  static Result<std::unique_ptr<LibrdkafkaAdmin>> create(const ClientOptions& options);
  ~LibrdkafkaAdmin() override;

  const Health& health() const override { return health_; }
  Result<Ensured> ensure_topic(const std::string& name, int32_t partitions, int32_t replication,
                               const Properties& config, Milliseconds timeout) override;
  Result<std::vector<TopicDescription>> describe(const std::vector<std::string>& topics, Milliseconds timeout) override;
  Result<Properties> topic_config(const std::string& topic, Milliseconds timeout) override;
  Result<std::vector<Watermarks>> watermarks(const std::vector<TopicPartition>& partitions, Isolation isolation,
                                             Milliseconds timeout) override;
  Error delete_records(const std::vector<TopicPartitionOffset>& before, Milliseconds timeout) override;
  Error delete_topic(const std::string& topic, Milliseconds timeout) override;

 private:
  LibrdkafkaAdmin() = default;
  void note(const Error& error);
};

}  // namespace insight::kafka
