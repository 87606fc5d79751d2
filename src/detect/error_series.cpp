#include "detect/error_series.h"

#include <algorithm>

namespace insight::detect {

using core::Minute;
using models::ErrorRateModel;
using models::ErrorScore;

InsightMachine::Change ErrorSeries::close(Minute minute, uint64_t errors, uint64_t calls, double call_peak,
                                          int32_t history_minutes, const Sensitivity& sensitivity,
                                          InsightMachine& machine) {
  if (errors > 0) acquaintance_.note(minute);
  const bool armed = acquaintance_.armed(minute, history_minutes);
  const ErrorScore score =
      model_.score(minute.value, static_cast<double>(errors), static_cast<double>(std::max(calls, errors)));
  const Verdict verdict = judge_closed(minute, errors, call_peak, score, sensitivity, armed, machine.is_open());
  const auto change = machine.close(minute, verdict, sensitivity.budget);
  model_.learn(score, armed);
  if (armed) bounds_.fix(minute + (sensitivity.lateness_minutes + 1), model_, call_peak, sensitivity.threshold);
  return change;
}

InsightMachine::Change ErrorSeries::skip(Minute minute, InsightMachine& machine) {
  model_.skip(minute.value);
  return machine.skip(minute);
}

Verdict ErrorSeries::judge_closed(Minute minute, uint64_t errors, double call_peak, const ErrorScore& score,
                                  const Sensitivity& sensitivity, bool armed, bool open) const {
  Verdict verdict;
  verdict.score = score.value;
  verdict.abnormal = score.abnormal;
  verdict.outside = score.minute_value >= sensitivity.threshold;
  if (const auto crossing = judge_open(minute, errors, call_peak, sensitivity.threshold)) {
    verdict = *crossing;
    verdict.score = std::max(verdict.score, score.value);
    if (score.value < sensitivity.threshold) return verdict;
  }
  if (!armed || !score.abnormal || score.value < sensitivity.threshold) return verdict;
  verdict.alarming = true;
  verdict.window_minutes = score.window;
  if (open) return verdict;   // the rest is of use to a Start alone
  verdict.suffix_minutes = model_.split(score);
  verdict.expected =
      expected_of(models::CountModel::Bounds{-1.0, score.expected, model_.upper_bound(score, sensitivity.threshold)});
  return verdict;
}

std::optional<Verdict> judge_errors(Minute minute, uint64_t errors, const ErrorBounds& bounds,
                                    const ErrorRateModel& model, double call_peak, double threshold) {
  const auto bound = bounds.at(minute);
  if (!bound || errors < *bound) return std::nullopt;
  const auto failed = static_cast<double>(errors);
  const double score = model.minute_value(minute.value, failed, std::max(failed, ErrorBounds::most_calls(call_peak)));
  return Verdict{.alarming = true,
                 .abnormal = true,
                 .outside = true,
                 .reason = core::Reason::kIncrease,
                 .score = std::max(score, threshold),
                 .expected = expected_of(models::CountModel::Bounds{-1.0, model.habit().expected(minute.value, 1),
                                                                    static_cast<double>(*bound)}),
                 .window_minutes = 1,
                 .suffix_minutes = 1};
}

void ErrorSeries::persist(core::ByteWriter& out, Minute through) const {
  model_.persist(out);
  acquaintance_.persist(out);
  bounds_.persist(out, through);
}

bool ErrorSeries::restore(core::ByteReader& in, Minute through) {
  model_.restore(in);
  return acquaintance_.restore(in) && bounds_.restore(in, through);
}

}  // namespace insight::detect
