#include "tests/simulation/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/engine_options.h"
#include "app/replay_engine.h"
#include "core/bytes.h"
#include "decode/decoder.h"
#include "intake/intake.h"
#include "publish/record.h"
#include "route/batch_codec.h"
#include "state/api_state.h"

namespace insight::simulation {
namespace {

using core::Insight;
using core::InsightState;
using partition::Task;
using Records = std::map<std::string, std::vector<std::string>>;

std::unique_ptr<Task> make_task(const settings::Settings& settings, uint32_t partition, uint32_t partitions) {
  return std::make_unique<Task>(app::task_options(settings, partition, partitions));
}

core::Batch decoded(const LogRecord& record) {
  core::Batch batch;
  if (route::decode(*record.payload, batch) != route::BatchError::kNone) std::abort();
  return batch;
}

// Those that differ, shortened.
void compare(const Records& expected, const Records& found, std::string_view what, Findings& findings) {
  std::set<std::string> keys;
  for (const auto& [key, values] : expected) keys.insert(key);
  for (const auto& [key, values] : found) keys.insert(key);
  for (const auto& key : keys) {
    const auto e = expected.find(key);
    const auto f = found.find(key);
    const std::vector<std::string> none;
    const auto& wanted = e == expected.end() ? none : e->second;
    const auto& got = f == found.end() ? none : f->second;
    if (wanted == got) continue;
    size_t at = 0;
    while (at < wanted.size() && at < got.size() && wanted[at] == got[at]) ++at;
    findings.push_back(
        fmt::format("{}: {}: {} expected, {} found; the first that differs ({}):\n      expected {}\n      found    {}",
                    what, key, wanted.size(), got.size(), at, at < wanted.size() ? wanted[at] : "nothing",
                    at < got.size() ? got[at] : "nothing"));
  }
}

// Of an insight, what does not depend on when it was declared.
std::string outline(const Insight& insight, bool exact, const std::string& source) {
  if (exact) return publish::to_json(insight, source);
  return std::string(core::to_string(insight.state));
}

class Replayer : public decode::EventSink {
 public:
  explicit Replayer(app::ReplayEngine& engine) : engine_(engine) {}
  void feed(const std::string& json) { decoder_.decode(json, *this); }

 private:
  void on_event(const core::CallEvent& event, decode::RecordIndex) override {
    engine_.take(event, {}, ++events_, 1, true);
  }
  void on_error(core::DropReason, decode::RecordIndex, std::string_view) override { std::abort(); }

