#include "app/offline.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "app/clock.h"
#include "app/state_reader.h"
#include "kafka/groups.h"

namespace insight::app {
namespace {

constexpr kafka::Milliseconds kAskTimeout{10'000};
constexpr kafka::Milliseconds kInitTimeout{30'000};
constexpr kafka::Milliseconds kAgainAfter{100};
// A transaction may take half a minute, and as long as a slow broker needs for its bytes; brokers allow 15 minutes
// unless told otherwise.
constexpr kafka::Milliseconds kTransactionTimeout{30'000};
constexpr kafka::Milliseconds kTransactionTimeoutMax{900'000};
constexpr size_t kBytesPerMillisecond = 2000;

Outcome not_answered(const settings::Settings& settings, const kafka::Error& error) {
  return {1, fmt::format("cannot ask {}: {}; check kafka.bootstrap_servers.", settings.kafka.bootstrap_servers,
                         kafka::to_string(error))};
}

}  // namespace

Offline::Offline(const settings::Settings& settings, kafka::Properties properties) : settings_(settings) {
  client_.bootstrap_servers = settings.kafka.bootstrap_servers;
  client_.client_id = "insightd-state";
  client_.properties = std::move(properties);
}

Outcome Offline::begin() {
  auto admin = cluster_.admin(client_);
  if (!admin) return {2, kafka::to_string(admin.error)};
  admin_ = std::move(*admin);
  if (Outcome outcome = expect_nobody(); !outcome.ok()) return outcome;
  std::unique_ptr<kafka::TransactionalProducer> producer;
  return connect(producer, 0);
}

Outcome Offline::expect_nobody() const {
  for (const auto& stage : {"intake", "detect"}) {
    const auto members = kafka::count_members(client_, group(stage), kAskTimeout);
    if (!members) return not_answered(settings_, members.error);
    if (*members > 0)
      return {2,
              fmt::format("group {} has {} members: stop every `insightd run` of it first (one that was killed counts "
                          "until its session.timeout.ms is over).",
                          group(stage), *members)};
  }
  return {};
}

Outcome Offline::connect(std::unique_ptr<kafka::TransactionalProducer>& producer, size_t bytes) {
  kafka::ClientOptions options = client_;
  options.properties.try_emplace("linger.ms", "5");
  options.properties.try_emplace("message.max.bytes", "8388608");
  const auto timeout =
      std::min(kTransactionTimeout + kafka::Milliseconds(bytes / kBytesPerMillisecond), kTransactionTimeoutMax);
  options.properties["transaction.timeout.ms"] = std::to_string(timeout.count());
  auto made = cluster_.transactional_producer(options, group("state"));
  if (!made) return {2, kafka::to_string(made.error)};
  producer = std::move(*made);
  const auto ready = producer->init_transactions(kInitTimeout);
  if (ready.ok()) return {};
  return {1, fmt::format("transactions of {} cannot begin: {}; nothing was written.", group("state"),
                         kafka::to_string(ready.error))};
}

kafka::Result<std::vector<kafka::TopicPartitionOffset>> Offline::committed(
    const std::string& stage, const std::vector<kafka::TopicPartition>& of) {
  auto consumer = cluster_.consumer({client_, group(stage)});
  if (!consumer) return {std::nullopt, consumer.error};
  return (*consumer)->committed(of, kAskTimeout);
}

Outcome Offline::commit(const std::string& stage, const std::vector<kafka::TopicPartitionOffset>& offsets) {
  if (offsets.empty()) return {};
  auto consumer = cluster_.consumer({client_, group(stage)});
  if (!consumer) return {2, kafka::to_string(consumer.error)};
  const auto error = (*consumer)->commit(offsets);
  if (!error) return {};
  return {1, fmt::format("the offsets of {} cannot be set: {}.", group(stage), kafka::to_string(error))};
}

kafka::Result<std::vector<kafka::Watermarks>> Offline::ranges(const std::string& topic, uint32_t partitions) {
  const auto all = kafka::partitions_of(topic, partitions);
  // The leaders of a new topic do not know so at once.
  const SystemClock clock;
  const auto end = clock.steady() + kAskTimeout;
  for (;;) {
    auto found = admin_->watermarks(all, kafka::Isolation::kReadUncommitted, kAskTimeout);
    if (found || clock.steady() >= end) return found;
    std::this_thread::sleep_for(kAgainAfter);
  }
}

Outcome Offline::expect_empty(const std::string& state_topic, uint32_t partitions, const std::string& mend) {
  auto reader = StateReader::create(cluster_, client_, group("state"), state_topic);
  if (!reader) return not_answered(settings_, reader.error);
  for (uint32_t p = 0; p < partitions; ++p) (*reader)->add(static_cast<int32_t>(p));
  size_t records = 0;
  const bool all =
      (*reader)->read_all([&](int32_t, const kafka::Message& record) { records += record.tombstone ? 0 : 1; });
  if (!all) return {1, fmt::format("topic {} could not be read to its end within half a minute.", state_topic)};
  if (records == 0) return {};
  return {2, fmt::format("topic {} is not empty: {}.", state_topic, mend)};
}

Outcome Offline::write(const std::vector<StateWrite>& records) {
  size_t bytes = 0;
  for (const auto& record : records) bytes += record.key.size() + (record.value ? record.value->size() : 0);
  std::unique_ptr<kafka::TransactionalProducer> producer;
  if (Outcome outcome = connect(producer, bytes); !outcome.ok()) return outcome;
  auto result = producer->begin();
  if (result.ok()) result = produce_all(*producer, records);
  if (!result.ok()) {
    producer->abort(kAskTimeout);
    return {1, fmt::format("the state cannot be written: {}; nothing was changed.", kafka::to_string(result.error))};
  }
  if (Outcome outcome = expect_nobody(); !outcome.ok()) {
    producer->abort(kAskTimeout);
    return outcome;
  }
  result = producer->commit(kTransactionTimeoutMax);
  if (result.ok()) return {};
  return {1, fmt::format("it is not known whether the state was written ({}): run this command again.",
                         kafka::to_string(result.error))};
}

kafka::TransactionResult Offline::produce_all(kafka::TransactionalProducer& producer,
                                              const std::vector<StateWrite>& records) {
  for (const StateWrite& entry : records) {
    kafka::Record record;
    record.topic = entry.topic;
    record.partition = entry.partition;
    record.key = entry.key;
    if (entry.value) record.payload = *entry.value;
    if (auto result = producer.produce(record, kTransactionTimeoutMax); !result.ok()) return result;
  }
  return {};
}

}  // namespace insight::app
