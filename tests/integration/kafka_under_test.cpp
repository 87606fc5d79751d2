#include "tests/integration/kafka_under_test.h"

#include <algorithm>
#include <stdexcept>

namespace insight::integration {
namespace {

constexpr milliseconds kAnswerTime{10'000};   // of one question; then it is asked again

std::runtime_error failure(const std::string& what, const kafka::Error& error) {
  return std::runtime_error(what + ": " + kafka::to_string(error));
}

std::vector<kafka::TopicPartition> all_of(const std::string& topic, int32_t partitions) {
  std::vector<kafka::TopicPartition> all;
  for (int32_t p = 0; p < partitions; ++p) all.push_back({topic, p});
  return all;
}

}  // namespace

kafka::Admin& KafkaUnderTest::admin() {
  if (!admin_) {
    auto made = cluster().admin(client());
    if (!made) throw failure("admin client", made.error);
    admin_ = std::move(*made);
  }
  return *admin_;
}

void KafkaUnderTest::create_topic(const std::string& topic, int32_t partitions, const kafka::Properties& config) {
  const auto made = admin().ensure_topic(topic, partitions, 1, config, kPatience);
  if (!made) throw failure("creating " + topic, made.error);
}

void KafkaUnderTest::produce(const std::string& topic, int32_t partition, const std::string& key,
                             const std::string& payload) {
  auto producer = cluster().producer(client(), nullptr);
  if (!producer) throw failure("producer", producer.error);
  kafka::Error error;
  if ((*producer)->produce({topic, partition, key, payload, 0, {}}, 0, &error) != kafka::Produced::kQueued) {
    throw failure("producing", error);
  }
  if (!(*producer)->flush(kPatience) || (*producer)->failed() > 0) throw std::runtime_error("record not delivered");
}

void KafkaUnderTest::produce(const std::string& topic, const std::vector<std::string>& payloads, int32_t partition) {
  auto producer = cluster().producer(client(), nullptr);
  if (!producer) throw failure("producer", producer.error);
  for (const std::string& payload : payloads) {
    kafka::Error error;
    for (;;) {
      const auto result = (*producer)->produce({topic, partition, "", payload, 0, {}}, 0, &error);
      if (result == kafka::Produced::kQueued) break;
      if (result == kafka::Produced::kRefused) throw failure("producing", error);
      (*producer)->poll(milliseconds(100));
    }
  }
  if (!(*producer)->flush(kPatience) || (*producer)->failed() > 0) throw std::runtime_error("records not delivered");
}

// Waits until every transaction that reaches below the ends is committed or aborted.
void KafkaUnderTest::wait_until_stable(const std::vector<kafka::TopicPartition>& partitions,
                                       const std::vector<kafka::Watermarks>& ends) {
  const bool stable = eventually(
      [&] {
        const auto now = admin().watermarks(partitions, kafka::Isolation::kReadCommitted, kPatience);
        if (!now) throw failure("watermarks", now.error);
        for (size_t i = 0; i < ends.size(); ++i) {
          if (now->at(i).high < ends[i].high) return false;
        }
        return true;
      },
      kPatience);
  if (!stable) throw std::runtime_error("a transaction stays open");
}

std::vector<StoredRecord> KafkaUnderTest::read_all(const std::string& topic, kafka::Isolation isolation) {
  const auto described = admin().describe({topic}, kPatience);
  if (!described) throw failure("describing " + topic, described.error);
  std::vector<kafka::TopicPartition> partitions;
  for (int32_t i = 0; i < described->front().partitions; ++i) partitions.push_back({topic, i});
  const auto ends = admin().watermarks(partitions, kafka::Isolation::kReadUncommitted, kPatience);
  if (!ends) throw failure("watermarks of " + topic, ends.error);
  const bool committed_only = isolation == kafka::Isolation::kReadCommitted;
  if (committed_only) wait_until_stable(partitions, *ends);

  auto consumer = cluster().consumer(
      {client({{"isolation.level", committed_only ? "read_committed" : "read_uncommitted"}}), "test-reader"});
  if (!consumer) throw failure("consumer", consumer.error);
  std::vector<kafka::Assignment> starts;
  for (const auto& at : partitions) starts.push_back({at, kafka::kOffsetBeginning, false});
  if (const auto error = (*consumer)->assign(starts)) throw failure("assigning", error);

  std::vector<StoredRecord> records;
  const bool complete = eventually(
      [&] {
        (*consumer)->poll_batch(milliseconds(20), 10000, [&](const kafka::Message& message) {
          if (message.error != nullptr) throw failure("reading " + topic, *message.error);
          if (message.offset >= ends->at(static_cast<size_t>(message.partition)).high) return;
          records.push_back({message.partition, message.offset, message.timestamp_ms, std::string(message.key),
                             message.tombstone ? std::nullopt : std::optional<std::string>(message.payload)});
        });
        for (size_t i = 0; i < partitions.size(); ++i) {
          const auto& [low, high] = ends->at(i);
          if (low < high && (*consumer)->position(partitions[i]) < high) return false;
        }
        return true;
      },
      kPatience);
  if (!complete) throw std::runtime_error("the end of " + topic + " was not reached");
  std::sort(records.begin(), records.end(), [](const StoredRecord& a, const StoredRecord& b) {
    return std::pair(a.partition, a.offset) < std::pair(b.partition, b.offset);
  });
  return records;
}

std::vector<std::string> KafkaUnderTest::payloads(const std::string& topic) {
  std::vector<std::string> found;
  for (StoredRecord& record : read_all(topic)) found.push_back(record.payload.value_or("(tombstone)"));
  return found;
}

// Asked by a consumer of the group that does not join it: librdkafka's admin call for it (ListConsumerGroupOffsets)
// crashes the process when the coordinator has just moved, as after freeze(). A broker that has just come up, or is busy,
// may not know yet what it is asked: then it is asked again.
std::vector<kafka::TopicPartitionOffset> KafkaUnderTest::commits(const std::string& group, const std::string& topic,
                                                                 int32_t partitions) {
  auto consumer = cluster().consumer({client({{"isolation.level", "read_committed"}}), group});
  if (!consumer) throw failure("consumer of " + group, consumer.error);
  kafka::Result<std::vector<kafka::TopicPartitionOffset>> found;
  const auto ask = [&] {
    return static_cast<bool>(found = (*consumer)->committed(all_of(topic, partitions), kAnswerTime));
  };
  if (!eventually(ask, kPatience)) throw failure("commits of " + group, found.error);
  return std::move(*found);
}

std::vector<int64_t> KafkaUnderTest::committed_offsets(const std::string& group, const std::string& topic,
                                                       int32_t partitions) {
  std::vector<int64_t> offsets;
  for (const auto& entry : commits(group, topic, partitions)) offsets.push_back(std::max<int64_t>(entry.offset, -1));
  return offsets;
}

int64_t KafkaUnderTest::committed(const std::string& group, const std::string& topic, int32_t partition) {
  return committed_offsets(group, topic, partition + 1).back();
}

std::vector<int64_t> KafkaUnderTest::ends(const std::string& topic, int32_t partitions) {
  kafka::Result<std::vector<kafka::Watermarks>> found;
  const auto ask = [&] {
    return static_cast<bool>(
        found = admin().watermarks(all_of(topic, partitions), kafka::Isolation::kReadUncommitted, kAnswerTime));
  };
  if (!eventually(ask, kPatience)) throw failure("ends of " + topic, found.error);
  std::vector<int64_t> offsets;
  for (const auto& range : *found) offsets.push_back(range.high);
  return offsets;
}

}  // namespace insight::integration
