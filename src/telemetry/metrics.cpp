#include "telemetry/metrics.h"

#include <algorithm>
#include <array>
#include <map>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace insight::telemetry {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::Registry;

constexpr size_t kLabelBytesMax = 256;
constexpr size_t kTypes = 2;
constexpr size_t kReasons = 4;
constexpr size_t kStates = 2;

// Transactions end within their timeout of 10 s; half of them in some 10 ms.
const Histogram::BucketBoundaries kTransactionSeconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
// From seconds (early Starts) over the lateness (closes) to a backlog of days.
const Histogram::BucketBoundaries kLatencySeconds = {0.5, 1,   2.5, 5,    10,   30,    60,
                                                     300, 600, 900, 1800, 3600, 21600, 86400};

double seconds(core::Duration duration) { return static_cast<double>(duration.count()) / 1000.0; }

Family<Counter>& counters(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Counter& counter(Registry& registry, const char* name, const char* help) {
  return counters(registry, name, help).Add({});
}

Family<Gauge>& gauges(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
Gauge& gauge(Registry& registry, const char* name, const char* help) { return gauges(registry, name, help).Add({}); }

Histogram& histogram(Registry& registry, const char* name, const char* help,
                     const Histogram::BucketBoundaries& bounds) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, bounds);
}

// One metric for each value of a label, by the value's place.
template <typename Metric, size_t kCount>
std::array<Metric*, kCount> each(Family<Metric>& family, const char* label,
                                 const std::array<const char*, kCount>& values) {
  std::array<Metric*, kCount> metrics{};
  for (size_t i = 0; i < kCount; ++i) metrics[i] = &family.Add({{label, values[i]}});
  return metrics;
}

// Gauges whose labels come and go.
class ShownGauges {
 public:
  explicit ShownGauges(Family<Gauge>& family) : family_(family) {}

  // Shows these and no others.
  void show(const std::map<Labels, double>& values) {
    for (auto at = shown_.begin(); at != shown_.end();) {
      if (values.contains(at->first)) {
        ++at;
        continue;
      }
      family_.Remove(at->second);
      at = shown_.erase(at);
    }
    for (const auto& [labels, value] : values) {
      const auto [at, added] = shown_.try_emplace(labels, nullptr);
      if (added) at->second = &family_.Add(labels);
      at->second->Set(value);
    }
  }

 private:
  Family<Gauge>& family_;
  std::map<Labels, Gauge*> shown_;
};

// Cut between characters; what it consists of is UTF-8, since nothing else is decoded.
std::string label_value(std::string_view text) {
  size_t end = std::min(text.size(), kLabelBytesMax);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

Labels labels_of(const core::ApiKey& api) {
  return {{"account", label_value(api.account)},
          {"region", label_value(api.region)},
          {"event_source", label_value(api.source)},
          {"event_name", label_value(api.name)},
          {"event_category", label_value(to_string(api.category))}};
}

Labels with(Labels labels, const char* name, std::string_view value) {
  labels.emplace(name, label_value(value));
  return labels;
}

constexpr std::array<const char*, 2> kStageNames = {"intake", "detect"};
constexpr std::array<const char*, 2> kDirectionNames = {"produced", "consumed"};
constexpr std::array<const char*, 2> kOutcomeNames = {"committed", "aborted"};
constexpr std::array<const char*, 2> kReloadedNames = {"applied", "refused"};

template <typename Enum>
size_t place(Enum value) {
  return static_cast<size_t>(value);
}

}  // namespace

