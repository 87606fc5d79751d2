// The call rate of one API: its model, its bounds and its insights.
#pragma once

#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "detect/fixed_bounds.h"
#include "detect/insight_machine.h"
#include "detect/verdict.h"
#include "models/count_model.h"
#include "models/profile.h"

namespace insight::detect {

// As it is kept: to 24 bits.
struct KeptBound {
  models::Single mean;
  models::Single size;
  models::Single raw_needed;

  KeptBound() = default;
  KeptBound(const models::CountModel::Bound& bound)   // NOLINT: meant to convert
      : mean(bound.mean), size(bound.size), raw_needed(bound.raw_needed) {}
  models::CountModel::Bound bound() const { return {mean, size, raw_needed}; }
  bool operator==(const KeptBound&) const = default;
};

using CountBounds = FixedBounds<KeptBound>;

// What detection is told once, for every series of a kind.
struct Sensitivity {
  double threshold = 0;            // score at which a minute is reported
  double budget = 0;               // detection.alert_budget it was made from
  int32_t lateness_minutes = 10;
};

// Scores, detects and learns, in this order, minute by minute without gaps: close() or skip(). Not
// thread-safe; a few kilobytes.
class CallSeries {
 public:
  // `model` has seen every minute of the engine's history up to now, without a call.
  CallSeries(const models::CountModel& model, int32_t lateness_minutes);

  // Closes a minute and drives the series' machine; the change refers to machine.insight().
  InsightMachine::Change close(core::Minute minute, uint64_t calls, const models::Profile& profile,
                               int32_t history_minutes, const Sensitivity& sensitivity, InsightMachine& machine);
  InsightMachine::Change skip(core::Minute minute, const models::Profile& profile, InsightMachine& machine);

  // What the calls that an open minute has so far say by themselves: an alarming verdict, or nothing.
  std::optional<Verdict> judge_open(core::Minute minute, uint64_t calls) const;

  double expected(core::Minute minute, const models::Profile& profile) const {
    return model_.expected(minute.value, profile);
  }

  const models::CountModel& model() const { return model_; }
  const CountBounds& bounds() const { return bounds_; }
  const Acquaintance& acquaintance() const { return acquaintance_; }

  void persist(core::ByteWriter& out, core::Minute through) const;
  bool restore(core::ByteReader& in, core::Minute through);

 private:
  Verdict judge_closed(core::Minute minute, uint64_t calls, const models::CountScore& score,
                       const Sensitivity& sensitivity, bool armed, bool open) const;

  models::CountModel model_;
  Acquaintance acquaintance_;
  CountBounds bounds_;
};

void persist_bounds(core::ByteWriter& out, core::Minute through, const CountBounds& bounds);
bool restore_bounds(core::ByteReader& in, core::Minute through, CountBounds& bounds);

// Reason of a score's kind; an increase where nothing stands out.
core::Reason reason_of(models::CountScore::Kind kind);
// Bounds in the words of a record: not below zero, and finite: where no count is too high, kNoUpperBound.
constexpr double kNoUpperBound = 1e15;
core::Expected expected_of(const models::CountModel::Bound& bound);
core::Expected expected_of(const models::CountModel::Bounds& bounds);

}  // namespace insight::detect
