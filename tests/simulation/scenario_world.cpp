#include "tests/simulation/scenario_world.h"

#include <fmt/format.h>

#include <algorithm>

namespace insight::simulation {
namespace {

constexpr Time kPatience = std::chrono::hours(3);
// Longer than a session and a transaction may last.
constexpr Time kSettling = std::chrono::minutes(3);

settings::Settings make_settings(const ScenarioWorld::Shape& shape) {
  settings::Settings settings;
  settings.kafka.partitions = shape.calls_partitions;
  settings.detection.early_start = shape.early_start;
  settings.limits.apis_per_partition = shape.apis_per_partition;
  return settings;
}

std::string render(core::Timestamp time, const ScenarioApi& api, const std::string& id) {
  return fmt::format(
      R"({{"eventVersion":"1.09","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::{0}:user/u"}},)"
      R"("eventTime":"{1}","eventSource":"s.amazonaws.com","eventName":"{2}","awsRegion":"us-east-1",)"
      R"("sourceIPAddress":"192.0.2.1","userAgent":"agent","eventID":"{3}","readOnly":false,)"
      R"("eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"{0}","eventCategory":"Management"}})",
      api.account, core::to_iso(time), api.name, id);
}

}  // namespace

ScenarioWorld::ScenarioWorld(core::Timestamp epoch, const Shape& shape)
    : settings_(make_settings(shape)),
      broker_(scheduler_, epoch),
      processes_({scheduler_, broker_, faults_, settings_, epoch, false}) {
  const settings::Kafka& kafka = settings_.kafka;
  broker_.create_topic(kafka.events_topics.front(), {shape.events_partitions, false, false});
  broker_.create_topic(kafka.insights_topic, {});
  broker_.create_topic(kafka.calls_topic, {shape.calls_partitions, false, true});
  broker_.create_topic(kafka.state_topic, {shape.calls_partitions, true, false});
  scheduler_.on_step([this] { broker_.step(); });
}

int ScenarioWorld::behind() {
  core::Timestamp last{};
  for (const auto& [time, event] : events_) last = std::max(last, time);
  return core::minute_of(last) - reference().closed();
}

void ScenarioWorld::add(core::Timestamp time, const ScenarioApi& api, int32_t partition, core::Timestamp stamp) {
  const std::string event = render(time, api, fmt::format("event-{}", ++ids_));
  events_.emplace_back(time, event);
  add_message(partition, event, stamp);
}

void ScenarioWorld::add_poison(core::Timestamp time, int32_t partition, core::Timestamp stamp) {
  add_message(partition, render(time, {"Poison"}, fmt::format("poison-{}", ++ids_)), stamp);
}

void ScenarioWorld::add_message(int32_t partition, const std::string& payload, core::Timestamp stamp) {
  while (broker_.partitions(events_topic()) <= partition) broker_.add_partition(events_topic());
  broker_.append(events_topic(), partition, {}, payload, stamp);
}

void ScenarioWorld::set_pace(const std::string& topic, const std::function<double(int32_t)>& records_per_second) {
  for (int32_t p = 0; p < broker_.partitions(topic); ++p) broker_.set_pace({topic, p}, records_per_second(p));
}

bool ScenarioWorld::pass_until(const std::function<bool()>& done) {
  const Time until = scheduler_.now() + kPatience;
  while (!done()) {
    if (scheduler_.now() >= until) return false;
    pass(Time(1000));
  }
  return true;
}

uint64_t ScenarioWorld::counter(Stage stage, const std::string& name) const {
  uint64_t sum = 0;
  for (const Process& process : processes_.all())
    if (process.stage() == stage) sum += process.counter(name);
  return sum;
}

void ScenarioWorld::finish() {
  faults_.script = nullptr;
  for (const std::string& topic : {events_topic(), calls_topic()})
    for (int32_t p = 0; p < broker_.partitions(topic); ++p) broker_.set_pace({topic, p}, std::nullopt);
  for (const Stage stage : {Stage::kIntake, Stage::kDetect})
    if (running(stage).empty()) start(stage);
  pass_until([this] { return input_is_read(); });
  pass(kSettling);
  stop_all(Stage::kIntake);
  pass_until([this] { return calls_are_read(); });
  stop_all(Stage::kDetect);
}

Reference& ScenarioWorld::reference() {
  if (!reference_)
    reference_ = std::make_unique<Reference>(broker_, settings_, static_cast<uint32_t>(settings_.kafka.partitions));
  return *reference_;
}

Findings ScenarioWorld::differences(bool with_replay) {
  Findings findings;
  const auto add = [&](Findings found) {
    for (std::string& finding : found) findings.push_back(std::move(finding));
  };
  for (const Process& process : processes_.all())
    if (process.gave_up()) findings.emplace_back("a worker gave up");
  if (broker_.open_transactions() > 0) findings.emplace_back("a transaction is open");
  if (!input_is_read()) findings.emplace_back("the committed offsets of the events are not at their end");
  if (!calls_are_read()) findings.emplace_back("the committed offsets of the calls are not at their end");
  uint64_t open = 0;
  add(compare_insights(broker_, settings_, reference()));
  add(check_pairs(reference(), core::Minute{INT32_MIN}, open));
  if (with_replay) {
    if (truth_.empty()) {
      std::stable_sort(events_.begin(), events_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      for (const auto& [time, event] : events_) truth_.push_back(event);
    }
    add(compare_replay(truth_, settings_, reference()));
  }
  add(compare_state(broker_, settings_, reference()));
  return findings;
}

}  // namespace insight::simulation