class Metrics::Impl {
 public:
  Impl(const std::string& version, const std::string& revision) {
    auto& dropped_family =
        counters(registry, "insight_records_dropped_total", "Audit events that were dropped, by reason.");
    for (size_t i = 0; i < core::kDropReasonCount; ++i)
      dropped[i] = &dropped_family.Add({{"reason", std::string(to_string(static_cast<core::DropReason>(i)))}});
    auto& insights_family =
        counters(registry, "insight_insights_total", "Insights records written, by type, reason and state.");
    auto& open_family = gauges(registry, "insight_open_insights", "Insights that have started and not ended, by type.");
    for (size_t type = 0; type < kTypes; ++type) {
      const std::string type_name(to_string(static_cast<core::InsightType>(type)));
      open_insights[type] = &open_family.Add({{"type", type_name}});
      for (size_t reason = 0; reason < kReasons; ++reason)
        for (size_t state = 0; state < kStates; ++state)
          insights[type][reason][state] =
              &insights_family.Add({{"type", type_name},
                                    {"reason", std::string(to_string(static_cast<core::Reason>(reason)))},
                                    {"state", std::string(to_string(static_cast<core::InsightState>(state)))}});
    }
    gauges(registry, "insight_build_info", "Always 1; the version and git revision of the program are its labels.")
        .Add({{"version", version}, {"revision", revision}})
        .Set(1);
  }

  Registry registry;
  Counter& received = counter(registry, "insight_records_received_total", "Audit events read from the input topics.");
  Counter& received_bytes =
      counter(registry, "insight_received_bytes_total", "Bytes of the messages read from the input topics.");
  Counter& processed = counter(registry, "insight_records_processed_total",
                               "Audit events that were not dropped, unselected and duplicate ones too.");
  std::array<Counter*, core::kDropReasonCount> dropped{};
  std::array<Counter*, 2> calls_batches =
      each(counters(registry, "insight_calls_batches_total", "Batches written to and read from the calls topic."),
           "direction", kDirectionNames);
  Counter& minutes_closed =
      counter(registry, "insight_minutes_closed_total", "Event-time minutes closed, summed over partitions.");
  Counter& missing_minutes =
      counter(registry, "insight_missing_minutes_total",
              "Minutes neither scored nor learned because their events are missing, summed over partitions.");
  Counter& thinned_minutes =
      counter(registry, "insight_thinned_minutes_total",
              "Minutes of an API with so many calls that they were counted by a sample of their ids.");
  Counter& apis_refused = counter(registry, "insight_apis_refused_total",
                                  "APIs not admitted because their partition holds as many as it may.");
  Counter& detect_seconds =
      counter(registry, "insight_detect_seconds_total", "Time that counting, scoring and learning took.");
  std::array<std::array<std::array<Counter*, kStates>, kReasons>, kTypes> insights{};
  std::array<Gauge*, kTypes> open_insights{};
  std::array<Counter*, 2> transactions =
      each(counters(registry, "insight_transactions_total", "Kafka transactions, by how they ended."), "result",
           kOutcomeNames);
  Histogram& transaction_duration = histogram(registry, "insight_transaction_duration_seconds",
                                              "From the beginning of a transaction to its end.", kTransactionSeconds);
  std::array<Counter*, 2> rebalances =
      each(counters(registry, "insight_rebalances_total", "Changes of the partitions assigned to this process."),
           "stage", kStageNames);
  std::array<Gauge*, 2> partitions_assigned = each(
      gauges(registry, "insight_partitions_assigned", "Partitions assigned to this process."), "stage", kStageNames);
  std::array<Counter*, 2> config_reloads =
      each(counters(registry, "insight_config_reloads_total", "Times the configuration was read again, by result."),
           "result", kReloadedNames);
  Counter& restore_records =
      counter(registry, "insight_restore_records_total", "Records of the state topic read to restore partitions.");
  Gauge& restoring_partitions =
      gauge(registry, "insight_restoring_partitions", "Partitions whose state is being restored.");
  Gauge& restore_remaining = gauge(registry, "insight_restore_remaining_offsets",
                                   "Offsets of the state topic that restores have still to read.");
  Gauge& refused_partitions = gauge(registry, "insight_refused_partitions",
                                    "Partitions assigned but not read, because limits.memory does not allow them.");
  Gauge& open_minutes =
      gauge(registry, "insight_open_minutes", "Minutes that still take events, summed over partitions.");
  Gauge& apis = gauge(registry, "insight_apis", "APIs known to the partitions held.");
  Gauge& series =
      gauge(registry, "insight_series", "Series (call rates and error codes) known to the partitions held.");
  Gauge& watermark =
      gauge(registry, "insight_watermark_timestamp_seconds", "Event time up to which every partition held is closed.");
  Gauge& input_lag = gauge(registry, "insight_input_lag_seconds",
                           "How far the newest event of the slowest input partition is behind the clock.");
  Gauge& input_lag_records =
      gauge(registry, "insight_input_lag_records", "Records of the input partitions held that are not read yet.");
  Gauge& memory = gauge(registry, "insight_memory_bytes", "Resident memory of the process.");
  Gauge& memory_limit = gauge(registry, "insight_memory_limit_bytes", "limits.memory of the configuration.");
  Histogram& detection_latency =
      histogram(registry, "insight_detection_latency_seconds",
                "From the time of the event that crossed a bound to the Start's writing.", kLatencySeconds);
  Gauge& ready = gauge(registry, "insight_ready", "1 if /readyz says ready, else 0.");
  ShownGauges top_calls{gauges(registry, "insight_top_api_calls", "Calls of a busy API in its last closed minute.")};
  ShownGauges top_errors{
      gauges(registry, "insight_top_api_errors", "Calls of a busy API that failed in its last closed minute.")};
  ShownGauges top_expected{gauges(registry, "insight_top_api_expected_calls",
                                  "Bounds and mean of what was expected of a busy API's last closed minute.")};
  ShownGauges top_score{gauges(registry, "insight_top_api_score", "Score of a busy API's last closed minute.")};
  ShownGauges top_insights{gauges(registry, "insight_top_open_insights", "1 for an insight that is open.")};
};

