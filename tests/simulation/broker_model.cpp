#include "tests/simulation/broker_model.h"

#include <charconv>

namespace insight::simulation {
namespace {

using kafka::TopicPartition;

constexpr int64_t kRecordBytesMax = 1'048'588;       // Kafka's message.max.bytes
constexpr int64_t kTombstonesKeptMs = 86'400'000;    // and its delete.retention.ms

int64_t number(const kafka::Properties& config, const std::string& name, int64_t otherwise) {
  const auto at = config.find(name);
  int64_t value = otherwise;
  if (at != config.end()) std::from_chars(at->second.data(), at->second.data() + at->second.size(), value);
  return value;
}

bool has(const kafka::Properties& config, const std::string& name, std::string_view word) {
  const auto at = config.find(name);
  return at != config.end() && at->second.find(word) != std::string::npos;
}

bool is_valid(const kafka::Properties& config) {
  const auto policy = config.find("cleanup.policy");
  return policy == config.end() || policy->second == "delete" || policy->second == "compact" ||
         policy->second == "compact,delete" || policy->second == "delete,compact";
}

}  // namespace

// ---- topics

bool KafkaModel::Topic::append_time() const { return has(config, "message.timestamp.type", "LogAppendTime"); }

size_t KafkaModel::Topic::record_bytes_max() const {
  return static_cast<size_t>(number(config, "max.message.bytes", kRecordBytesMax));
}

Code KafkaModel::create_topic(const std::string& name, int32_t partitions, const kafka::Properties& config) {
  if (topics_.contains(name)) return Code::kTopicAlreadyExists;
  if (partitions < 1) return Code::kInvalidPartitions;
  if (!is_valid(config)) return Code::kInvalidConfig;
  topics_[name] = {"topic-" + std::to_string(next_topic_++), config,
                   std::vector<PartitionLog>(static_cast<size_t>(partitions))};
  return Code::kNone;
}

Code KafkaModel::delete_topic(const std::string& name) {
  if (topics_.erase(name) == 0) return Code::kUnknownTopicOrPartition;
  for (auto& [group, state] : groups_) state.forget_topic(name);
  return Code::kNone;
}

Code KafkaModel::add_partitions(const std::string& name, int32_t partitions) {
  const auto at = topics_.find(name);
  if (at == topics_.end()) return Code::kUnknownTopicOrPartition;
  if (partitions <= static_cast<int32_t>(at->second.partitions.size())) return Code::kInvalidPartitions;
  at->second.partitions.resize(static_cast<size_t>(partitions));
  return Code::kNone;
}

const KafkaModel::Topic* KafkaModel::topic(const std::string& name) const {
  const auto at = topics_.find(name);
  return at == topics_.end() ? nullptr : &at->second;
}

const PartitionLog* KafkaModel::log(const TopicPartition& partition) const {
  const Topic* found = topic(partition.topic);
  const auto index = static_cast<size_t>(partition.partition);
  if (found == nullptr || partition.partition < 0 || index >= found->partitions.size()) return nullptr;
  return &found->partitions[index];
}

PartitionLog* KafkaModel::log(const TopicPartition& partition) {
  return const_cast<PartitionLog*>(std::as_const(*this).log(partition));
}

std::map<std::string, int32_t> KafkaModel::partition_counts() const {
  std::map<std::string, int32_t> counts;
  for (const auto& [name, topic] : topics_) counts[name] = static_cast<int32_t>(topic.partitions.size());
  return counts;
}

Code KafkaModel::delete_records(const TopicPartition& partition, int64_t before) {
  PartitionLog* found = log(partition);
  if (found == nullptr) return Code::kUnknownTopicOrPartition;
  return found->delete_before(before) ? Code::kNone : Code::kOffsetOutOfRange;
}

void KafkaModel::clean(const std::string& name, Timestamp now) {
  const auto at = topics_.find(name);
  if (at == topics_.end()) return;
  Topic& topic = at->second;
  const int64_t kept_ms = number(topic.config, "retention.ms", -1);
  const Timestamp tombstones_before = now - Duration(number(topic.config, "delete.retention.ms", kTombstonesKeptMs));
  const bool compacted = has(topic.config, "cleanup.policy", "compact");
  const bool deleted = !compacted || has(topic.config, "cleanup.policy", "delete");
  for (PartitionLog& log : topic.partitions) {
    if (deleted && kept_ms >= 0) log.expire(now - Duration(kept_ms));
    if (compacted) log.compact(log.stable(), tombstones_before);
  }
}

// ---- producing

PartitionLog::Appended KafkaModel::produce(const TopicPartition& partition, ProducedRecord record,
                                           const ProducerStamp& stamp, Timestamp now) {
  PartitionLog* found = log(partition);
  if (found == nullptr) return {Code::kUnknownTopicOrPartition, -1};
  const Topic& topic = topics_.at(partition.topic);
  if (record.bytes() > topic.record_bytes_max()) return {Code::kRecordTooLarge, -1};
  return found->append(std::move(record), stamp, kNoTransaction, topic.append_time(), now);
}

// ---- transactions

KafkaModel::Coordinator* KafkaModel::find(const std::string& transactional_id) {
  const auto at = coordinators_.find(transactional_id);
  return at == coordinators_.end() ? nullptr : &at->second;
}

KafkaModel::Initialized KafkaModel::init_transactions(const std::string& transactional_id, Duration timeout,
                                                      Timestamp now) {
  const auto [at, is_new] = coordinators_.try_emplace(transactional_id);
  Coordinator& coordinator = at->second;
  if (is_new) coordinator.producer = {next_producer_++, -1};
  if (coordinator.state == State::kOngoing) {
    ++coordinator.producer.epoch;   // nothing more is taken from whoever left it open
    end(transactional_id, false, now);
  }
  if (coordinator.state == State::kEnding) return {Code::kConcurrentTransactions, {}};
  ++coordinator.producer.epoch;
  coordinator.timeout = timeout;
  coordinator.ended_any = false;
  return {Code::kNone, coordinator.producer};
}

Code KafkaModel::check(const Coordinator* coordinator, const Producer& producer) const {
  if (coordinator == nullptr || coordinator->producer.id != producer.id) return Code::kInvalidProducerIdMapping;
  return coordinator->producer.epoch == producer.epoch ? Code::kNone : Code::kProducerFenced;
}

Code KafkaModel::begin(Coordinator& coordinator, Timestamp now) {
  if (coordinator.state == State::kEnding) return Code::kConcurrentTransactions;
  if (coordinator.state == State::kOngoing) return Code::kNone;
  coordinator.state = State::kOngoing;
  coordinator.began = now;
  coordinator.transaction = next_transaction_++;
  return Code::kNone;
}

Code KafkaModel::add_to_transaction(const std::string& transactional_id, const Producer& producer,
                                    const TopicPartition& partition, Timestamp now) {
  Coordinator* coordinator = find(transactional_id);
  if (const Code code = check(coordinator, producer); code != Code::kNone) return code;
  if (log(partition) == nullptr) return Code::kUnknownTopicOrPartition;
  if (const Code code = begin(*coordinator, now); code != Code::kNone) return code;
  coordinator->partitions.insert(partition);
  return Code::kNone;
}

PartitionLog::Appended KafkaModel::produce_in_transaction(const std::string& transactional_id,
                                                          const TopicPartition& partition, ProducedRecord record,
                                                          const ProducerStamp& stamp, Timestamp now) {
  const Coordinator* coordinator = find(transactional_id);
  if (check(coordinator, {stamp.id, stamp.epoch}) != Code::kNone) return {Code::kInvalidProducerEpoch, -1};
  // A record that comes after the end of its transaction must not begin another.
  if (coordinator->state != State::kOngoing || !coordinator->partitions.contains(partition))
    return {Code::kInvalidTransactionState, -1};
  PartitionLog* found = log(partition);
  if (found == nullptr) return {Code::kUnknownTopicOrPartition, -1};
  const Topic& topic = topics_.at(partition.topic);
  if (record.bytes() > topic.record_bytes_max()) return {Code::kRecordTooLarge, -1};
  return found->append(std::move(record), stamp, coordinator->transaction, topic.append_time(), now);
}

Code KafkaModel::send_offsets(const std::string& transactional_id, const Producer& producer, const std::string& group,
                              const Membership& membership, const std::vector<kafka::TopicPartitionOffset>& offsets,
                              Timestamp now) {
  Coordinator* coordinator = find(transactional_id);
  if (const Code code = check(coordinator, producer); code != Code::kNone) return code;
  if (const Code code = begin(*coordinator, now); code != Code::kNone) return code;
  coordinator->groups.insert(group);
  return groups_[group].commit_in_transaction(membership, coordinator->transaction, offsets);
}

Code KafkaModel::end_transaction(const std::string& transactional_id, const Producer& producer, bool commit,
                                 Timestamp now) {
  Coordinator* coordinator = find(transactional_id);
  if (const Code code = check(coordinator, producer); code != Code::kNone) return code;
  if (coordinator->state == State::kOngoing) {
    end(transactional_id, commit, now);
    return Code::kNone;
  }
  if (!coordinator->ended_any || coordinator->committing != commit) return Code::kInvalidTransactionState;
  return coordinator->state == State::kEnding ? Code::kConcurrentTransactions : Code::kNone;
}

// The decision; what follows from it takes its time.
void KafkaModel::end(const std::string& transactional_id, bool commit, Timestamp now) {
  Coordinator& coordinator = coordinators_.at(transactional_id);
  coordinator.state = State::kEnding;
  coordinator.committing = commit;
  coordinator.ended_any = true;
  coordinator.markers_open = coordinator.partitions.size() + coordinator.groups.size();
  if (coordinator.markers_open == 0) coordinator.state = State::kEmpty;
  const TransactionNumber transaction = coordinator.transaction;
  const auto partitions = std::exchange(coordinator.partitions, {});
  const auto groups = std::exchange(coordinator.groups, {});
  for (const TopicPartition& partition : partitions)
    when_marked(now, [this, transactional_id, transaction, partition](Timestamp at) {
      write_marker(transactional_id, transaction, partition, at);
    });
  for (const std::string& group : groups)
    when_marked(now, [this, transactional_id, transaction, group](Timestamp) {
      end_offsets(transactional_id, transaction, group);
    });
}

void KafkaModel::when_marked(Timestamp now, const std::function<void(Timestamp)>& write) {
  const Duration delay = marker_delay ? marker_delay() : Duration(0);
  if (delay.count() <= 0)
    write(now);
  else
    arrive_later(now + delay, write);
}

void KafkaModel::write_marker(const std::string& transactional_id, TransactionNumber transaction,
                              const TopicPartition& partition, Timestamp now) {
  Coordinator& coordinator = coordinators_.at(transactional_id);
  // A topic that was deleted meanwhile needs no marker.
  if (PartitionLog* found = log(partition); found != nullptr)
    found->end_transaction(transaction, coordinator.committing, coordinator.producer.id, coordinator.producer.epoch,
                           now);
  if (--coordinator.markers_open == 0) coordinator.state = State::kEmpty;
}

void KafkaModel::end_offsets(const std::string& transactional_id, TransactionNumber transaction,
                             const std::string& group) {
  Coordinator& coordinator = coordinators_.at(transactional_id);
  groups_[group].end_transaction(transaction, coordinator.committing);
  if (--coordinator.markers_open == 0) coordinator.state = State::kEmpty;
}

TransactionNumber KafkaModel::transaction_of(const std::string& transactional_id) const {
  const auto at = coordinators_.find(transactional_id);
  return at == coordinators_.end() ? kNoTransaction : at->second.transaction;
}

bool KafkaModel::is_open(const std::string& transactional_id, TransactionNumber transaction) const {
  const auto at = coordinators_.find(transactional_id);
  return at != coordinators_.end() && at->second.state == State::kOngoing && at->second.transaction == transaction;
}

size_t KafkaModel::open_transactions() const {
  size_t open = 0;
  for (const auto& [id, coordinator] : coordinators_) open += coordinator.state == State::kEmpty ? 0 : 1;
  return open;
}

// ---- groups and time

const Group* KafkaModel::find_group(const std::string& name) const {
  const auto at = groups_.find(name);
  return at == groups_.end() ? nullptr : &at->second;
}

Group::Joined KafkaModel::join(const std::string& group, const JoinRequest& request, Timestamp now) {
  Group& state = groups_[group];
  const Group::Joined joined = state.join(request, "member-" + std::to_string(next_member_++), now);
  state.advance(now, partition_counts());
  return joined;
}

void KafkaModel::advance(Timestamp now) {
  while (!arrivals_.empty() && arrivals_.begin()->first <= now) {
    const auto first = arrivals_.begin();
    const Timestamp at = first->first;
    const std::function<void(Timestamp)> arrival = std::move(first->second);
    arrivals_.erase(first);
    arrival(at);
  }
  for (auto& [id, coordinator] : coordinators_) {
    if (coordinator.state != State::kOngoing || now - coordinator.began <= coordinator.timeout) continue;
    ++coordinator.producer.epoch;
    end(id, false, now);
  }
  const auto counts = partition_counts();
  for (auto& [name, state] : groups_) state.advance(now, counts);
}

}  // namespace insight::simulation
