#include "app/learned.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>

#include "app/state_reader.h"
#include "kafka/topics.h"
#include "state/state_file.h"

namespace insight::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr kafka::Milliseconds kAskTimeout{10'000};
constexpr kafka::Milliseconds kStep{100};
constexpr std::chrono::seconds kPatience{30};   // without a record or the end of a partition

}  // namespace

void Learned::make_tasks(uint32_t partitions, std::chrono::milliseconds lateness) {
  tasks_.clear();
  for (uint32_t p = 0; p < partitions; ++p) {
    partition::Options options = task_options(settings_, p, partitions);
    options.lateness = lateness;
    tasks_.push_back(std::make_unique<partition::Task>(options));
  }
}

Learned::Outcome Learned::take(uint32_t partition, std::string_view key, std::optional<std::string_view> value,
                               const std::string& source) {
  switch (tasks_[partition]->restore_record(key, value)) {
    case state::RecordError::kNone: return {};
    case state::RecordError::kNewerVersion:
      return {2, fmt::format("{} was written by a newer release; use its insightd.", source)};
    case state::RecordError::kDamaged: break;
  }
  return {2, fmt::format("{} has a record that cannot be read: it is damaged, or input.lateness is another one than "
                         "it was written with.",
                         source)};
}

Learned::Outcome Learned::read_file(const std::string& path) {
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
  make_tasks(file.partitions, std::chrono::minutes(file.lateness_minutes));
  for (const auto& record : file.records)
    if (Outcome outcome = take(record.partition, record.key, record.value, path); outcome.status != 0) return outcome;
  return {};
}

Learned::Outcome Learned::read_topic(const kafka::Properties& properties) {
  const std::string& topic = settings_.kafka.state_topic;
  kafka::ClientOptions client;
  client.bootstrap_servers = settings_.kafka.bootstrap_servers;
  client.client_id = "insightd-inspect";
  client.properties = properties;
  kafka::LibrdkafkaCluster cluster;
  auto admin = cluster.admin(client);
  if (!admin) return {2, kafka::to_string(admin.error)};
  const auto described = admin->get()->describe({topic}, kAskTimeout);
  if (!described)
    return {1, fmt::format("cannot ask {} for topic {}: {}; check kafka.bootstrap_servers.", client.bootstrap_servers,
                           topic, kafka::to_string(described.error))};
  if (!described->front().exists)
    return {2, fmt::format("there is no topic {} on {}; check kafka.topics.state, or name a file with --state.", topic,
                           client.bootstrap_servers)};
  const auto partitions = static_cast<uint32_t>(described->front().partitions);
  auto reader = StateReader::create(cluster, client, settings_.kafka.consumer_group + "-inspect", topic);
  if (!reader) return {1, fmt::format("cannot read topic {}: {}.", topic, kafka::to_string(reader.error))};

  make_tasks(partitions, settings_.input.lateness);
  for (uint32_t p = 0; p < partitions; ++p) (*reader)->add(static_cast<int32_t>(p));
  Outcome outcome;
  auto last_news = Clock::now();
  while (!(*reader)->idle() && outcome.status == 0) {
    (*reader)->step(
        kStep,
        [&](int32_t partition, const kafka::Message& message) {
          last_news = Clock::now();
          if (outcome.status != 0) return;
          std::optional<std::string_view> value;
          if (!message.tombstone) value = message.payload;
          outcome = take(static_cast<uint32_t>(partition), message.key, value, "topic " + topic);
        },
        [&](int32_t) { last_news = Clock::now(); });
    if (Clock::now() - last_news > kPatience)
      return {1, fmt::format("topic {} could not be read to its end: {} said nothing for {} s.", topic,
                             client.bootstrap_servers, kPatience.count())};
  }
  return outcome;
}

std::vector<inspect::Subject> Learned::subjects() const {
  std::vector<inspect::Subject> found;
  for (const auto& task : tasks_)
    for (const auto& [key, api] : task->api_states()) found.push_back({api.get(), &task->profiles()});
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.api->key < b.api->key; });
  return found;
}

}  // namespace insight::app
