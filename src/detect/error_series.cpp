#include "detect/error_series.h"

#include <algorithm>
#include <array>
#include <vector>

#include "detect/bounds_record.h"
#include "models/negative_binomial.h"

namespace insight::detect {

using core::Minute;
using models::CountModel;
using models::CountScore;
using models::ErrorRateModel;
using models::ErrorScore;

InsightMachine::Change ErrorSeries::close(Minute minute, uint64_t errors, uint64_t calls, double ceiling,
                                          const models::Profile& profile, int32_t history_minutes,
                                          const Sensitivity& sensitivity, InsightMachine& machine) {
  if (errors > 0) acquaintance_.note(minute);
  const bool armed = acquaintance_.armed(minute, history_minutes);
  const double failed = static_cast<double>(errors);
  const bool many = stands_out(minute, failed, profile, sensitivity.threshold);
  const CountScore count = count_.score(minute.value, failed, profile);
  const ErrorScore rate = rate_.score(minute.value, failed, static_cast<double>(std::max(calls, errors)));
  Verdict verdict = judge_closed(minute, errors, count, rate, sensitivity, armed, machine.is_open());
  verdict.outside = verdict.outside || (many && rate.abnormal);
  const auto change = machine.close(minute, verdict, sensitivity.budget);
  count_.learn(count, sensitivity.threshold, armed);
  rate_.learn(rate);
  if (armed) {
    const Minute ahead = minute + (sensitivity.lateness_minutes + 1);
    const double early = sensitivity.threshold + kEarlyErrorMargin;
    count_bounds_.fix(ahead, rounded(count_.one_minute_bound(ahead.value, profile, early)));
    rate_bounds_.fix(ahead, rounded({rate_.one_minute_bound(early), ceiling}));
  }
  return change;
}

// Whether the minute alone has too many errors. The bounds fixed ahead do not tell for long: they are wider, and
// widen with the first errors; an insight's span would end with the last one fixed before those.
bool ErrorSeries::stands_out(Minute minute, double errors, const models::Profile& profile, double threshold) const {
  return errors >= kErrorsMin && CountModel::crosses(count_.one_minute_bound(minute.value, profile, threshold), errors);
}

InsightMachine::Change ErrorSeries::skip(Minute minute, const models::Profile& profile, InsightMachine& machine) {
  count_.skip(minute.value, profile);
  rate_.skip(minute.value);
  return machine.skip(minute);
}

Verdict ErrorSeries::judge_closed(Minute minute, uint64_t errors, const CountScore& count, const ErrorScore& rate,
                                  const Sensitivity& sensitivity, bool armed, bool open) const {
  Verdict verdict;
  if (const auto crossing = judge_open(minute, errors)) return *crossing;
  verdict.score = std::min(count.value, rate.value);
  verdict.abnormal = rate.abnormal;
  verdict.alarming = armed && rate.abnormal && verdict.score >= sensitivity.threshold &&
                     (count.kind == CountScore::kIncrease || count.kind == CountScore::kNone);
  if (!verdict.alarming || open) return verdict;
  verdict.window_minutes = count.window;
  verdict.suffix_minutes = count_.split(count);
  verdict.expected = expected_of(count_.bounds(count, sensitivity.threshold));
  return verdict;
}

std::optional<Verdict> ErrorSeries::judge_open(Minute minute, uint64_t errors) const {
  return judge_errors(errors, count_bounds_.at(minute), rate_bounds_.at(minute), count_);
}

std::optional<Verdict> judge_errors(uint64_t errors, const CountModel::Bound* count, const RateBound* rate,
                                    const CountModel& model) {
  const double failed = static_cast<double>(errors);
  if (count == nullptr || rate == nullptr || !CountModel::crosses(*count, failed) ||
      !ErrorRateModel::crosses(rate->rate, failed, std::max(failed, rate->ceiling)))
    return std::nullopt;
  const double surprise = models::negative_binomial_upper(failed, count->mean, count->size);
  return Verdict{.alarming = true,
                 .abnormal = true,
                 .outside = true,
                 .reason = core::Reason::kIncrease,
                 .score = model.tail(0).value(surprise, model.age_days()),
                 .expected = expected_of(*count),
                 .window_minutes = 1,
                 .suffix_minutes = 1};
}

RateBound rounded(const RateBound& bound) {
  using models::Single;
  return {{Single(bound.rate.alpha), Single(bound.rate.beta), Single(bound.rate.raw_needed)}, Single(bound.ceiling)};
}

void persist_bounds(core::ByteWriter& out, Minute through, const RateBounds& bounds) {
  persist_fields(out, through, bounds, [](const RateBound& bound) {
    return std::array{bound.rate.alpha, bound.rate.beta, bound.rate.raw_needed, bound.ceiling};
  });
}

bool restore_bounds(core::ByteReader& in, Minute through, RateBounds& bounds) {
  return restore_fields<4>(in, through, bounds, [](const std::array<double, 4>& fields) {
    return RateBound{{fields[0], fields[1], fields[2]}, fields[3]};
  });
}

void ErrorSeries::persist(core::ByteWriter& out, Minute through) const {
  count_.persist(out);
  rate_.persist(out);
  acquaintance_.persist(out);
  persist_bounds(out, through, count_bounds_);
  persist_bounds(out, through, rate_bounds_);
}

bool ErrorSeries::restore(core::ByteReader& in, Minute through) {
  count_.restore(in);
  rate_.restore(in);
  return acquaintance_.restore(in) && restore_bounds(in, through, count_bounds_) &&
         restore_bounds(in, through, rate_bounds_);
}

}  // namespace insight::detect