  app::ReplayEngine& engine_;
  decode::Decoder decoder_;
  uint64_t events_ = 0;
};

}  // namespace

Reference::Reference(const Broker& broker, const settings::Settings& settings, uint32_t partitions) {
  for (uint32_t p = 0; p < partitions; ++p) {
    auto& task = tasks_.emplace_back(make_task(settings, p, partitions));
    for (const LogRecord& record : broker.everything(settings.kafka.calls_topic, static_cast<int32_t>(p))) {
      task->process(decoded(record), record.timestamp, record.offset);
      for (Insight& insight : task->take_insights()) {
        records_[publish::kafka_key(insight)].push_back(publish::to_json(insight, settings.detection.insight_source));
        insights_.push_back(std::move(insight));
      }
    }
  }
}

uint64_t Reference::rows() const {
  uint64_t rows = 0;
  for (const auto& task : tasks_) rows += task->counters().rows;
  return rows;
}

uint64_t Reference::late() const {
  uint64_t rows = 0;
  for (const auto& task : tasks_) rows += task->counters().late;
  return rows;
}

uint64_t Reference::redelivered() const {
  uint64_t rows = 0;
  for (const auto& task : tasks_) rows += task->counters().redelivered;
  return rows;
}

core::Minute Reference::closed() const {
  core::Minute closed{INT32_MAX};
  for (const auto& task : tasks_) closed = std::min(closed, task->closed());
  return closed;
}

Findings compare_insights(const Broker& broker, const settings::Settings& settings, const Reference& reference) {
  Records found;
  const std::string& topic = settings.kafka.insights_topic;
  for (int32_t p = 0; p < broker.partitions(topic); ++p)
    for (const LogRecord& record : broker.read(topic, p, kafka::Isolation::kReadCommitted))
      found[record.key].push_back(record.payload.value_or("a tombstone"));
  Findings findings;
  compare(reference.records(), found, "insights", findings);
  return findings;
}

Findings compare_state(const Broker& broker, const settings::Settings& settings, Reference& reference) {
  Findings findings;
  const auto partitions = static_cast<uint32_t>(reference.tasks().size());
  for (uint32_t p = 0; p < partitions; ++p) {
    const auto index = static_cast<int32_t>(p);
    const auto restored = make_task(settings, p, partitions);
    for (const LogRecord& record : broker.read(settings.kafka.state_topic, index, kafka::Isolation::kReadCommitted)) {
      const auto value = record.payload ? std::optional<std::string_view>(*record.payload) : std::nullopt;
      if (restored->restore_record(record.key, value) != state::RecordError::kNone)
        findings.push_back(fmt::format("state[{}]: a record cannot be read", p));
    }
    const auto calls = broker.watermarks(settings.kafka.calls_topic, index);
    if (calls.high == 0) continue;
    if (!restored->has_meta()) {
      findings.push_back(fmt::format("state[{}]: was never written", p));
      continue;
    }
    if (restored->frontier() != calls.high)
      findings.push_back(fmt::format("state[{}]: is that of offset {} of {}", p, restored->frontier(), calls.high));
    if (!restored->find_calls(calls.low, calls.high))
      findings.push_back(fmt::format("state[{}]: needs calls from {}, there are {} to {}", p, restored->rewind_offset(),
                                     calls.low, calls.high));
    for (const LogRecord& record : broker.everything(settings.kafka.calls_topic, index))
      if (record.offset >= restored->rewind_offset() && record.offset < restored->frontier())
        restored->reinsert(decoded(record), record.offset);
    restored->finish_restore();

    Task& expected = *reference.tasks()[p];
    expected.catch_up_all();
    restored->catch_up_all();
    for (const auto& api : expected.api_states()) {
      const state::ApiState* found = restored->api_states().find(api->key.view());
      std::string wanted;
      std::string got;
      state::persist(*api, wanted);
      if (found != nullptr) state::persist(*found, got);
      if (wanted != got)
        findings.push_back(fmt::format("state[{}]: {} differs ({} bytes, {} restored)", p, api->key.name(),
                                       wanted.size(), got.size()));
    }
    if (restored->apis() != expected.apis())
      findings.push_back(fmt::format("state[{}]: {} APIs, {} expected", p, restored->apis(), expected.apis()));
    const auto meta = [](Task& task) {
      for (auto& record : task.collect(true).state)
        if (record.key == Task::kMetaKey) return record.value.value_or("");
      return std::string();
    };
    if (meta(*restored) != meta(expected)) findings.push_back(fmt::format("state[{}]: the meta record differs", p));
  }
  return findings;
}

Findings check_frontiers(const Broker& broker, const settings::Settings& settings) {
  Findings findings;
  const std::string& topic = settings.kafka.state_topic;
  for (int32_t p = 0; p < broker.partitions(topic); ++p) {
    int64_t newest = 0;
    for (const LogRecord& record : broker.everything(topic, p)) {
      if (record.key != Task::kMetaKey) continue;
      core::ByteReader in(*record.payload);
      in.u8();       // version
      in.varint();   // partition
      in.varint();   // of so many
      const int64_t frontier = in.zigzag();
      if (frontier < newest)
        findings.push_back(fmt::format("state[{}]@{}: goes back from {} to {}", p, record.offset, newest, frontier));
      newest = std::max(newest, frontier);
    }
  }
  return findings;
}

Findings compare_calls(const Broker& broker, const std::vector<std::string>& events, const settings::Settings& settings,
                       uint32_t partitions) {
  using Rows = std::set<std::pair<core::Minute, uint64_t>>;
  std::vector<Rows> expected(partitions);
  intake::Intake intake(app::make_selector(settings), partitions, {}, nullptr);
  intake.reading().set_topics({{"truth", 1}});
  const auto origin = intake.reading().origin(0, 0);
  for (const std::string& event : events) intake.read({"truth", origin, 0, 0, std::nullopt, event}, std::nullopt);
  for (uint32_t p = 0; p < partitions; ++p)
    intake.send(p, [&](const core::Batch& batch) {
      for (const core::Row& row : batch.rows) expected[p].emplace(row.minute, row.id);
    });
  Findings findings;
  for (uint32_t p = 0; p < partitions; ++p) {
    Rows missing = expected[p];
    size_t foreign = 0;
    for (const LogRecord& record : broker.everything(settings.kafka.calls_topic, static_cast<int32_t>(p)))
      for (const core::Row& row : decoded(record).rows) {
        missing.erase({row.minute, row.id});
        foreign += expected[p].contains({row.minute, row.id}) ? 0 : 1;
      }
    if (!missing.empty())
      findings.push_back(fmt::format("calls[{}]: {} of {} events are not there, the first of {}", p, missing.size(),
                                     expected[p].size(), core::to_iso(missing.begin()->first)));
    if (foreign > 0) findings.push_back(fmt::format("calls[{}]: {} rows of no event", p, foreign));
  }
  return findings;
}

Findings compare_replay(const std::vector<std::string>& events, const settings::Settings& settings,
                        const Reference& reference) {
  Findings findings;
  if (reference.late() > 0) return findings;
  const bool exact = !settings.detection.early_start;
  const auto& source = settings.detection.insight_source;
  Records expected;
  Records found;
  // The replay closes the minutes of the end, too.
  const core::Minute closed = reference.closed();
  app::ReplayEngine engine(settings, [&](const Insight& insight) {
    if (insight.decided <= closed) expected[publish::kafka_key(insight)].push_back(outline(insight, exact, source));
  });
  Replayer replayer(engine);
  for (const std::string& event : events) replayer.feed(event);
  engine.finish();
  for (const Insight& insight : reference.insights())
    if (insight.decided <= closed) found[publish::kafka_key(insight)].push_back(outline(insight, exact, source));
  compare(expected, found, "insights of a replay", findings);
  return findings;
}

Findings check_pairs(const Reference& reference, core::Minute calm, uint64_t& open) {
  Findings findings;
  std::map<std::string, const Insight*> started;
  std::set<std::string> seen;
  for (const Insight& insight : reference.insights()) {
    const std::string key = publish::kafka_key(insight);
    const Insight*& start = started[key];
    const bool starts = insight.state == InsightState::kStart;
    if (starts == (start != nullptr)) findings.push_back(fmt::format("{}: Starts and Ends do not take turns", key));
    start = starts ? &insight : nullptr;
    if (!seen.insert(fmt::format("{} {} {}", key, insight.start.value, core::to_string(insight.state))).second)
      findings.push_back(
          fmt::format("{}: {} of {} twice", key, core::to_string(insight.state), core::to_iso(insight.start)));
  }
  for (const auto& [key, start] : started) open += start != nullptr && start->decided < calm ? 1 : 0;
  return findings;
}

}  // namespace insight::simulation
