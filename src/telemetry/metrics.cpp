#include "telemetry/metrics.h"

#include <algorithm>
#include <array>
#include <map>

#include <prometheus/text_serializer.h>

#include "telemetry/families.h"

namespace insight::telemetry {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;

constexpr size_t kLabelBytesMax = 256;
constexpr size_t kTypes = core::kInsightTypeCount;
constexpr size_t kReasons = core::kReasonCount;
constexpr size_t kStates = 2;

// Transactions end within their timeout of 10 s; half of them in some 10 ms.
const Histogram::BucketBoundaries kTransactionSeconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
// From seconds (early Starts) over the lateness (closes) to a backlog of days.
const Histogram::BucketBoundaries kLatencySeconds = {0.5, 1,   2.5, 5,    10,   30,    60,
                                                     300, 600, 900, 1800, 3600, 21600, 86400};
// From the minute itself to the largest window and a long silence.
const Histogram::BucketBoundaries kDelaySeconds = {0, 60, 120, 300, 600, 900, 1800, 3600, 14400, 86400};
constexpr double kSecondsPerMinute = 60;

double seconds(core::Duration duration) { return static_cast<double>(duration.count()) / 1000.0; }
double seconds_of(uint64_t minutes) { return static_cast<double>(minutes) * kSecondsPerMinute; }

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

const std::vector<std::string> kApiLabels = {"account", "region", "event_source", "event_name", "event_category"};

std::vector<std::string> api_labels_and(const std::vector<std::string>& more) {
  std::vector<std::string> labels = kApiLabels;
  labels.insert(labels.end(), more.begin(), more.end());
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

// In the order in which they are told.
class Metrics::Impl {
 public:
  Impl(const std::string& version, const std::string& revision) {
    build_info.Add({{"version", version}, {"revision", revision}}).Set(1);
    for (size_t i = 0; i < core::kDropReasonCount; ++i)
      dropped[i] = &dropped_family.Add({{"reason", std::string(to_string(static_cast<core::DropReason>(i)))}});
    for (size_t type = 0; type < kTypes; ++type) {
      const std::string type_name(to_string(static_cast<core::InsightType>(type)));
      for (size_t reason = 0; reason < kReasons; ++reason) {
        const std::string reason_name(to_string(static_cast<core::Reason>(reason)));
        open_insights[type][reason] = &open_family.Add({{"type", type_name}, {"reason", reason_name}});
        for (size_t state = 0; state < kStates; ++state)
          insights[type][reason][state] =
              &insights_family.Add({{"type", type_name},
                                    {"reason", reason_name},
                                    {"state", std::string(to_string(static_cast<core::InsightState>(state)))}});
      }
    }
  }

  Families families;

  // What comes in.
  Counter& received = families.counter("insight_records_received_total", "Audit events read from the input topics.");
  Counter& processed = families.counter("insight_records_processed_total",
                                        "Audit events that were not dropped, unselected and duplicate ones too.");
  Families::Counters& dropped_family = families.counters(
      "insight_records_dropped_total", "Audit events that were dropped; docs/inputs.md lists the reasons.", {"reason"});
  std::array<Counter*, core::kDropReasonCount> dropped{};
  Counter& received_bytes =
      families.counter("insight_received_bytes_total", "Bytes of the messages read from the input topics.");
  Gauge& input_lag = families.gauge("insight_input_lag_seconds",
                                    "How far the newest event of the slowest input partition is behind the clock.");
  Gauge& input_lag_records =
      families.gauge("insight_input_lag_records", "Records of the input partitions held that are not read yet.");
  std::array<Counter*, 2> calls_batches =
      each(families.counters("insight_calls_batches_total",
                             "Batches written to (produced) and read from (consumed) the calls topic.", {"direction"}),
           "direction", kDirectionNames);

  // What is made of it.
  Gauge& watermark =
      families.gauge("insight_watermark_timestamp_seconds", "Event time up to which every partition held is closed.");
  Counter& closed_time = families.counter("insight_event_time_closed_seconds_total",
                                          "Event time whose minutes were closed, summed over partitions.");
  Counter& missing_time =
      families.counter("insight_event_time_missing_seconds_total",
                       "Event time neither scored nor learned because its events are missing, summed over partitions.");
  Counter& thinned_time = families.counter(
      "insight_event_time_thinned_seconds_total",
      "Event time in which an API had over a million calls a minute and was counted by a sample of their ids.");
  Gauge& open_time = families.gauge("insight_event_time_open_seconds",
                                    "Event time whose minutes still take events, summed over partitions.");
  Counter& detect_seconds =
      families.counter("insight_detect_seconds_total", "Time that counting, scoring and learning took.");
  Gauge& apis = families.gauge("insight_apis", "APIs known to the partitions held.");
  Gauge& series = families.gauge("insight_series",
                                 "Call rates and error codes known to the partitions held; past 10,000 APIs they and "
                                 "the open insights are counted once a minute.");
  Counter& apis_refused = families.counter("insight_apis_refused_total",
                                           "APIs not admitted because their partition holds as many as it may.");

  // What comes out.
  Families::Counters& insights_family =
      families.counters("insight_insights_total", "Insights records written.", {"type", "reason", "state"});
  std::array<std::array<std::array<Counter*, kStates>, kReasons>, kTypes> insights{};
  Families::Gauges& open_family =
      families.gauges("insight_open_insights", "Insights that have started and not ended.", {"type", "reason"});
  std::array<std::array<Gauge*, kReasons>, kTypes> open_insights{};
  Histogram& detection_latency = families.histogram(
      "insight_detection_latency_seconds",
      "From the time of the event that crossed a bound to the writing of the Start, by the clock.", kLatencySeconds);
  Histogram& detection_delay = families.histogram(
      "insight_detection_delay_seconds",
      "From an insight's first minute to the minute that showed it, in event time: how much it took to be sure.",
      kDelaySeconds);

  // Kafka.
  std::array<Counter*, 2> transactions =
      each(families.counters("insight_transactions_total", "Kafka transactions, by how they ended.", {"result"}),
           "result", kOutcomeNames);
  Histogram& transaction_duration = families.histogram(
      "insight_transaction_duration_seconds", "From the beginning of a transaction to its end.", kTransactionSeconds);
  std::array<Counter*, 2> rebalances = each(
      families.counters("insight_rebalances_total", "Changes of the partitions assigned to this process.", {"stage"}),
      "stage", kStageNames);
  std::array<Gauge*, 2> partitions_assigned =
      each(families.gauges("insight_partitions_assigned", "Partitions assigned to this process.", {"stage"}), "stage",
           kStageNames);
  Gauge& refused_partitions = families.gauge(
      "insight_refused_partitions", "Partitions assigned but not read, because limits.memory does not allow them.");
  Counter& restore_records =
      families.counter("insight_restore_records_total", "Records of the state topic read to restore partitions.");
  Gauge& restoring_partitions =
      families.gauge("insight_restoring_partitions", "Partitions whose state is being restored.");
  Gauge& restore_remaining =
      families.gauge("insight_restore_remaining_offsets",
                     "Offsets of the state topic that restores have still to read; compaction leaves fewer records.");

  // The process.
  Gauge& memory = families.gauge("insight_memory_bytes", "Resident memory of the process.");
  Gauge& memory_limit = families.gauge("insight_memory_limit_bytes", "limits.memory of the configuration.");
  std::array<Counter*, 2> config_reloads =
      each(families.counters("insight_config_reloads_total", "Times the configuration was read again.", {"result"}),
           "result", kReloadedNames);
  Gauge& ready = families.gauge("insight_ready", "1 if /readyz says ready, else 0.");
  Families::Gauges& build_info =
      families.gauges("insight_build_info", "Always 1; its labels say what runs.", {"version", "revision"});

  // By name, if telemetry.top_apis asks for it.
  ShownGauges top_calls{
      families.gauges("insight_top_api_calls", "Calls of a busy API in its last closed minute.", kApiLabels)};
  ShownGauges top_errors{families.gauges("insight_top_api_errors",
                                         "Calls of a busy API that failed in its last closed minute.", kApiLabels)};
  ShownGauges top_expected{
      families.gauges("insight_top_api_expected_calls",
                      "What was expected of a busy API's last closed minute; bound is lower, mean or upper.",
                      api_labels_and({"bound"}))};
  ShownGauges top_score{
      families.gauges("insight_top_api_score", "Score of a busy API's last closed minute.", kApiLabels)};
  ShownGauges top_insights{
      families.gauges("insight_top_open_insights",
                      "1 for an open insight; caller made most of its calls, and is empty after a restart.",
                      api_labels_and({"type", "error_code", "reason", "caller"}))};
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
void Metrics::add_minutes_closed(uint64_t minutes) { impl_->closed_time.Increment(seconds_of(minutes)); }
void Metrics::add_missing_minutes(uint64_t minutes) { impl_->missing_time.Increment(seconds_of(minutes)); }
void Metrics::add_thinned_minutes(uint64_t minutes) { impl_->thinned_time.Increment(seconds_of(minutes)); }
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
void Metrics::observe_detection(core::Duration latency, core::Duration delay) {
  impl_->detection_latency.Observe(seconds(latency));
  impl_->detection_delay.Observe(seconds(delay));
}

void Metrics::set_open_minutes(uint64_t minutes) { impl_->open_time.Set(seconds_of(minutes)); }
void Metrics::set_apis(uint64_t apis) { impl_->apis.Set(static_cast<double>(apis)); }
void Metrics::set_series(uint64_t series) { impl_->series.Set(static_cast<double>(series)); }
void Metrics::set_open_insights(core::InsightType type, core::Reason reason, uint64_t insights) {
  impl_->open_insights[place(type)][place(reason)]->Set(static_cast<double>(insights));
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

std::string Metrics::exposition() const {
  return prometheus::TextSerializer().Serialize(impl_->families.registry().Collect());
}

std::vector<MetricDescription> Metrics::descriptions() const { return impl_->families.descriptions(); }

}  // namespace insight::telemetry
