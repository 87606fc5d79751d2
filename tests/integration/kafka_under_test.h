// A Kafka to test on, real or simulated, and the few things that tests do with it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kafka/cluster.h"
#include "tests/integration/group_member.h"

namespace insight::integration {

using std::chrono::milliseconds;

// How long anything that must happen may take before the test fails. Generous: machines are slow and shared.
constexpr milliseconds kPatience{60000};

// One record as a consumer sees it.
struct StoredRecord {
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  std::string key;
  std::optional<std::string> payload;   // nullopt: a tombstone
};

// What cannot be done throws, so that the test fails. Not thread-safe.
class KafkaUnderTest {
 public:
  KafkaUnderTest() = default;
  virtual ~KafkaUnderTest() = default;
  KafkaUnderTest(const KafkaUnderTest&) = delete;
  KafkaUnderTest& operator=(const KafkaUnderTest&) = delete;

  virtual kafka::Cluster& cluster() = 0;
  // Options of a client of this Kafka.
  virtual kafka::ClientOptions client(const kafka::Properties& properties) const = 0;
  kafka::ClientOptions client() const { return client({}); }
  virtual void start() = 0;
  virtual void kill() = 0;     // as a crash
  virtual void freeze() = 0;   // connections stay, nothing is answered
  virtual void thaw() = 0;
  // Asks again and again until `condition` holds; false when `patience` was over first. The condition should look at
  // Kafka's state, or poll a client.
  virtual bool eventually(const std::function<bool()>& condition, milliseconds patience) = 0;
  // In the time in which its clients wait.
  virtual std::chrono::steady_clock::time_point now() const = 0;

  kafka::Admin& admin();
  void create_topic(const std::string& topic, int32_t partitions = 1, const kafka::Properties& config = {});
  // Acknowledged when it returns. partition -1: by key.
  void produce(const std::string& topic, int32_t partition, const std::string& key, const std::string& payload);
  void produce(const std::string& topic, const std::vector<std::string>& payloads, int32_t partition = 0);
  // All records from the beginning to the end as it is now, ordered by partition and offset. Committed ones: waits
  // until the transactions that reach below that end are over (the broker aborts abandoned ones at their timeout).
  std::vector<StoredRecord> read_all(const std::string& topic,
                                     kafka::Isolation isolation = kafka::Isolation::kReadCommitted);
  // Payloads only, of committed records.
  std::vector<std::string> payloads(const std::string& topic);
  // The group's committed offset of one partition; -1: none.
  int64_t committed(const std::string& group, const std::string& topic, int32_t partition);
  // Of partitions 0 to `partitions` - 1, with their notes; and the offsets alone.
  std::vector<kafka::TopicPartitionOffset> commits(const std::string& group, const std::string& topic,
                                                   int32_t partitions);
  std::vector<int64_t> committed_offsets(const std::string& group, const std::string& topic, int32_t partitions);
  // Where they end, with what open transactions have written.
  std::vector<int64_t> ends(const std::string& topic, int32_t partitions);

 protected:
  std::unique_ptr<kafka::Admin> admin_;

 private:
  void wait_until_stable(const std::vector<kafka::TopicPartition>& partitions,
                         const std::vector<kafka::Watermarks>& ends);
};

// A GroupMemberRun in a process of its own, which tests stop and wake.
class MemberProcess {
 public:
  virtual ~MemberProcess() = default;
  // The next line it says.
  virtual std::string listen() = 0;
  // Tells it to go on.
  virtual void go() = 0;
  virtual void stop() = 0;
  virtual void wake() = 0;
};

using MemberPlan = GroupMemberRun::Plan;

// The one that this program's tests of the layer run on: a real broker, or the simulation. Started by the first test
// that needs it, gone with the program. And a member of a group on it.
KafkaUnderTest& kafka_under_test();
std::unique_ptr<MemberProcess> start_member(const MemberPlan& plan);

}  // namespace insight::integration
