#include "detect/error_series.h"

#include <algorithm>
#include <string>
#include <vector>

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
    count_bounds_.fix(ahead, count_.one_minute_bound(ahead.value, profile, early));
    rate_bounds_.fix(ahead, {rate_.one_minute_bound(early), ceiling});
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

void persist_bounds(core::ByteWriter& out, Minute through, const RateBounds& bounds) {
  bounds.for_each_after(through, [&](Minute minute, const RateBound& bound) {
    out.varint(static_cast<uint64_t>(minute - through));
    for (const double value : {bound.rate.alpha, bound.rate.beta, bound.rate.raw_needed, bound.ceiling})
      out.number(value);
  });
  out.varint(0);
}

bool restore_bounds(core::ByteReader& in, Minute through, RateBounds& bounds) {
  const auto read_ahead = [&] {
    return static_cast<int32_t>(in.varint_up_to(static_cast<uint64_t>(bounds.horizon())));
  };
  for (int32_t ahead = read_ahead(); ahead > 0 && in.ok(); ahead = read_ahead()) {
    RateBound bound;
    for (double* value : {&bound.rate.alpha, &bound.rate.beta, &bound.rate.raw_needed, &bound.ceiling})
      *value = in.number();
    bounds.fix(through + ahead, bound);
  }
  return in.ok();
}

void ErrorSeries::persist(core::ByteWriter& out, Minute through) const {
  std::string model;
  count_.persist(model);
  out.text(model);
  model.clear();
  rate_.persist(model);
  out.text(model);
  acquaintance_.persist(out);
  persist_bounds(out, through, count_bounds_);
  persist_bounds(out, through, rate_bounds_);
}

bool ErrorSeries::restore(core::ByteReader& in, Minute through) {
  std::string_view count = in.text();
  std::string_view rate = in.text();
  if (!count_.restore(count) || !count.empty() || !rate_.restore(rate) || !rate.empty()) return false;
  return acquaintance_.restore(in) && restore_bounds(in, through, count_bounds_) &&
         restore_bounds(in, through, rate_bounds_);
}

}  // namespace insight::detect
