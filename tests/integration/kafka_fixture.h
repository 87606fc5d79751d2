// What the tests of the Kafka layer share: one Kafka, topics of their own, and a group member that keeps a diary.
#pragma once

#include <gtest/gtest.h>

#include <set>

#include "tests/integration/kafka_under_test.h"

namespace insight::integration {

class OnKafka : public ::testing::Test {
 protected:
  // A name that no other test uses.
  static std::string unique(const std::string& name) {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string text = std::string(info->test_suite_name()) + "." + info->name() + "." + name;
    for (char& c : text) {
      if (c == '/') c = '_';
    }
    return text;
  }
  std::string make_topic(const std::string& name, int32_t partitions = 1, const kafka::Properties& config = {}) {
    const std::string topic = unique(name);
    broker.create_topic(topic, partitions, config);
    return topic;
  }
  // Its heartbeat is quick, so that rebalances are.
  std::unique_ptr<kafka::Consumer> make_consumer(const std::string& group, kafka::Properties properties = {}) {
    properties.try_emplace("heartbeat.interval.ms", "200");
    auto made = broker.cluster().consumer({broker.client(properties), group});
    if (!made) throw std::runtime_error(kafka::to_string(made.error));
    return std::move(*made);
  }
  // Ready for begin().
  std::unique_ptr<kafka::TransactionalProducer> make_transactional(const std::string& id) {
    auto made = broker.cluster().transactional_producer(broker.client(), id);
    if (!made) throw std::runtime_error(kafka::to_string(made.error));
    const auto started = (*made)->init_transactions(kPatience);
    if (!started.ok()) throw std::runtime_error(kafka::to_string(started.error));
    return std::move(*made);
  }

  bool eventually(const std::function<bool()>& condition, milliseconds patience = kPatience) {
    return broker.eventually(condition, patience);
  }

  KafkaUnderTest& broker = kafka_under_test();
};

// Takes what it is given, and remembers.
class Diary : public kafka::RebalanceHandler {
 public:
  std::vector<kafka::Assignment> on_assigned(const std::vector<kafka::TopicPartition>& partitions) override {
    std::vector<kafka::Assignment> starts;
    for (const auto& at : partitions) {
      assigned.push_back(at);
      owned.insert(at);
      starts.push_back({at, start, paused});
    }
    return starts;
  }
  void on_revoked(const std::vector<kafka::TopicPartition>& partitions) override {
    for (const auto& at : partitions) {
      revoked.push_back(at);
      owned.erase(at);
    }
  }
  void on_lost(const std::vector<kafka::TopicPartition>& partitions) override {
    for (const auto& at : partitions) {
      lost.push_back(at);
      owned.erase(at);
    }
  }

  int64_t start = kafka::kOffsetBeginning;
  bool paused = false;
  std::set<kafka::TopicPartition> owned;
  std::vector<kafka::TopicPartition> assigned, revoked, lost;
};

// "FROM" to "TO - 1".
inline std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> texts;
  for (int i = from; i < to; ++i) texts.push_back(std::to_string(i));
  return texts;
}

// Polls once and appends the payloads to `into`.
inline size_t take(kafka::Consumer& consumer, std::vector<std::string>& into, size_t max = 1000) {
  return consumer.poll_batch(milliseconds(20), max, [&](const kafka::Message& message) {
    if (message.error == nullptr) into.emplace_back(message.payload);
  });
}

}  // namespace insight::integration