Metrics::Metrics(const std::string& version, const std::string& revision)
    : impl_(std::make_unique<Impl>(version, revision)) {}
Metrics::~Metrics() = default;

void Metrics::add_received(uint64_t records, uint64_t bytes) {
  impl_->received.Increment(static_cast<double>(records));
  impl_->received_bytes.Increment(static_cast<double>(bytes));
}
void Metrics::add_processed(uint64_t records) { impl_->processed.Increment(static_cast<double>(records)); }
void Metrics::add_dropped(core::DropReason reason, uint64_t records) {
  impl_->dropped[place(reason)]->Increment(static_cast<double>(records));
}
void Metrics::add_dropped(const core::DropCounts& records) {
  for (size_t i = 0; i < records.size(); ++i)
    if (records[i] > 0) impl_->dropped[i]->Increment(static_cast<double>(records[i]));
}
void Metrics::add_calls_batches(Direction direction, uint64_t batches) {
  impl_->calls_batches[place(direction)]->Increment(static_cast<double>(batches));
}
void Metrics::add_minutes_closed(uint64_t minutes) { impl_->minutes_closed.Increment(static_cast<double>(minutes)); }
void Metrics::add_missing_minutes(uint64_t minutes) { impl_->missing_minutes.Increment(static_cast<double>(minutes)); }
void Metrics::add_thinned_minutes(uint64_t minutes) { impl_->thinned_minutes.Increment(static_cast<double>(minutes)); }
void Metrics::add_apis_refused(uint64_t apis) { impl_->apis_refused.Increment(static_cast<double>(apis)); }
void Metrics::add_detect_time(std::chrono::nanoseconds took) {
  impl_->detect_seconds.Increment(std::chrono::duration<double>(took).count());
}
void Metrics::add_insights(core::InsightType type, core::Reason reason, core::InsightState state, uint64_t insights) {
  impl_->insights[place(type)][place(reason)][place(state)]->Increment(static_cast<double>(insights));
}
void Metrics::add_restore_records(uint64_t records) { impl_->restore_records.Increment(static_cast<double>(records)); }
void Metrics::add_rebalances(Stage stage, uint64_t rebalances) {
  impl_->rebalances[place(stage)]->Increment(static_cast<double>(rebalances));
}
void Metrics::add_config_reload(Reloaded result) { impl_->config_reloads[place(result)]->Increment(); }
void Metrics::add_transaction(Outcome outcome, core::Duration took) {
  impl_->transactions[place(outcome)]->Increment();
  impl_->transaction_duration.Observe(seconds(took));
}
void Metrics::observe_detection_latency(core::Duration latency) { impl_->detection_latency.Observe(seconds(latency)); }

