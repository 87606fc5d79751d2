#include "app/engine_topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "app/state_reader.h"
#include "state/api_state.h"

namespace insight::app {
namespace {

constexpr kafka::Milliseconds kAskTimeout{5000};

const kafka::Properties kCallsConfig = {{"cleanup.policy", "delete"},
                                        {"retention.ms", "-1"},
                                        {"retention.bytes", "-1"},
                                        {"message.timestamp.type", "LogAppendTime"},
                                        {"max.message.bytes", "8388608"}};
const kafka::Properties kStateConfig = {{"cleanup.policy", "compact"},
                                        {"segment.bytes", "67108864"},
                                        {"segment.ms", "3600000"},
                                        {"min.cleanable.dirty.ratio", "0.1"},
                                        {"max.message.bytes", "8388608"}};

constexpr std::string_view kWhereListed = "docs/security.md lists the permissions that the daemon needs";

// Makes topics one after the other, until one cannot be had.
class Maker {
 public:
  Maker(kafka::Admin& admin, const settings::Settings& settings) : admin_(admin), settings_(settings) {}

  std::optional<kafka::Admin::Ensured> ensure(const std::string& name, int32_t partitions,
                                              const kafka::Properties& config) {
    auto found = admin_.ensure_topic(name, partitions, settings_.kafka.replication, config, kAskTimeout);
    if (found) {
      if (found->created) topics_.created.push_back(name);
      return *found;
    }
    why_ =
        kafka::is_denied(found.error)
            ? fmt::format("the user may not see topic {}, or the topic is not there and the user may not make it; {}",
                          name, kWhereListed)
        : kafka::is_timed_out(found.error)
            ? fmt::format("{} did not answer within {} s when asked for topic {}; check kafka.bootstrap_servers",
                          settings_.kafka.bootstrap_servers, kAskTimeout.count() / 1000, name)
            : fmt::format("topic {}: {}", name, kafka::to_string(found.error));
    return std::nullopt;
  }

  bool ensure_events() {
    for (const auto& name : settings_.kafka.events_topics) {
      const auto found = ensure(name, settings_.kafka.partitions, {});
      if (!found) return false;
      topics_.events.emplace_back(name, static_cast<uint32_t>(found->partitions));
    }
    return true;
  }

  // The state topic gets as many partitions as the calls topic has.
  bool ensure_calls_and_state(const std::string& calls, const std::string& state, int32_t partitions) {
    const auto calls_found = ensure(calls, partitions, kCallsConfig);
    if (!calls_found) return false;
    const auto state_found = ensure(state, calls_found->partitions, kStateConfig);
    if (!state_found) return false;
    topics_.partitions = static_cast<uint32_t>(calls_found->partitions);
    topics_.state_replication = state_found->replication;
    if (state_found->partitions == calls_found->partitions) return true;
    why_ = fmt::format(
        "{} has {} partitions but {} has {}, and they must have the same number: `insightd state move` takes what was "
        "learned to new topics; or delete the state topic and learn anew",
        state, state_found->partitions, calls, calls_found->partitions);
    hopeless_ = true;
    return false;
  }

  // Asked for at once, because the broker says of one request after the other that it is denied, and of some of them only
  // when hours of work are behind it.
  bool may_be_used() {
    using enum kafka::Operation;
    const auto& kafka = settings_.kafka;
    std::vector<std::string> names = kafka.events_topics;
    std::vector<std::set<kafka::Operation>> needs(names.size(), {kRead});
    const auto need = [&](const std::string& name, const std::set<kafka::Operation>& operations) {
      if (name.empty()) return;
      names.push_back(name);
      needs.push_back(operations);
    };
    need(kafka.calls_topic, {kRead, kWrite});
    need(kafka.state_topic, {kRead, kWrite});
    need(kafka.insights_topic, {kWrite});
    need(kafka.dead_letters_topic, {kWrite});
    const auto found = admin_.describe(names, kAskTimeout);
    if (!found) return true;  // whoever needs it will say so
    std::vector<std::string> missing;
    for (size_t i = 0; i < names.size(); ++i) {
      const auto& allowed = (*found)[i].allowed;
      if (!allowed) continue;
      if (needs[i].contains(kRead) && !allowed->contains(kRead)) missing.push_back("Read topic " + names[i]);
      if (needs[i].contains(kWrite) && !allowed->contains(kWrite)) missing.push_back("Write topic " + names[i]);
      if (names[i] == kafka.calls_topic) topics_.may_delete_calls = allowed->contains(kDelete);
    }
    why_ = fmt::format("the user may not {}; {}", fmt::join(missing, ", "), kWhereListed);
    return missing.empty();
  }

  FoundTopics found(bool all) {
    if (!all) return {std::nullopt, why_, hopeless_};
    return {std::move(topics_), {}, false};
  }

 private:
  kafka::Admin& admin_;
  const settings::Settings& settings_;
  EngineTopics topics_;
  std::string why_;
  bool hopeless_ = false;
};

}  // namespace

FoundTopics ensure_topics(kafka::Admin& admin, const settings::Settings& settings) {
  const auto& kafka = settings.kafka;
  Maker maker(admin, settings);
  const bool all =
      maker.ensure_events() && maker.ensure_calls_and_state(kafka.calls_topic, kafka.state_topic, kafka.partitions) &&
      maker.ensure(kafka.insights_topic, 1, {}) &&
      (kafka.dead_letters_topic.empty() || maker.ensure(kafka.dead_letters_topic, 1, {})) && maker.may_be_used();
  return maker.found(all);
}

kafka::Result<std::string> find_move(kafka::Cluster& cluster, const kafka::ClientOptions& client,
                                     const settings::Settings& settings) {
  const std::string& topic = settings.kafka.state_topic;
  auto admin = cluster.admin(client);
  if (!admin) return {std::nullopt, admin.error};
  const auto ranges = (*admin)->watermarks({{topic, 0}}, kafka::Isolation::kReadUncommitted, kAskTimeout);
  if (!ranges) return {std::nullopt, ranges.error};
  // A transaction that is open here is not a move's, which begins when no daemon lives and writes here last of all: it is
  // one that a daemon left, and that whoever has its name next has to end. To wait for it would be to wait for ourselves.
  const auto committed = (*admin)->watermarks({{topic, 0}}, kafka::Isolation::kReadCommitted, kAskTimeout);
  if (!committed) return {std::nullopt, committed.error};
  if (committed->front().high < ranges->front().high) return {std::string(), {}};
  auto reader = StateReader::create(cluster, client, settings.kafka.consumer_group + "-restore", topic);
  if (!reader) return {std::nullopt, reader.error};
  // Nobody writes after it: it is the last record, and the marker of its transaction follows.
  const auto& [low, high] = ranges->front();
  (*reader)->add(0, std::max(low, high - 2));
  std::string moved;
  const bool all = (*reader)->read_all([&](int32_t, const kafka::Message& record) {
    if (record.key == state::kMovedKey && !record.tombstone)
      moved = fmt::format("{} {}", topic, state::describe(state::RecordError::kMoved, record.payload));
  });
  if (!all) return {std::nullopt, {-1, "topic " + topic + " cannot be read to its end"}};
  return {std::move(moved), {}};
}

FoundTopics ensure_calls_and_state(kafka::Admin& admin, const settings::Settings& settings, const std::string& calls,
                                   const std::string& state, int32_t partitions) {
  Maker maker(admin, settings);
  return maker.found(maker.ensure_calls_and_state(calls, state, partitions));
}

}  // namespace insight::app
