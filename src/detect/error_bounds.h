// From how many errors on an open minute is declared: fixed ahead of time, like the bounds of calls.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "core/time.h"
#include "detect/fixed_bounds.h"
#include "models/error_rate_model.h"

namespace insight::detect {

// Bounds of one error code, or of all that an API has not had yet. Calls that are still to come thin errors out, so a
// bound holds whatever they are up to a surge: so many errors would be unusual among kSurge times as many calls as the
// busiest minute had. Found anew every 16 minutes; in between they stay.
class ErrorBounds {
 public:
  static constexpr double kSurge = 20.0;   // times the peak; surges of calls alone raise no error insight up to here
  static constexpr double kFewCalls = 100.0;   // and as many more, for APIs that had hardly any

  explicit ErrorBounds(int32_t lateness_minutes) : bounds_(lateness_minutes + 1) {}

  static double most_calls(double call_peak) { return kSurge * call_peak + kFewCalls; }

  // Fixes the bound of `ahead`; `call_peak`: the most calls of one minute lately.
  void fix(core::Minute ahead, const models::ErrorRateModel& model, double call_peak, double threshold) {
    if (latest_ == 0 || ahead.value % models::ErrorRateModel::kBoundMinutes == 0) {
      latest_ = std::max<uint64_t>(model.alarming_errors(ahead.value, most_calls(call_peak), threshold), 1);
    }
    bounds_.fix(ahead, latest_);
  }

  // The fewest errors that declare the minute; nothing where none is fixed, or no number is enough.
  std::optional<uint64_t> at(core::Minute minute) const {
    const uint64_t* bound = bounds_.at(minute);
    return bound == nullptr || *bound == models::ErrorRateModel::kNoBound ? std::nullopt : std::optional(*bound);
  }

  int32_t lateness_minutes() const { return bounds_.horizon() - 1; }

  void persist(core::ByteWriter& out, core::Minute through) const;
  bool restore(core::ByteReader& in, core::Minute through);

 private:
  FixedBounds<uint64_t> bounds_;
  uint64_t latest_ = 0;   // the last one found; 0: none yet
};

}  // namespace insight::detect
