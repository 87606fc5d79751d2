#include "app/state_move.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "app/commit_note.h"
#include "app/engine_topics.h"
#include "app/learned.h"
#include "app/offline.h"
#include "route/router.h"

namespace insight::app {
namespace {

using kafka::TopicPartition;

constexpr kafka::Milliseconds kAskTimeout{10'000};

class Mover {
 public:
  Mover(const settings::Settings& settings, const MoveArguments& arguments, const kafka::Properties& properties)
      : settings_(settings),
        arguments_(arguments),
        properties_(properties),
        calls_(name(arguments.calls_topic, settings.kafka.calls_topic)),
        state_(name(arguments.state_topic, settings.kafka.state_topic)),
        offline_(settings, properties),
        learned_(settings) {}

  Outcome move() {
    if (Outcome outcome = check_names(); !outcome.ok()) return outcome;
    if (Outcome outcome = offline_.begin(); !outcome.ok()) return outcome;
    if (Outcome outcome = read(); !outcome.ok()) return outcome;
    if (Outcome outcome = prepare_topics(); !outcome.ok()) return outcome;
    if (Outcome outcome = rewind_intake(); !outcome.ok()) return outcome;
    if (Outcome outcome = write(); !outcome.ok()) return outcome;
    print();
    return {};
  }

 private:
  std::string name(const std::string& given, const std::string& old) const {
    return given.empty() ? fmt::format("{}-{}", old, arguments_.partitions) : given;
  }

  Outcome check_names() const {
    if (calls_ != settings_.kafka.calls_topic && state_ != settings_.kafka.state_topic) return {};
    return {2, "a topic cannot be moved to itself: give --calls-topic and --state-topic new names."};
  }

  // What was learned as of the last commit, and from which input offsets on there are rows that it lacks.
  Outcome read() {
    if (Outcome outcome = learned_.read_topic(properties_); !outcome.ok()) return outcome;
    Outcome outcome = learned_.read_calls([this](const partition::Task& task, const core::Batch& batch) {
      for (const core::Row& row : batch.rows) {
        if (row.minute < task.closed()) continue;
        const core::Origin& origin = batch.origins[row.origin];
        const TopicPartition from{std::string(batch.topics[origin.topic].name), static_cast<int32_t>(origin.partition)};
        const auto [at, added] = needed_.try_emplace(from, row.offset);
        if (!added) at->second = std::min(at->second, row.offset);
      }
    });
    if (!outcome.ok()) return outcome;
    closed_ = core::Minute{INT32_MAX};
    for (const auto& task : learned_.tasks()) {
      if (task->closed() == core::kNoMinute)
        return {2,
                fmt::format("partition {} of {} has learned nothing yet: let `insightd run` go on until it has, or set "
                            "the new topics right away.",
                            task->options().partition, settings_.kafka.state_topic)};
      closed_ = std::min(closed_, task->closed());
      apis_ += task->apis();
    }
    return {};
  }

  Outcome prepare_topics() {
    const auto partitions = static_cast<int32_t>(arguments_.partitions);
    const FoundTopics found = ensure_calls_and_state(offline_.admin(), settings_, calls_, state_, partitions);
    if (!found.topics) return {found.hopeless ? 2 : 1, found.why + "."};
    if (found.topics->partitions != arguments_.partitions)
      return {2,
              fmt::format("topic {} is there already, with {} partitions: give --calls-topic and --state-topic other "
                          "names.",
                          calls_, found.topics->partitions)};
    return offline_.expect_empty(state_, arguments_.partitions, "give --calls-topic and --state-topic other names");
  }

  // Rows of open minutes, and those that detection had not read, are in the old calls topic alone. What of them is
  // read twice is dropped as redelivered, or as a duplicate.
  Outcome rewind_intake() {
    std::vector<TopicPartition> partitions;
    for (const auto& [from, offset] : needed_) partitions.push_back(from);
    const auto committed = offline_.committed("intake", partitions);
    if (!committed)
      return {1, fmt::format("cannot ask for the offsets of {}: {}.", offline_.group("intake"),
                             kafka::to_string(committed.error))};
    std::vector<kafka::TopicPartitionOffset> offsets;
    const CommitNote note{core::start_of(closed_ + 1), false};
    for (const auto& at : *committed) {
      const int64_t needed = needed_.at({at.topic, at.partition});
      if (at.offset > needed) offsets.push_back({at.topic, at.partition, needed, note.text()});
    }
    return offline_.commit("intake", offsets);
  }

  Outcome write() {
    const auto described = offline_.admin().describe({calls_}, kAskTimeout);
    const auto ranges = offline_.ranges(calls_, arguments_.partitions);
    if (!described || !ranges) return {1, fmt::format("cannot ask for topic {}; nothing was moved.", calls_)};
    std::vector<StateWrite> records;
    for (const auto& task : learned_.tasks())
      records.push_back({settings_.kafka.state_topic, static_cast<int32_t>(task->options().partition),
                         std::string(state::kMovedKey), fmt::format("{} and {}", calls_, state_)});
    for (uint32_t p = 0; p < arguments_.partitions; ++p) {
      partition::Task task(task_options(settings_, p, arguments_.partitions));
      task.adopt(learned_.tasks(),
                 [&](const core::ApiKeyView& key) { return route::partition_of(key, arguments_.partitions) == p; });
      task.begin_on(described->front().id, (*ranges)[p].high);
      task.expect_hole();   // there is none, unless somebody sets intake's offsets forward
      for (auto& record : task.collect(true).state)
        records.push_back({state_, static_cast<int32_t>(p), std::move(record.key), std::move(record.value)});
    }
    return offline_.write(records);
  }

  void print() const {
    std::cerr << fmt::format("apis: {}\npartitions: {}\nlast_minute: {}\n", apis_, arguments_.partitions,
                             core::to_iso(closed_));
    std::cerr << fmt::format("Now set kafka.topics.calls: {} and kafka.topics.state: {}, and start `insightd run`.\n",
                             calls_, state_);
  }

  const settings::Settings& settings_;
  const MoveArguments& arguments_;
  const kafka::Properties& properties_;
  const std::string calls_;
  const std::string state_;
  Offline offline_;
  Learned learned_;
  std::map<TopicPartition, int64_t> needed_;   // input offsets to be read again
  core::Minute closed_;                        // the last minute that all partitions have closed
  size_t apis_ = 0;
};

}  // namespace

int move_state(const settings::Settings& settings, const kafka::Properties& properties,
               const MoveArguments& arguments) {
  return report(Mover(settings, arguments, properties).move());
}

}  // namespace insight::app
