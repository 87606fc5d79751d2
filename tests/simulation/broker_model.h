// A Kafka cluster as one data structure: topics, groups, transactions.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/simulation/broker_group.h"
#include "tests/simulation/broker_log.h"

namespace insight::simulation {

// What Apache Kafka does with requests, decided at once and in memory: kafka_model_test holds it against a real one.
// It has no clock and no entropy: time is an argument, never goes back, and advance() does what time brings (sessions
// and transactions that run out, requests on their way). Single-threaded.
//
// Left out, because no client of the engine can tell: replicas and their leaders, segments (retention and compaction
// cut at records), the protocol's versions, quotas and rights.
class KafkaModel {
 public:
  // ---- topics

  struct Topic {
    std::string id;
    kafka::Properties config;
    std::vector<PartitionLog> partitions;

    bool append_time() const;
    size_t record_bytes_max() const;
  };

  Code create_topic(const std::string& name, int32_t partitions, const kafka::Properties& config);
  Code delete_topic(const std::string& name);
  // To `partitions` in all.
  Code add_partitions(const std::string& name, int32_t partitions);
  // Null: there is none.
  const Topic* topic(const std::string& name) const;
  PartitionLog* log(const kafka::TopicPartition& partition);
  const PartitionLog* log(const kafka::TopicPartition& partition) const;
  std::map<std::string, int32_t> partition_counts() const;
  Code delete_records(const kafka::TopicPartition& partition, int64_t before);
  // Retention by `retention.ms` of a topic that has it, and the log cleaner on a compacted one (all that is stable).
  void clean(const std::string& name, Timestamp now);

  // ---- producing

  struct Producer {
    int64_t id = -1;
    int16_t epoch = -1;
  };
  // Of a producer that is idempotent and no more.
  Producer init_producer() { return {next_producer_++, 0}; }
  PartitionLog::Appended produce(const kafka::TopicPartition& partition, ProducedRecord record,
                                 const ProducerStamp& stamp, Timestamp now);
  // By somebody who is neither.
  PartitionLog::Appended produce(const kafka::TopicPartition& partition, ProducedRecord record, Timestamp now) {
    return produce(partition, std::move(record), {}, now);
  }

  // ---- transactions

  struct Initialized {
    Code code = Code::kNone;
    Producer producer;
  };
  // Fences the producer that had the id before, and aborts what it left open: kConcurrentTransactions until that is
  // done.
  Initialized init_transactions(const std::string& transactional_id, Duration timeout, Timestamp now);
  // The first of a transaction begins it.
  Code add_to_transaction(const std::string& transactional_id, const Producer& producer,
                          const kafka::TopicPartition& partition, Timestamp now);
  PartitionLog::Appended produce_in_transaction(const std::string& transactional_id,
                                                const kafka::TopicPartition& partition, ProducedRecord record,
                                                const ProducerStamp& stamp, Timestamp now);
  Code send_offsets(const std::string& transactional_id, const Producer& producer, const std::string& group,
                    const Membership& membership, const std::vector<kafka::TopicPartitionOffset>& offsets,
                    Timestamp now);
  // Answers once the decision is made; markers and offsets follow after marker_delay, partition by partition. The same
  // end asked for again is answered as the first.
  Code end_transaction(const std::string& transactional_id, const Producer& producer, bool commit, Timestamp now);
  // How long a marker takes to reach its partition, drawn for each; empty: no time.
  std::function<Duration()> marker_delay;
  // The one that is open under this id, or was last.
  TransactionNumber transaction_of(const std::string& transactional_id) const;
  bool is_open(const std::string& transactional_id, TransactionNumber transaction) const;
  // Transactions that are neither committed nor aborted.
  size_t open_transactions() const;

  // ---- groups

  Group& group(const std::string& name) { return groups_[name]; }
  const Group* find_group(const std::string& name) const;
  Group::Joined join(const std::string& group, const JoinRequest& request, Timestamp now);

  // ---- time

  // `arrival` happens once time has reached `at`: a request that was long on its way.
  void arrive_later(Timestamp at, std::function<void(Timestamp)> arrival) { arrivals_.emplace(at, std::move(arrival)); }
  void advance(Timestamp now);

 private:
  enum class State : uint8_t { kEmpty, kOngoing, kEnding };
  // Of one transactional id.
  struct Coordinator {
    Producer producer;
    Duration timeout{60'000};
    State state = State::kEmpty;
    Timestamp began{};
    TransactionNumber transaction = kNoTransaction;
    std::set<kafka::TopicPartition> partitions;
    std::set<std::string> groups;
    bool committing = false;  // the end decided last
    bool ended_any = false;
    size_t markers_open = 0;
  };

  Code check(const Coordinator* coordinator, const Producer& producer) const;
  Code begin(Coordinator& coordinator, Timestamp now);
  void end(const std::string& transactional_id, bool commit, Timestamp now);
  void write_marker(const std::string& transactional_id, TransactionNumber transaction,
                    const kafka::TopicPartition& partition, Timestamp now);
  void end_offsets(const std::string& transactional_id, TransactionNumber transaction, const std::string& group);
  void when_marked(Timestamp now, const std::function<void(Timestamp)>& write);
  Coordinator* find(const std::string& transactional_id);

  std::map<std::string, Topic> topics_;
  std::map<std::string, Group> groups_;
  std::map<std::string, Coordinator> coordinators_;
  std::multimap<Timestamp, std::function<void(Timestamp)>> arrivals_;
  int64_t next_producer_ = 1000;
  TransactionNumber next_transaction_ = 0;
  uint64_t next_topic_ = 1;
  uint64_t next_member_ = 1;
};

}  // namespace insight::simulation
