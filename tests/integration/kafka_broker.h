// A real Apache Kafka broker for tests, and the few things that tests do with it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/kafka_under_test.h"

namespace insight::integration {

// A door of the broker beside its plain one.
struct BrokerListener {
  std::string name;                      // as Kafka writes them: PROXIED
  std::string protocol = "PLAINTEXT";    // or SSL, SASL_PLAINTEXT, SASL_SSL
  int advertised_port = 0;               // where its clients are sent: a proxy's; 0: to itself
};

// One broker (KRaft, controller included) on free loopback ports, its data in a temporary folder that goes with it.
// The jars come from INSIGHT_KAFKA_LIBS or where scripts/kafka/install puts them. What cannot be done throws, so that
// the test fails: a test for a real broker is never skipped. The broker dies with the test's process however that
// ends. Not thread-safe.
class KafkaBroker final : public KafkaUnderTest {
 public:
  // Starts and waits until it answers. `overrides` are broker properties, `format` further arguments of the storage
  // tool (users, for one).
  explicit KafkaBroker(const kafka::Properties& overrides = {}, const std::vector<BrokerListener>& listeners = {},
                       const std::vector<std::string>& format = {});
  ~KafkaBroker() override;

  std::string address() const;
  int port(const std::string& listener) const { return listener_ports_.at(listener); }

  kafka::Cluster& cluster() override { return cluster_; }
  // Reconnects fast.
  kafka::ClientOptions client(const kafka::Properties& properties) const override;
  using KafkaUnderTest::client;
  void start() override;
  void stop();      // an orderly shutdown
  void kill() override;
  void restart();   // stop and start on the same data
  void freeze() override;
  void thaw() override;
  // Aborts the transactions that the partition holds open, by Kafka's own tool, as an operator does with those that
  // nobody ends. Returns how many.
  int abort_transactions(const kafka::TopicPartition& partition) const;
  // Gives the topic more partitions, `partitions` in all, as an operator does.
  void grow(const std::string& topic, int32_t partitions);
  bool eventually(const std::function<bool()>& condition, milliseconds patience) override;
  std::chrono::steady_clock::time_point now() const override { return std::chrono::steady_clock::now(); }

 private:
  void format(const std::vector<std::string>& more);
  void wait_until_ready();
  pid_t spawn(const std::vector<std::string>& arguments, const std::string& log) const;
  // What one of Kafka's own tools says.
  std::string tool(const std::string& name, const std::string& arguments) const;
  std::string log_tail() const;

  std::filesystem::path folder_;
  std::string libs_;
  int port_ = 0;
  int controller_port_ = 0;
  std::map<std::string, int> listener_ports_;
  pid_t process_ = -1;
  kafka::LibrdkafkaCluster cluster_;
};

// KafkaUnderTest::eventually on a real one.
bool eventually(const std::function<bool()>& condition, milliseconds patience = kPatience);

}  // namespace insight::integration
