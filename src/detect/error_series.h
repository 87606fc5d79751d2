// One error code of one API: its model, its bounds and its insights.
#pragma once

#include <cstdint>
#include <optional>

#include "detect/call_series.h"
#include "detect/error_bounds.h"
#include "models/error_rate_model.h"

namespace insight::detect {

// What the errors that an open minute has so far say by themselves: an alarming verdict, or nothing. `call_peak` as
// ErrorBounds has it; the verdict's score is at least `threshold`.
std::optional<Verdict> judge_errors(core::Minute minute, uint64_t errors, const ErrorBounds& bounds,
                                    const models::ErrorRateModel& model, double call_peak, double threshold);

// An error insight needs both: the share of calls that fail is surprising, and so many errors are unusual for the hour;
// so a surge of calls raises none by itself. Used like CallSeries.
class ErrorSeries {
 public:
  // The model has seen every minute up to now, without an error of this code.
  ErrorSeries(const models::ErrorRateModel& model, const ErrorBounds& bounds) : model_(model), bounds_(bounds) {}

  // `calls`: all attempts of the API in the minute; `call_peak`: the most of any minute lately.
  InsightMachine::Change close(core::Minute minute, uint64_t errors, uint64_t calls, double call_peak,
                               int32_t history_minutes, const Sensitivity& sensitivity, InsightMachine& machine);
  InsightMachine::Change skip(core::Minute minute, InsightMachine& machine);

  std::optional<Verdict> judge_open(core::Minute minute, uint64_t errors, double call_peak, double threshold) const {
    return judge_errors(minute, errors, bounds_, model_, call_peak, threshold);
  }

  const models::ErrorRateModel& model() const { return model_; }
  const Acquaintance& acquaintance() const { return acquaintance_; }

  void persist(core::ByteWriter& out, core::Minute through) const;
  bool restore(core::ByteReader& in, core::Minute through);

 private:
  Verdict judge_closed(core::Minute minute, uint64_t errors, double call_peak, const models::ErrorScore& score,
                       const Sensitivity& sensitivity, bool armed, bool open) const;

  models::ErrorRateModel model_;
  Acquaintance acquaintance_;
  ErrorBounds bounds_;
};

}  // namespace insight::detect
