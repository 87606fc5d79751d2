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

#include "kafka/cluster.h"

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
class KafkaBroker {
 public:
  // Starts and waits until it answers. `overrides` are broker properties, `format` further arguments of the storage
  // tool (users, for one).
  explicit KafkaBroker(const kafka::Properties& overrides = {}, const std::vector<BrokerListener>& listeners = {},
                       const std::vector<std::string>& format = {});
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  std::string address() const;
  int port(const std::string& listener) const { return listener_ports_.at(listener); }

  void start();
  void stop();      // an orderly shutdown
  void kill();      // as a crash
  void restart();   // stop and start on the same data
  void freeze();    // SIGSTOP: connections stay, nothing is answered
  void thaw();

  // Options of a client of this broker that reconnects fast.
  kafka::ClientOptions client(const kafka::Properties& properties = {}) const;
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

 private:
  void format(const std::vector<std::string>& more);
  void wait_until_ready();
  void wait_until_stable(const std::vector<kafka::TopicPartition>& partitions,
                         const std::vector<kafka::Watermarks>& ends);
  pid_t spawn(const std::vector<std::string>& arguments, const std::string& log) const;
  std::string log_tail() const;

  std::filesystem::path folder_;
  std::string libs_;
  int port_ = 0;
  int controller_port_ = 0;
  std::map<std::string, int> listener_ports_;
  pid_t process_ = -1;
  std::unique_ptr<kafka::Admin> admin_;
};

// Asks again and again until `condition` holds; false when `patience` was over first. The condition should look at
// Kafka's state, or poll a client.
bool eventually(const std::function<bool()>& condition, milliseconds patience = kPatience);

}  // namespace insight::integration
