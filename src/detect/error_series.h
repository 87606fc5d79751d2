// One error code of one API: its two models, its bounds and its insights.
#pragma once

#include <cstdint>
#include <optional>

#include "detect/call_series.h"
#include "models/error_rate_model.h"

namespace insight::detect {

// What the calls of an API say of the errors of one minute ahead.
struct RateBound {
  models::ErrorRateModel::RateBound rate;
  double ceiling = 0;   // more calls than the minute is expected to have
};
// Early Starts of errors want more than the close does: calls that are still to come thin the errors out.
constexpr double kEarlyErrorMargin = 4.0;   // on the score: ten thousand times rarer
using RateBounds = FixedBounds<RateBound>;

// Whether errors cross both bounds. Calls are taken at their ceiling, so that calls still to come cannot
// make an early Start wrong.
std::optional<Verdict> judge_errors(uint64_t errors, const models::CountModel::Bound* count, const RateBound* rate,
                                    const models::CountModel& model);

// As it is kept: to 24 bits.
RateBound rounded(const RateBound& bound);
// Of bounds that were rounded.
void persist_bounds(core::ByteWriter& out, core::Minute through, const RateBounds& bounds);
bool restore_bounds(core::ByteReader& in, core::Minute through, RateBounds& bounds);

// An error insight needs both: the share of calls that fail is surprising, and so is the number of errors;
// so a surge of calls raises none by itself. Used like CallSeries.
class ErrorSeries {
 public:
  // The models have seen every minute up to now, without an error of this code.
  ErrorSeries(const CallSeries& count, const models::ErrorRateModel& rate, const RateBounds& rate_bounds)
      : count_(count.model()), rate_(rate), count_bounds_(count.bounds()), rate_bounds_(rate_bounds) {}

  // `calls`: all attempts of the API in the minute; `ceiling`: more than any minute ahead is expected to have.
  InsightMachine::Change close(core::Minute minute, uint64_t errors, uint64_t calls, double ceiling,
                               const models::Profile& profile, int32_t history_minutes, const Sensitivity& sensitivity,
                               InsightMachine& machine);
  InsightMachine::Change skip(core::Minute minute, const models::Profile& profile, InsightMachine& machine);

  std::optional<Verdict> judge_open(core::Minute minute, uint64_t errors) const;

  const models::CountModel& count_model() const { return count_; }
  const models::ErrorRateModel& rate_model() const { return rate_; }
  const Acquaintance& acquaintance() const { return acquaintance_; }

  void persist(core::ByteWriter& out, core::Minute through) const;
  bool restore(core::ByteReader& in, core::Minute through);

 private:
  static constexpr double kErrorsMin = 3;   // fewer never stand out

  bool stands_out(core::Minute minute, double errors, const models::Profile& profile, double threshold) const;
  Verdict judge_closed(core::Minute minute, uint64_t errors, const models::CountScore& count,
                       const models::ErrorScore& rate, const Sensitivity& sensitivity, bool armed, bool open) const;

  models::CountModel count_;
  models::ErrorRateModel rate_;
  Acquaintance acquaintance_;
  CountBounds count_bounds_;
  RateBounds rate_bounds_;
};

}  // namespace insight::detect
