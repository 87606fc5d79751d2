#include "tests/simulation/broker.h"

#include <algorithm>

#include "tests/simulation/client_consumer.h"

namespace insight::simulation {

using kafka::TopicPartition;

Broker::Broker(Scheduler& scheduler, core::Timestamp epoch) : scheduler_(scheduler), epoch_(epoch) {}

void Broker::step() {
  for (SimulatedConsumer* member : members_) member->beat();
  model_.advance(now());
}

void Broker::create_topic(const std::string& topic, const TopicOptions& options) {
  kafka::Properties config;
  if (options.compacted) config["cleanup.policy"] = "compact";
  if (options.log_append_time) config["message.timestamp.type"] = "LogAppendTime";
  model_.create_topic(topic, options.partitions, config);
}

void Broker::add_partition(const std::string& topic) { model_.add_partitions(topic, partitions(topic) + 1); }

void Broker::append(const std::string& topic, int32_t partition, std::string_view key,
                    std::optional<std::string_view> payload, core::Timestamp timestamp) {
  ProducedRecord record{std::string(key), {}, timestamp, {}};
  if (payload) record.payload = std::string(*payload);
  model_.produce({topic, partition}, std::move(record), now());
}

void Broker::delete_before(const std::string& topic, int32_t partition, int64_t offset) {
  model_.delete_records({topic, partition}, offset);
}

void Broker::compact(const std::string& topic) { model_.clean(topic, now()); }

void Broker::set_pace(const TopicPartition& partition, std::optional<double> records_per_second) {
  if (records_per_second)
    pace_[partition] = *records_per_second;
  else
    pace_.erase(partition);
}

std::optional<double> Broker::pace(const TopicPartition& partition) const {
  const auto at = pace_.find(partition);
  return at == pace_.end() ? std::nullopt : std::optional(at->second);
}

int32_t Broker::partitions(const std::string& topic) const {
  const KafkaModel::Topic* found = model_.topic(topic);
  return found == nullptr ? 0 : static_cast<int32_t>(found->partitions.size());
}

std::vector<LogRecord> Broker::read(const std::string& topic, int32_t partition, kafka::Isolation isolation) const {
  std::vector<LogRecord> found;
  const PartitionLog* log = model_.log({topic, partition});
  if (log == nullptr) return found;
  for (const LogEntry& entry : log->records()) {
    if (entry.offset >= log->end(isolation)) break;
    if (log->is_visible(entry, isolation))
      found.push_back({entry.offset, entry.content.timestamp, entry.content.key, entry.content.payload});
  }
  return found;
}

std::vector<LogRecord> Broker::everything(const std::string& topic, int32_t partition) const {
  std::vector<LogRecord> found;
  const PartitionLog* log = model_.log({topic, partition});
  if (log == nullptr) return found;
  for (const auto* part : {&log->removed(), &log->records()})
    for (const LogEntry& entry : *part)
      if (log->is_visible(entry, kafka::Isolation::kReadCommitted))
        found.push_back({entry.offset, entry.content.timestamp, entry.content.key, entry.content.payload});
  std::sort(found.begin(), found.end(),
            [](const LogRecord& one, const LogRecord& other) { return one.offset < other.offset; });
  return found;
}

kafka::Watermarks Broker::watermarks(const std::string& topic, int32_t partition) const {
  const PartitionLog* log = model_.log({topic, partition});
  return log == nullptr ? kafka::Watermarks{} : kafka::Watermarks{log->low(), log->high()};
}

std::optional<kafka::TopicPartitionOffset> Broker::committed(const std::string& group,
                                                             const TopicPartition& partition) const {
  const Group* found = model_.find_group(group);
  if (found == nullptr) return std::nullopt;
  const auto committed = found->committed(partition, false);
  if (!committed || committed->offset < 0) return std::nullopt;
  return kafka::TopicPartitionOffset{partition.topic, partition.partition, committed->offset, committed->metadata};
}

size_t Broker::members(const std::string& group) const {
  const Group* found = model_.find_group(group);
  return found == nullptr ? 0 : found->members();
}

}  // namespace insight::simulation
