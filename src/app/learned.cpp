#include "app/learned.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "route/batch_codec.h"
#include "state/state_file.h"

namespace insight::app {
namespace {

constexpr kafka::Milliseconds kAskTimeout{10'000};

}  // namespace

// How many partitions they are of the records themselves say.
void Learned::make_tasks(uint32_t partitions, std::chrono::milliseconds lateness, const std::string& calls_id) {
  tasks_.clear();
  for (uint32_t p = 0; p < partitions; ++p) {
    partition::Options options = task_options(settings_, p, 0, calls_id);
    options.lateness = lateness;
    tasks_.push_back(std::make_unique<partition::Task>(options));
  }
}

Outcome Learned::take(uint32_t partition, std::string_view key, std::optional<std::string_view> value,
                      const std::string& source) {
  const state::RecordError error = tasks_[partition]->restore_record(key, value);
  if (error == state::RecordError::kNone) return {};
  return {2, fmt::format("{} {}.", source, state::describe(error, value.value_or("")))};
}

Outcome Learned::read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad()) return {2, fmt::format("cannot read {}: {}.", path, std::strerror(errno))};
  state::StateFile file;
  switch (state::parse(bytes, file)) {
    case state::StateFileError::kNone: break;
    case state::StateFileError::kForeign:
      return {2, fmt::format("{} is not a state file; `insightd replay --state FILE` writes one.", path)};
    case state::StateFileError::kNewerVersion:
      return {2, fmt::format("{} was written by a newer release; use its insightd.", path)};
    case state::StateFileError::kDamaged:
      return {2, fmt::format("{} is damaged or cut short; make it again with `insightd replay --state FILE`.", path)};
  }
  make_tasks(file.partitions, std::chrono::minutes(file.lateness_minutes), {});
  for (const auto& record : file.records)
    if (Outcome outcome = take(record.partition, record.key, record.value, path); outcome.status != 0) return outcome;
  return {};
}

Outcome Learned::read_topic(const kafka::Properties& properties) {
  const auto& [topic, calls] = std::pair(settings_.kafka.state_topic, settings_.kafka.calls_topic);
  client_.bootstrap_servers = settings_.kafka.bootstrap_servers;
  client_.client_id = "insightd-state";
  client_.properties = properties;
  auto admin = cluster_.admin(client_);
  if (!admin) return {2, kafka::to_string(admin.error)};
  const auto described = (*admin)->describe({topic, calls}, kAskTimeout);
  if (!described)
    return {1, fmt::format("cannot ask {} for topic {}: {}; check kafka.bootstrap_servers.", client_.bootstrap_servers,
                           topic, kafka::to_string(described.error))};
  if (!described->front().exists)
    return {2, fmt::format("there is no topic {} on {}; check kafka.topics.state, or name a file with --state.", topic,
                           client_.bootstrap_servers)};
  auto reader = reader_of(topic);
  if (!reader) return {1, fmt::format("cannot read topic {}: {}.", topic, kafka::to_string(reader.error))};

  make_tasks(static_cast<uint32_t>(described->front().partitions), settings_.input.lateness, described->back().id);
  for (uint32_t p = 0; p < tasks_.size(); ++p) (*reader)->add(static_cast<int32_t>(p));
  Outcome outcome;
  const bool all = (*reader)->read_all([&](int32_t partition, const kafka::Message& message) {
    if (!outcome.ok()) return;
    std::optional<std::string_view> value;
    if (!message.tombstone) value = message.payload;
    outcome = take(static_cast<uint32_t>(partition), message.key, value, "topic " + topic);
  });
  return outcome.ok() && !all ? silent(topic) : outcome;
}

kafka::Result<std::unique_ptr<StateReader>> Learned::reader_of(const std::string& topic) {
  return StateReader::create(cluster_, client_, settings_.kafka.consumer_group + "-inspect", topic);
}

Outcome Learned::silent(const std::string& topic) const {
  return {1, fmt::format("topic {} could not be read to its end: {} said nothing for half a minute.", topic,
                         client_.bootstrap_servers)};
}

Outcome Learned::read_calls(const BatchHandler& on_batch) {
  const std::string& calls = settings_.kafka.calls_topic;
  auto reader = reader_of(calls);
  if (!reader) return {1, fmt::format("cannot read topic {}: {}.", calls, kafka::to_string(reader.error))};
  // A state topic that was given more partitions by hand has records in the first of them alone.
  while (!tasks_.empty() && !tasks_.back()->has_meta() && tasks_.size() > tasks_.front()->options().partitions)
    tasks_.pop_back();
  Outcome outcome = find_calls(**reader);
  if (!outcome.ok()) return outcome;
  const bool all = (*reader)->read_all([&](int32_t partition, const kafka::Message& message) {
    if (outcome.ok() && !message.tombstone)
      outcome = take_batch(*tasks_[static_cast<size_t>(partition)], message, on_batch);
  });
  if (!outcome.ok()) return outcome;
  if (!all) return silent(calls);
  for (const auto& task : tasks_) task->finish_restore();
  return {};
}

Outcome Learned::find_calls(StateReader& reader) {
  const std::string& calls = settings_.kafka.calls_topic;
  for (uint32_t p = 0; p < tasks_.size(); ++p) {
    if (!tasks_[p]->has_meta())
      return {2, fmt::format("partition {} of {} has no state yet: start `insightd run` once, and stop it when every "
                             "partition has calls.",
                             p, settings_.kafka.state_topic)};
  }
  auto admin = cluster_.admin(client_);
  if (!admin) return {2, kafka::to_string(admin.error)};
  const auto ranges = (*admin)->watermarks(kafka::partitions_of(calls, static_cast<uint32_t>(tasks_.size())),
                                           kafka::Isolation::kReadUncommitted, kAskTimeout);
  if (!ranges) return {1, fmt::format("cannot ask for the offsets of {}: {}.", calls, kafka::to_string(ranges.error))};
  for (uint32_t p = 0; p < tasks_.size(); ++p) {
    if (!tasks_[p]->find_calls((*ranges)[p].low, (*ranges)[p].high))
      return {2,
              fmt::format("{}[{}] no longer holds the calls that its state needs: start `insightd run`, which goes on "
                          "without them, and stop it once /readyz answers 200.",
                          calls, p)};
    reader.add(static_cast<int32_t>(p), tasks_[p]->rewind_offset());
  }
  return {};
}

Outcome Learned::take_batch(partition::Task& task, const kafka::Message& record, const BatchHandler& on_batch) {
  const auto error = route::decode(record.payload, batch_);
  if (error == route::BatchError::kNewerVersion)
    return {2, fmt::format("{}[{}]@{} was written by a newer release; use its insightd.", record.topic,
                           record.partition, record.offset)};
  // What the daemon passes over.
  if (error != route::BatchError::kNone || batch_.calls_partitions != task.options().partitions) return {};
  task.reinsert(batch_, record.offset);
  if (on_batch) on_batch(task, batch_);
  return {};
}

std::vector<inspect::Subject> Learned::subjects() const {
  std::vector<inspect::Subject> found;
  for (const auto& task : tasks_)
    for (const auto& api : task->api_states()) found.push_back({api.get(), &task->profiles()});
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.api->key.view() < b.api->key.view(); });
  return found;
}

}  // namespace insight::app
