#include "tests/unit/partition/calls_log.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "models/threshold.h"
#include "route/batch_codec.h"
#include "state/api_state.h"

namespace insight::partition::test {

using core::Minute;
using core::Timestamp;

CallsLog::CallsLog(uint32_t origins) {
  reading_.set_topics({{"audit-events", origins}});
  for (uint32_t p = 0; p < origins; ++p) reading_.origin(0, p);
}

void CallsLog::add(const Call& call) {
  const int64_t offset = call.offset >= 0 ? call.offset : reading_.next_offset(call.origin);
  const Timestamp time = core::start_of(call.minute) + std::chrono::seconds(1);
  newest_ = std::max(newest_, time);
  reading_.on_event(call.origin, time, std::nullopt, Timestamp::max());
  reading_.on_offset(call.origin, offset + 1);

  core::CallEvent event;
  event.api = {call.account, call.region, "ec2.amazonaws.com", call.name, call.category};
  event.time = time;
  event.error_code = call.error;
  event.principal = call.principal;
  event.user_agent = call.agent;
  event.resource = call.resource;
  core::Row row;
  ++next_id_;
  // Ids are hashes: spread over all bits, as the real ones are.
  row.id = call.id != 0 ? call.id : next_id_ * 0x9e3779b97f4a7c15ULL;
  row.offset = offset;
  row.origin = call.origin;
  row.minute = call.minute;
  row.weight = call.weight;
  row.signature = builder_.intern(event, {.call_rate = true, .error_rate = true, .attributed = call.attributed});
  builder_.add(row);
}

void CallsLog::note_event(Minute minute, uint32_t origin) {
  const Timestamp time = core::start_of(minute) + std::chrono::seconds(1);
  newest_ = std::max(newest_, time);
  reading_.on_event(origin, time, std::nullopt, Timestamp::max());
  reading_.on_offset(origin, reading_.next_offset(origin) + 1);
}

int64_t CallsLog::skip_offset(uint32_t origin) {
  const int64_t offset = reading_.next_offset(origin);
  reading_.on_offset(origin, offset + 1);
  return offset;
}

void CallsLog::send() { send(newest_ + std::chrono::seconds(1)); }

void CallsLog::send(Timestamp appended) {
  builder_.batch().calls_partitions = 1;
  reading_.write_to(builder_.batch());
  Entry& entry = entries_.emplace_back();
  entry.appended = appended;
  entry.rows = builder_.batch().rows.size();
  route::encode(builder_.batch(), entry.bytes);
  builder_.clear();
}

void process(Task& task, const CallsLog& log, size_t index) {
  core::Batch batch;
  if (route::decode(log.entries()[index].bytes, batch) != route::BatchError::kNone) std::abort();
  task.process(batch, log.entries()[index].appended, static_cast<int64_t>(index));
}

void process_all(Task& task, const CallsLog& log, size_t first) {
  for (size_t i = first; i < log.size(); ++i) process(task, log, i);
}

Options shipped_options() {
  Options options;
  options.lateness = kLateness;
  options.call_threshold = models::call_threshold(options.budget);
  options.error_threshold = models::error_threshold(options.budget);
  return options;
}

std::string text_of(const core::Insight& insight) {
  std::string text = fmt::format(
      "{} {} {} {} {} {} start {} +{} baseline {} ({} / {}) {} score {} [{} {} {}] window {} decided {} early {}{}",
      core::to_string(insight.state), core::to_string(insight.type), core::to_string(insight.api.view()),
      core::to_string(insight.api.category), insight.error_code, insight.budget, core::to_iso(insight.start),
      insight.duration_minutes, insight.baseline_minutes, insight.insight_average, insight.baseline_average,
      core::to_string(insight.reason), insight.score, insight.expected.lower, insight.expected.mean,
      insight.expected.upper, insight.window_minutes, core::to_iso(insight.decided), insight.early,
      insight.callers_known ? "" : " callers unknown");
  for (const auto& attribution : insight.attributions) {
    text += fmt::format("\n  {}:", core::to_string(attribution.attribute));
    for (const auto& value : attribution.insight) text += fmt::format(" {}={}", value.value, value.average);
    text += " |";
    for (const auto& value : attribution.baseline) text += fmt::format(" {}={}", value.value, value.average);
  }
  return text;
}

std::vector<std::string> texts_of(const std::vector<core::Insight>& insights) {
  std::vector<std::string> texts;
  for (const auto& insight : insights) texts.push_back(text_of(insight));
  return texts;
}

std::map<std::string, std::string> states_of(Task& task) {
  task.catch_up_all();
  std::map<std::string, std::string> states;
  for (const auto& api : task.api_states())
    state::persist(*api,
                   states[core::to_string(api->key.view()) + " " + std::string(core::to_string(api->key.category()))]);
  return states;
}

}  // namespace insight::partition::test
