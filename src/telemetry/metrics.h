// What the daemon says of itself to Prometheus.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/drop_reason.h"
#include "core/insight.h"
#include "core/time.h"

namespace insight::telemetry {

enum class Stage : uint8_t { kIntake, kDetect };              // label `stage`: intake, detect
enum class Direction : uint8_t { kProduced, kConsumed };      // label `direction`: produced, consumed
enum class Outcome : uint8_t { kCommitted, kAborted };        // label `result`: committed, aborted
enum class Reloaded : uint8_t { kApplied, kRefused };         // label `result`: applied, refused

// One of the busiest APIs: its last closed minute.
struct TopApi {
  core::ApiKey api;
  double calls = 0;
  double errors = 0;
  core::Expected expected;   // calls
  double score = 0;
};

// An insight that has started and not ended.
struct TopInsight {
  core::ApiKey api;
  std::string error_code;    // empty: of calls
  core::InsightType type = core::InsightType::kCallRate;
  core::Reason reason = core::Reason::kIncrease;
  std::string caller;        // who made most of its calls; empty: not known
};

// A family of metrics, for documents.
struct MetricDescription {
  std::string name;
  std::string type;                  // counter, gauge or histogram
  std::vector<std::string> labels;   // names, without le
  std::string help;                  // a sentence
};

// All metrics of the daemon, by name and meaning. Their names start with insight_, their units are base units,
// counters end in _total. Every label value there can be is there from the start, at 0: a rate over a counter that has
// just appeared would miss its first events. Values from outside are labels only of insight_top_*, which are there for
// the APIs and insights last set, no others.
// insight_insights_total and insight_open_insights carry `type` as records do (ApiCallRateInsight...).
//
// Thread-safe. Counters take what was added since the last call: callers add once per poll, not per event.
// received = processed + sum(dropped), once everything received has gone through.
class Metrics {
 public:
  Metrics(const std::string& version, const std::string& revision);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Audit events; bytes are those of Kafka messages, before decompression.
  void add_received(uint64_t records, uint64_t bytes);
  void add_processed(uint64_t records);
  void add_dropped(core::DropReason reason, uint64_t records);
  void add_dropped(const core::DropCounts& records);

  void add_calls_batches(Direction direction, uint64_t batches);
  void add_minutes_closed(uint64_t minutes);
  void add_missing_minutes(uint64_t minutes);
  void add_apis_refused(uint64_t apis);
  // Minutes of an API whose calls were counted by a sample of their ids.
  void add_thinned_minutes(uint64_t minutes);
  // What counting, scoring and learning took.
  void add_detect_time(std::chrono::nanoseconds took);
  void add_insights(core::InsightType type, core::Reason reason, core::InsightState state, uint64_t insights);
  void add_restore_records(uint64_t records);
  void add_rebalances(Stage stage, uint64_t rebalances);
  void add_config_reload(Reloaded result);
  // One transaction that ended.
  void add_transaction(Outcome outcome, core::Duration took);
  // Of one Start. `latency`: wall clock minus event time of the row that crossed the bound. `delay`: event time from the
  // insight's first minute to the one that decided.
  void observe_detection(core::Duration latency, core::Duration delay);

  // Sums over the partitions that this process holds.
  void set_open_minutes(uint64_t minutes);
  void set_apis(uint64_t apis);
  void set_series(uint64_t series);
  void set_open_insights(core::InsightType type, core::Reason reason, uint64_t insights);
  void set_partitions_assigned(Stage stage, uint64_t partitions);
  void set_restoring_partitions(uint64_t partitions);
  // Offsets of the state topic that these restores have still to read.
  void set_restore_remaining(uint64_t offsets);
  // Partitions assigned but not read, because limits.memory does not allow them.
  void set_refused_partitions(uint64_t partitions);
  // The smallest watermark of the partitions held, and how far the newest event of the slowest input partition
  // is behind the clock.
  void set_watermark(core::Timestamp watermark);
  void set_input_lag(core::Duration lag);
  // Records of the events topics that are not read yet, over the partitions held.
  void set_input_lag_records(uint64_t records);
  // Resident memory of the process, and limits.memory.
  void set_memory(uint64_t bytes, uint64_t limit_bytes);
  void set_ready(bool ready);
  // In the place of those that were set before. The caller caps how many there are.
  void set_top_apis(std::span<const TopApi> apis);
  void set_top_insights(std::span<const TopInsight> insights);

  // The text that /metrics serves (Prometheus text format 0.0.4).
  std::string exposition() const;
  // Every family, also those of which nothing is shown yet; in an order for people.
  std::vector<MetricDescription> descriptions() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace insight::telemetry
