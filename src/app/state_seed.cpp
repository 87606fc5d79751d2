#include "app/state_seed.h"

#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "app/engine_topics.h"
#include "app/feeder.h"
#include "app/offline.h"
#include "app/replay_engine.h"

namespace insight::app {
namespace {

constexpr kafka::Milliseconds kAskTimeout{10'000};

class Seeder {
 public:
  Seeder(const settings::Settings& settings, const SeedArguments& arguments, const kafka::Properties& properties)
      : settings_(settings), arguments_(arguments), offline_(settings, properties) {}

  Outcome seed() {
    if (Outcome outcome = parse_until(); !outcome.ok()) return outcome;
    if (Outcome outcome = prepare(); !outcome.ok()) return outcome;
    settings_.kafka.partitions = static_cast<int32_t>(topics_.partitions);
    ReplayEngine engine(settings_, [](const core::Insight&) {});
    engine.cut_before(until_);
    if (Outcome outcome = learn(engine); !outcome.ok()) return outcome;
    return write(engine);
  }

 private:
  Outcome parse_until() {
    if (arguments_.until.empty()) return {};
    const auto time = core::parse_iso(arguments_.until);
    if (!time)
      return {2, fmt::format("--until: {} is no time; write one like 2026-03-12T04:00:00Z.", arguments_.until)};
    until_ = core::minute_of(*time);
    return {};
  }

  // Everything that may refuse comes before the long work.
  Outcome prepare() {
    if (Outcome outcome = offline_.begin(); !outcome.ok()) return outcome;
    const FoundTopics found = ensure_topics(offline_.admin(), settings_);
    if (!found.topics) return {found.hopeless ? 2 : 1, found.why + "."};
    topics_ = *found.topics;
    for (const auto& [topic, partitions] : topics_.events)
      if (Outcome outcome = expect_no_commits("intake", topic, partitions); !outcome.ok()) return outcome;
    if (Outcome outcome = expect_no_commits("detect", settings_.kafka.calls_topic, topics_.partitions); !outcome.ok())
      return outcome;
    return offline_.expect_empty(settings_.kafka.state_topic, topics_.partitions,
                                 "a seed begins with an empty one; set another kafka.topics.state, or delete the topic "
                                 "to forget what it holds");
  }

  Outcome expect_no_commits(const std::string& stage, const std::string& topic, uint32_t partitions) {
    const auto committed = offline_.committed(stage, kafka::partitions_of(topic, partitions));
    if (!committed)
      return {1, fmt::format("cannot ask for the offsets of {}: {}.", offline_.group(stage),
                             kafka::to_string(committed.error))};
    const bool any = std::any_of(committed->begin(), committed->end(), [](const auto& at) { return at.offset >= 0; });
    if (!any) return {};
    return {2, fmt::format("group {} has committed offsets of {}, so a daemon has read it already: set another "
                           "kafka.consumer_group, or delete the groups {} and {} with Kafka's tools.",
                           offline_.group(stage), topic, offline_.group("intake"), offline_.group("detect"))};
  }

  Outcome learn(ReplayEngine& engine) {
    const files::Catalog catalog = files::find_inputs(arguments_.paths);
    for (const auto& [path, reason] : catalog.unreadable)
      std::cerr << fmt::format("insightd: cannot read {}: {}\n", path, reason);
    ProgressBar bar(isatty(STDERR_FILENO) != 0);
    Feeder feeder(engine, bar);
    feeder.feed(catalog.inputs, arguments_.format);
    const auto cut = engine.finish_at_cut();
    bar.clear();
    if (!catalog.unreadable.empty() || feeder.unreadable() > 0)
      return {1, "what could not be read would be taken for silence: nothing was written; mend it or leave it out."};
    if (!cut) return {2, "there is nothing to learn: PATHs hold no event before the cut; see --until."};
    cut_ = *cut;
    return {};
  }

  Outcome write(ReplayEngine& engine) {
    const std::string& calls = settings_.kafka.calls_topic;
    const auto described = offline_.admin().describe({calls}, kAskTimeout);
    const auto ranges = offline_.ranges(calls, topics_.partitions);
    if (!described || !ranges) return {1, fmt::format("cannot ask for topic {}; nothing was written.", calls)};
    const ReplayEngine::Totals totals = engine.totals();
    std::vector<StateWrite> records;
    for (uint32_t p = 0; p < topics_.partitions; ++p) {
      partition::Task& task = *engine.tasks()[p];
      task.begin_on(described->front().id, (*ranges)[p].high);
      task.expect_hole();
      for (auto& record : task.collect(true).state)
        records.push_back(
            {settings_.kafka.state_topic, static_cast<int32_t>(p), std::move(record.key), std::move(record.value)});
    }
    if (Outcome outcome = offline_.write(records); !outcome.ok()) return outcome;
    print(totals, records.size());
    return {};
  }

  void print(const ReplayEngine::Totals& totals, size_t records) const {
    std::string out;
    const auto line = [&](std::string_view name, const auto& value) { out += fmt::format("{}: {}\n", name, value); };
    uint64_t dropped = 0;
    for (const uint64_t count : totals.dropped) dropped += count;
    line("records", totals.records);
    line("processed", totals.processed);
    line("dropped", dropped);
    line("after_cut", totals.after_cut);
    line("apis", totals.apis);
    line("series", totals.series);
    line("insights_open", totals.open_insights);
    line("state_records", records);
    if (totals.oldest) line("first_event", core::to_iso(*totals.oldest));
    line("cut", core::to_iso(cut_));
    std::cerr << out;
  }

  settings::Settings settings_;
  const SeedArguments& arguments_;
  Offline offline_;
  EngineTopics topics_;
  std::optional<core::Minute> until_;
  core::Minute cut_ = core::kNoMinute;
};

}  // namespace

int seed_state(const settings::Settings& settings, const kafka::Properties& properties,
               const SeedArguments& arguments) {
  return report(Seeder(settings, arguments, properties).seed());
}

}  // namespace insight::app