void Metrics::set_open_minutes(uint64_t minutes) { impl_->open_minutes.Set(static_cast<double>(minutes)); }
void Metrics::set_apis(uint64_t apis) { impl_->apis.Set(static_cast<double>(apis)); }
void Metrics::set_series(uint64_t series) { impl_->series.Set(static_cast<double>(series)); }
void Metrics::set_open_insights(core::InsightType type, uint64_t insights) {
  impl_->open_insights[place(type)]->Set(static_cast<double>(insights));
}
void Metrics::set_partitions_assigned(Stage stage, uint64_t partitions) {
  impl_->partitions_assigned[place(stage)]->Set(static_cast<double>(partitions));
}
void Metrics::set_restore_remaining(uint64_t offsets) { impl_->restore_remaining.Set(static_cast<double>(offsets)); }
void Metrics::set_refused_partitions(uint64_t partitions) {
  impl_->refused_partitions.Set(static_cast<double>(partitions));
}
void Metrics::set_restoring_partitions(uint64_t partitions) {
  impl_->restoring_partitions.Set(static_cast<double>(partitions));
}
void Metrics::set_watermark(core::Timestamp watermark) { impl_->watermark.Set(seconds(watermark.time_since_epoch())); }
void Metrics::set_input_lag(core::Duration lag) { impl_->input_lag.Set(seconds(lag)); }
void Metrics::set_input_lag_records(uint64_t records) { impl_->input_lag_records.Set(static_cast<double>(records)); }
void Metrics::set_memory(uint64_t bytes, uint64_t limit_bytes) {
  impl_->memory.Set(static_cast<double>(bytes));
  impl_->memory_limit.Set(static_cast<double>(limit_bytes));
}
void Metrics::set_top_apis(std::span<const TopApi> apis) {
  std::map<Labels, double> calls;
  std::map<Labels, double> errors;
  std::map<Labels, double> expected;
  std::map<Labels, double> score;
  for (const TopApi& top : apis) {
    const Labels labels = labels_of(top.api);
    calls[labels] = top.calls;
    errors[labels] = top.errors;
    expected[with(labels, "bound", "lower")] = top.expected.lower;
    expected[with(labels, "bound", "mean")] = top.expected.mean;
    expected[with(labels, "bound", "upper")] = top.expected.upper;
    score[labels] = top.score;
  }
  impl_->top_calls.show(calls);
  impl_->top_errors.show(errors);
  impl_->top_expected.show(expected);
  impl_->top_score.show(score);
}

void Metrics::set_top_insights(std::span<const TopInsight> insights) {
  std::map<Labels, double> open;
  for (const TopInsight& insight : insights) {
    Labels labels = with(labels_of(insight.api), "error_code", insight.error_code);
    labels = with(std::move(labels), "type", to_string(insight.type));
    labels = with(std::move(labels), "reason", to_string(insight.reason));
    open[with(std::move(labels), "caller", insight.caller)] = 1;
  }
  impl_->top_insights.show(open);
}

void Metrics::set_ready(bool ready) { impl_->ready.Set(ready ? 1 : 0); }

std::string Metrics::exposition() const { return prometheus::TextSerializer().Serialize(impl_->registry.Collect()); }

}  // namespace insight::telemetry
