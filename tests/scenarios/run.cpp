#include "tests/scenarios/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "publish/record.h"
#include "tests/scenarios/traffic.h"

namespace insight::scenarios {
namespace {

using core::Insight;
using core::InsightState;
using core::Minute;

constexpr double kAverageTolerance = 0.15;
constexpr std::string_view kAccount = "123456789012";
constexpr std::string_view kRegion = "eu-west-1";

std::string describe(const Insight& insight) {
  return fmt::format("{} {} {}{}{} at {} (average {:.2f} of {} min, baseline {:.4f}, decided {}{})",
                     core::to_string(insight.state), core::to_string(insight.reason), insight.api.name,
                     insight.error_code.empty() ? "" : " error ", insight.error_code,
                     core::to_iso(insight.event_time()), insight.insight_average, insight.duration_minutes,
                     insight.baseline_average, core::to_iso(insight.decided), insight.early ? ", early" : "");
}

std::string_view first_principal(const Insight& insight) {
  for (const auto& each : insight.attributions)
    if (each.attribute == core::Attribute::kPrincipal && !each.insight.empty()) return each.insight.front().value;
  return {};
}

bool meets(const Insight& insight, const Expectation& expected) {
  if (insight.state != expected.state || insight.error_code != expected.error) return false;
  if (!expected.api.empty() && insight.api.name != expected.api) return false;
  if (expected.reason && insight.reason != *expected.reason) return false;
  if (std::abs(insight.event_time() - expected.at) > expected.within_minutes) return false;
  if (expected.early && insight.early != *expected.early) return false;
  if (!expected.principal.empty() && first_principal(insight) != expected.principal) return false;
  return !expected.average ||
         std::abs(insight.insight_average - *expected.average) <= kAverageTolerance * *expected.average;
}

// An insight as a whole, whatever was known of it when its records were written.
struct Span {
  std::string series;
  Minute start;
  Minute end{INT32_MAX};   // open

  bool overlaps(const Span& other) const { return series == other.series && start <= other.end && other.start <= end; }
};

std::vector<Span> spans_of(const Outcome& outcome) {
  std::vector<Span> spans;
  for (const Insight& insight : outcome.records) {
    const std::string series = publish::kafka_key(insight);
    if (insight.state == InsightState::kStart) {
      spans.push_back({series, insight.start});
      continue;
    }
    for (Span& span : spans)
      if (span.series == series && span.start == insight.start) span.end = insight.event_time();
  }
  return spans;
}

// A span may begin a little later in the other run, where it is decided later.
std::vector<std::string> without_counterpart(const std::vector<Span>& spans, const std::vector<Span>& others,
                                             std::string_view sentence) {
  std::vector<std::string> out;
  for (const Span& span : spans)
    if (std::none_of(others.begin(), others.end(), [&](const Span& other) { return span.overlaps(other); }))
      out.push_back(fmt::format("{}: {} at {}", sentence, span.series, core::to_iso(span.start)));
  return out;
}

class Judge {
 public:
  explicit Judge(const Scenario& scenario) : scenario_(scenario), outcome_(run(scenario)) {}

  std::vector<std::string> judge() {
    judge_records();
    judge_totals();
    if (scenario_.same_in_order) judge_order();
    if (scenario_.same_at_close) judge_close();
    if (scenario_.subset_with_budget) judge_subset();
    return std::move(unmet_);
  }

 private:
  void judge_records() {
    std::vector<bool> used(outcome_.records.size());
    for (const Expectation& expected : scenario_.expectations) {
      size_t found = 0;
      while (found < used.size() && (used[found] || !meets(outcome_.records[found], expected))) ++found;
      if (found < used.size())
        used[found] = true;
      else
        unmet_.push_back(fmt::format("{}:{}: no record is like this", scenario_.path, expected.line));
    }
    if (unmet_.empty() && !scenario_.nothing_else) return;
    for (size_t i = 0; i < used.size(); ++i)
      if (!used[i]) unmet_.push_back("not expected: " + describe(outcome_.records[i]));
  }

  void judge_totals() {
    const auto& totals = outcome_.totals;
    for (size_t i = 0; i < totals.dropped.size(); ++i)
      if (totals.dropped[i] > 0)
        unmet_.push_back(fmt::format("{} events were dropped: {}", totals.dropped[i],
                                     core::to_string(static_cast<core::DropReason>(i))));
    if (scenario_.duplicates > 0 && totals.duplicates == 0) unmet_.push_back("no event was a copy");
    const auto missing = static_cast<int64_t>(totals.group_minutes_missing);
    if (missing < scenario_.missing_minutes.value_or(0))
      unmet_.push_back(fmt::format("only {} minutes were taken for missing", missing));
    if (missing > 0 && !scenario_.missing_minutes)
      unmet_.push_back(fmt::format("{} minutes were taken for missing", missing));
  }

  void judge_order() {
    Scenario plain = scenario_;
    plain.duplicates = 0;
    plain.late_minutes = 0;
    const Outcome other = run(plain);
    const auto text = [](const Outcome& outcome) {
      std::string all;
      for (const Insight& insight : outcome.records) all += publish::to_json(insight, "") + "\n";
      return all;
    };
    if (text(outcome_) != text(other)) unmet_.push_back("copies or disorder changed the records");
  }

  void judge_close() {
    Scenario closed = scenario_;
    closed.early = false;
    const auto spans = spans_of(outcome_);
    const auto others = spans_of(run(closed));
    if (spans.size() != others.size()) unmet_.push_back("without early Starts there is another number of insights");
    add(without_counterpart(spans, others, "does not come without early Starts"));
  }

  void judge_subset() {
    Scenario other = scenario_;
    other.budget = *scenario_.subset_with_budget;
    const auto spans = spans_of(outcome_);
    const auto fewer = spans_of(run(other));
    if (fewer.size() >= spans.size()) unmet_.push_back("the smaller budget does not give fewer insights");
    add(without_counterpart(fewer, spans, "comes with the smaller budget alone"));
  }

  void add(const std::vector<std::string>& sentences) {
    unmet_.insert(unmet_.end(), sentences.begin(), sentences.end());
  }

  const Scenario& scenario_;
  Outcome outcome_;
  std::vector<std::string> unmet_;
};

}  // namespace

Outcome run(const Scenario& scenario) {
  settings::Settings settings;
  settings.kafka.partitions = scenario.partitions;
  settings.detection.alert_budget = scenario.budget;
  settings.detection.early_start = scenario.early;
  Outcome outcome;
  app::ReplayEngine engine(settings, [&](const Insight& insight) { outcome.records.push_back(insight); });
  for (const Arrival& arrival : make_traffic(scenario)) {
    const std::string id = fmt::format("call-{}", arrival.id);
    core::CallEvent event;
    event.api = {kAccount, kRegion, arrival.api->source, arrival.api->name, arrival.api->category};
    event.time = arrival.time;
    event.event_id = id;
    event.error_code = arrival.error;
    event.principal = arrival.principal;
    event.user_agent = "scenario";
    event.resource = arrival.api->resource;
    event.read_only = arrival.api->read_only;
    engine.take(event, {scenario.path}, 0, 1, true);
  }
  engine.finish();
  outcome.totals = engine.totals();
  return outcome;
}

std::vector<std::string> unmet(const Scenario& scenario) { return Judge(scenario).judge(); }

}  // namespace insight::scenarios
