// Partitions and offsets, and what is asked of the cluster rather than of a stream: topics, watermarks, groups.
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <set>
#include <span>

#include "kafka/client.h"

namespace insight::kafka {

constexpr int64_t kOffsetBeginning = -2;
constexpr int64_t kOffsetEnd = -1;
constexpr int64_t kOffsetStored = -1000;    // the group's committed offset
constexpr int64_t kOffsetInvalid = -1001;   // none

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;

  auto operator<=>(const TopicPartition&) const = default;
};

// The first `partitions` of a topic, in order.
inline std::vector<TopicPartition> partitions_of(const std::string& topic, uint32_t partitions) {
  std::vector<TopicPartition> all;
  for (uint32_t p = 0; p < partitions; ++p) all.push_back({topic, static_cast<int32_t>(p)});
  return all;
}

struct TopicPartitionOffset {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = kOffsetInvalid;   // the next one to read
  std::string metadata;              // of a commit: UTF-8 text (others are replaced), at most 4096 bytes

  bool operator==(const TopicPartitionOffset&) const = default;
};

// Offsets [low, high) that a partition holds. high is the end as the isolation asked for sees it.
struct Watermarks {
  int64_t low = 0;
  int64_t high = 0;
};

enum class Isolation : uint8_t { kReadUncommitted, kReadCommitted };

// What a user may be allowed to do with a topic.
enum class Operation : uint8_t { kRead, kWrite, kDelete };

// What a topic is like.
struct TopicDescription {
  bool exists = false;
  int32_t partitions = 0;
  int32_t replication = 0;   // of the partition that has the fewest replicas
  std::string id;            // another one after it was deleted and made anew; empty: the broker gives none
  std::optional<std::set<Operation>> allowed;   // to this client's user; nullopt: the broker does not say
};

// The administrator's side of a cluster. Every call blocks up to its timeout. Thread-safe. Never makes a topic by
// merely naming it (the broker's auto-create is not asked for).
class Admin {
 public:
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;
  virtual ~Admin() = default;

  virtual const Health& health() const = 0;

  struct Ensured {
    bool created = false;    // false: it was there before
    int32_t partitions = 0;  // what it has, whatever was asked for
    int32_t replication = 0;
    int32_t brokers = 0;     // in the cluster
  };
  // Creates the topic unless it exists. One that exists is left as it is: compare `partitions`. Returns once the
  // cluster shows the topic, so that clients made afterwards find it. A principal that may not create topics
  // succeeds where the topic exists.
  virtual Result<Ensured> ensure_topic(const std::string& name, int32_t partitions, int32_t replication,
                                       const Properties& config, Milliseconds timeout) = 0;

  // One description per topic, in the order asked. A topic that does not exist is no error.
  virtual Result<std::vector<TopicDescription>> describe(const std::vector<std::string>& topics,
                                                         Milliseconds timeout) = 0;

  // The topic's configuration (retention.ms, message.timestamp.type, ...) as it is in force.
  virtual Result<Properties> topic_config(const std::string& topic, Milliseconds timeout) = 0;

  // First and end offsets of every partition asked, in the order asked.
  virtual Result<std::vector<Watermarks>> watermarks(const std::vector<TopicPartition>& partitions, Isolation isolation,
                                                     Milliseconds timeout) = 0;

  // Deletes what lies before each offset. The first partition that failed is the error.
  virtual Error delete_records(const std::vector<TopicPartitionOffset>& before, Milliseconds timeout) = 0;

  virtual Error delete_topic(const std::string& topic, Milliseconds timeout) = 0;

 protected:
  Admin() = default;
};

}  // namespace insight::kafka
