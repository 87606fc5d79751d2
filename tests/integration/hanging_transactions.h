// Transactions that nobody ends, and what an operator does about them.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/kafka_broker.h"

namespace insight::integration {

// Apache Kafka 4.3.1 may leave a partition's marker out where its only broker comes back in the middle of a transaction's
// end (docs/reliability.md). Tests in which a broker comes back do what docs/runbooks/InsightdRestoreSlow.md says.
class HangingTransactions {
 public:
  // Of a daemon's output: `insights`, of one partition, and `state`, of `partitions`. `broker` is borrowed.
  HangingTransactions(KafkaBroker& broker, const std::string& insights, const std::string& state, int32_t partitions);

  // By partition, where its oldest open transaction begins; nothing where the broker does not say.
  std::optional<std::map<kafka::TopicPartition, int64_t>> open();
  // To be called again and again: ends those that stand open for longer than any of ours may.
  void end();
  int ended() const { return ended_; }

 private:
  KafkaBroker& broker_;
  std::vector<kafka::TopicPartition> partitions_;
  std::map<kafka::TopicPartition, int64_t> standing_;  // where an open transaction began at the last look
  std::optional<std::chrono::steady_clock::time_point> looked_;
  int ended_ = 0;
};

}  // namespace insight::integration
