#include "tests/simulation/world.h"

#include <fmt/format.h>

#include <algorithm>

namespace insight::simulation {
namespace {

constexpr Time kPatience = std::chrono::minutes(60);
// Partitions that stand still are heard of as caught up after a minute.
constexpr Time kSettling = std::chrono::minutes(4);
constexpr int kCalmSlowness = 200;

}  // namespace

std::string WorldPlan::text() const {
  return fmt::format(
      "{} events partitions (then {}, {} empty), {} calls partitions, {} intakes, {} detects, history {} min, eventful "
      "{} min, {} APIs, disorder {} s, late {}, {}{}{}",
      traffic.partitions, traffic.partitions_later, traffic.empty_partitions, calls_partitions, intakes, detects,
      traffic.history_minutes, traffic.eventful_minutes, traffic.apis, traffic.disorder.count() / 1000, traffic.late,
      gentle ? "gentle, " : "", early_start ? "early Starts" : "no early Starts",
      skewed_clocks ? ", skewed clocks" : "");
}

WorldPlan draw_plan(uint64_t seed) {
  Random random(seed ^ 0x5EED5EED5EED5EEDu);
  WorldPlan plan;
  plan.seed = seed;
  plan.traffic.seed = seed;
  plan.traffic.partitions = static_cast<int32_t>(random.between(1, 4));
  plan.traffic.empty_partitions = plan.traffic.partitions > 1 && random.chance(0.3) ? 1 : 0;
  plan.traffic.partitions_later = plan.traffic.partitions + (random.chance(0.25) ? 1 : 0);
  plan.traffic.history_minutes = static_cast<int>(random.between(200, random.chance(0.2) ? 1800 : 500));
  plan.traffic.eventful_minutes = static_cast<int>(random.between(2, 40));
  plan.traffic.apis = static_cast<int>(random.between(2, 6));
  plan.traffic.disorder = std::chrono::seconds(random.between(0, 8 * 60));
  plan.traffic.copies = random.chance(0.8) ? 0.1 : 0;
  plan.traffic.late = random.chance(0.2) ? 0.005 : 0;
  plan.traffic.outage = random.chance(0.2);
  plan.calls_partitions = static_cast<int32_t>(random.between(1, 4));
  plan.intakes = static_cast<int>(random.between(1, 3));
  plan.detects = static_cast<int>(random.between(1, 3));
  plan.early_start = random.chance(0.5);
  plan.gentle = random.chance(0.2);
  plan.skewed_clocks = random.chance(0.5);
  plan.mischief = random.chance(0.5) ? 0.3 : 0.05;
  if (!plan.gentle) {
    const auto rate = [&] { return random.chance(0.6) ? random.uniform() * 3 : 0; };
    plan.rates = {rate(), rate(), rate(), rate(), rate()};
  }
  return plan;
}

World::World(const WorldPlan& plan, bool verbose)
    : plan_(plan),
      scheduler_(plan.seed),
      faults_(scheduler_.random()),
      traffic_(plan.traffic),
      broker_(scheduler_, traffic_.epoch()),
      processes_({scheduler_, broker_, faults_, settings_, traffic_.epoch(), verbose}) {
  settings_.kafka.partitions = plan.calls_partitions;
  settings_.detection.early_start = plan.early_start;
  const settings::Kafka& kafka = settings_.kafka;
  TopicOptions options;
  options.partitions = plan.traffic.partitions;
  broker_.create_topic(kafka.events_topics.front(), options);
  options.partitions = 1;
  broker_.create_topic(kafka.insights_topic, options);
  options.partitions = plan.calls_partitions;
  options.log_append_time = true;
  broker_.create_topic(kafka.calls_topic, options);
  options.log_append_time = false;
  options.compacted = true;
  broker_.create_topic(kafka.state_topic, options);
  scheduler_.on_step([this] { broker_.step(); });
}

WorldReport World::run() {
  feed();
  for (int i = 0; i < plan_.intakes; ++i) start(Stage::kIntake);
  for (int i = 0; i < plan_.detects; ++i) start(Stage::kDetect);
  eventful();
  calm();
  drain();
  WorldReport report;
  if (findings_.empty()) check(report);
  report.findings = std::move(findings_);
  report.faults = faults_.count() + mischiefs_;
  report.processes = processes_.all().size();
  report.time = scheduler_.now();
  return report;
}

void World::eventful() {
  faults_.set_rates(plan_.rates);
  Random& random = scheduler_.random();
  while (broker_.now() < traffic_.calm()) {
    // At first the backlog is read, step by step; later time may go by faster.
    const bool fast = scheduler_.now() > std::chrono::seconds(30) && !random.chance(0.1);
    const int slowness = fast ? static_cast<int>(random.between(10, 60)) : 1;
    faults_.set_slowness(slowness);
    pass(Time(random.between(100, 3000)) * slowness);
    if (random.chance(plan_.mischief)) mischief();
    revive(0.5);
  }
  faults_.set_rates({});
}

void World::calm() {
  faults_.set_slowness(20);
  pass(std::chrono::minutes(2));   // whoever stands still wakes
  revive(1);
  for (const Stage stage : {Stage::kIntake, Stage::kDetect})
    if (processes_.running(stage).empty()) start(stage);
  faults_.set_slowness(kCalmSlowness);
  while (fed_ < traffic_.deliveries().size()) pass(std::chrono::minutes(2));
}

void World::drain() {
  feed();
  faults_.set_slowness(20);
  if (!wait_until("all events are read", [this] { return processes_.input_is_read(); })) return;
  pass(kSettling);
  processes_.stop_all(Stage::kIntake);
  if (!wait_until("all calls are read", [this] { return processes_.calls_are_read(); })) return;
  processes_.stop_all(Stage::kDetect);
}

void World::check(WorldReport& report) {
  const auto add = [&](Findings found) {
    for (std::string& finding : found) findings_.push_back(std::move(finding));
  };
  for (const Process& process : processes_.all())
    if (process.gave_up()) findings_.push_back("a worker gave up");
  if (broker_.open_transactions() > 0)
    findings_.push_back(fmt::format("{} transactions are open", broker_.open_transactions()));
  if (!processes_.input_is_read()) findings_.push_back("the committed offsets of the events are not at their end");
  if (!processes_.calls_are_read()) findings_.push_back("the committed offsets of the calls are not at their end");

  Reference reference(broker_, settings_, static_cast<uint32_t>(plan_.calls_partitions));
  report.insights = reference.insights().size();
  report.late = reference.late();
  report.redelivered = reference.redelivered();
  const core::Minute wanted = core::minute_of(traffic_.end()) - 30;
  if (reference.closed() < wanted)
    findings_.push_back(fmt::format("minutes are closed to {} alone, not to {}", core::to_iso(reference.closed()),
                                    core::to_iso(wanted)));
  if (plan_.traffic.late == 0 && reference.late() > 0)
    findings_.push_back(fmt::format("{} rows that came in time were late", reference.late()));
  add(compare_insights(broker_, settings_, reference));
  add(check_pairs(reference, core::minute_of(traffic_.calm()), report.open));
  add(check_frontiers(broker_, settings_));
  add(compare_calls(broker_, traffic_.events(), settings_, static_cast<uint32_t>(plan_.calls_partitions)));
  add(compare_replay(traffic_.events(), settings_, reference));
  add(compare_state(broker_, settings_, reference));
  check_counts();
}

// What was counted is lost with a process that dies, and counted again when its work is done again; without that it is
// exact.
void World::check_counts() {
  if (!plan_.gentle) return;
  uint64_t received = 0;
  uint64_t processed = 0;
  uint64_t dropped = 0;
  for (const Process& process : processes_.all()) {
    received += process.counter("insight_records_received_total");
    processed += process.counter("insight_records_processed_total");
    dropped += process.counter("insight_records_dropped_total");
  }
  if (received != processed + dropped)
    findings_.push_back(fmt::format("received {}, but processed {} and dropped {}", received, processed, dropped));
}

// ---- what happens

void World::feed() {
  const std::string& topic = settings_.kafka.events_topics.front();
  const auto& deliveries = traffic_.deliveries();
  for (; fed_ < deliveries.size() && deliveries[fed_].at <= broker_.now(); ++fed_) {
    const Delivery& delivery = deliveries[fed_];
    while (broker_.partitions(topic) <= delivery.partition) broker_.add_partition(topic);
    broker_.append(topic, delivery.partition, {}, delivery.payload, delivery.at);
  }
}

void World::pass(Time time) {
  const Time until = scheduler_.now() + time;
  // Events come as they happen, not in heaps.
  while (scheduler_.now() < until) {
    scheduler_.wait(std::min(until, scheduler_.now() + std::chrono::seconds(20)));
    feed();
  }
}

void World::mischief() {
  Random& random = scheduler_.random();
  const Stage stage = random.chance(0.5) ? Stage::kIntake : Stage::kDetect;
  const auto candidates = processes_.running(stage);
  Process* victim = candidates.empty() ? nullptr : candidates[random.below(candidates.size())];
  ++mischiefs_;
  switch (random.below(plan_.gentle ? 3 : 7)) {
    case 0:
      if (candidates.size() < 4) start(stage);
      break;
    case 1:
      if (candidates.size() > 1) victim->instance().request_stop();
      break;
    case 2: broker_.compact(settings_.kafka.state_topic); break;
    case 3:
      if (victim != nullptr) victim->instance().crash();
      break;
    case 4:
      // Its time of day is set.
      if (victim != nullptr && plan_.skewed_clocks) victim->instance().set_skew(draw_skew());
      break;
    case 5:
      broker_.set_availability(random.chance(0.5) ? Broker::Availability::kDown : Broker::Availability::kFrozen);
      pass(Time(random.between(500, 20'000)));
      broker_.set_availability(Broker::Availability::kUp);
      break;
    default:
      if (victim != nullptr) victim->instance().freeze(faults_.freeze(victim->instance()));
      break;
  }
}

void World::revive(double chance) {
  for (const auto& [stage, wanted] : {std::pair{Stage::kIntake, plan_.intakes}, {Stage::kDetect, plan_.detects}})
    while (static_cast<int>(processes_.running(stage).size()) < wanted && scheduler_.random().chance(chance))
      start(stage);
}

// A clock that is far ahead harms nobody; one that is five minutes behind would take live events for future ones.
Time World::draw_skew() { return plan_.skewed_clocks ? Time(scheduler_.random().between(-240'000, 900'000)) : Time(0); }

Process& World::start(Stage stage) { return processes_.start(stage, draw_skew()); }

bool World::wait_until(std::string_view what, const std::function<bool()>& done) {
  const Time until = scheduler_.now() + kPatience;
  while (!done()) {
    if (scheduler_.now() >= until) {
      findings_.push_back(fmt::format("after {} minutes it is not so that {}", kPatience.count() / 60'000, what));
      return false;
    }
    pass(std::chrono::seconds(2));
  }
  return true;
}

}  // namespace insight::simulation
