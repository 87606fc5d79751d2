#include "detect/call_series.h"

#include <algorithm>
#include <array>

#include "detect/bounds_record.h"
#include "models/negative_binomial.h"

namespace insight::detect {

using core::Minute;
using models::CountModel;
using models::CountScore;

core::Reason reason_of(CountScore::Kind kind) {
  switch (kind) {
    case CountScore::kNone:
    case CountScore::kIncrease: return core::Reason::kIncrease;
    case CountScore::kDecrease: return core::Reason::kDecrease;
    case CountScore::kSilence: return core::Reason::kSilence;
    case CountScore::kMissedRun: return core::Reason::kMissedRun;
  }
  return core::Reason::kIncrease;
}

core::Expected expected_of(const CountModel::Bound& bound) {
  return {.lower = 0, .mean = bound.mean, .upper = std::min(CountModel::upper_bound(bound), kNoUpperBound)};
}

core::Expected expected_of(const CountModel::Bounds& bounds) {
  return {std::max(bounds.lower, 0.0), bounds.mean, std::min(bounds.upper, kNoUpperBound)};
}

CallSeries::CallSeries(const CountModel& model, int32_t lateness_minutes)
    : model_(model), bounds_(lateness_minutes + 1) {}

InsightMachine::Change CallSeries::close(Minute minute, uint64_t calls, const models::Profile& profile,
                                         int32_t history_minutes, const Sensitivity& sensitivity,
                                         InsightMachine& machine) {
  if (calls > 0) acquaintance_.note(minute);
  const bool armed = acquaintance_.armed(minute, history_minutes);
  const CountScore score = model_.score(minute.value, static_cast<double>(calls), profile);
  const Verdict verdict = judge_closed(minute, calls, score, sensitivity, armed, machine.is_open());
  const auto change = machine.close(minute, verdict, sensitivity.budget);
  model_.learn(score, sensitivity.threshold, armed);
  if (armed) {
    const Minute ahead = minute + (sensitivity.lateness_minutes + 1);
    bounds_.fix(ahead, model_.one_minute_bound(ahead.value, profile, sensitivity.threshold));
  }
  return change;
}

InsightMachine::Change CallSeries::skip(Minute minute, const models::Profile& profile, InsightMachine& machine) {
  model_.skip(minute.value, profile);
  return machine.skip(minute);
}

Verdict CallSeries::judge_closed(Minute minute, uint64_t calls, const CountScore& score, const Sensitivity& sensitivity,
                                 bool armed, bool open) const {
  Verdict verdict;
  verdict.score = score.value;
  verdict.abnormal = score.abnormal;
  if (const auto crossing = judge_open(minute, calls)) {
    verdict = *crossing;
    verdict.score = std::max(verdict.score, score.value);
    if (score.kind != CountScore::kIncrease || score.value < sensitivity.threshold) return verdict;
  }
  const bool alarming = armed && score.abnormal && score.value >= sensitivity.threshold;
  if (!alarming) return verdict;
  verdict.alarming = true;
  verdict.abnormal = true;
  verdict.reason = reason_of(score.kind);
  verdict.window_minutes = score.window;
  if (open) return verdict;   // the rest is of use to a Start alone
  verdict.suffix_minutes = model_.split(score);
  verdict.expected = expected_of(model_.bounds(score, sensitivity.threshold));
  return verdict;
}

std::optional<Verdict> CallSeries::judge_open(Minute minute, uint64_t calls) const {
  const KeptBound* kept = bounds_.at(minute);
  if (kept == nullptr) return std::nullopt;
  const CountModel::Bound bound = kept->bound();
  if (!CountModel::crosses(bound, static_cast<double>(calls))) return std::nullopt;
  const double surprise = models::negative_binomial_upper(static_cast<double>(calls), bound.mean, bound.size);
  return Verdict{.alarming = true,
                 .abnormal = true,
                 .outside = true,
                 .reason = core::Reason::kIncrease,
                 .score = model_.tail(0).value(surprise, model_.age_days()),
                 .expected = expected_of(bound),
                 .window_minutes = 1,
                 .suffix_minutes = 1};
}

void persist_bounds(core::ByteWriter& out, Minute through, const CountBounds& bounds) {
  persist_fields(out, through, bounds,
                 [](const KeptBound& bound) { return std::array{bound.mean, bound.size, bound.raw_needed}; });
}

bool restore_bounds(core::ByteReader& in, Minute through, CountBounds& bounds) {
  return restore_fields<3>(in, through, bounds, [](const std::array<double, 3>& fields) {
    return KeptBound(CountModel::Bound{fields[0], fields[1], fields[2]});
  });
}

void CallSeries::persist(core::ByteWriter& out, Minute through) const {
  model_.persist(out);
  acquaintance_.persist(out);
  persist_bounds(out, through, bounds_);
}

bool CallSeries::restore(core::ByteReader& in, Minute through) {
  model_.restore(in);
  return acquaintance_.restore(in) && restore_bounds(in, through, bounds_);
}

}  // namespace insight::detect
