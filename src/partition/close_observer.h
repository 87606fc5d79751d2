// Looks on while minutes close.
#pragma once

#include "core/time.h"
#include "partition/minute_sums.h"
#include "partition/pooled_profiles.h"
#include "state/api_state.h"

namespace insight::partition {

// Told of every minute that closes for an API that has begun, just before the minute is scored and learned: whoever
// scores a copy of a series' model then sees what the task is about to decide, and why. Changes nothing; must not throw.
class CloseObserver {
 public:
  virtual ~CloseObserver() = default;
  // `missing`: the minute's events are lost; it is neither scored nor learned.
  virtual void on_close(const state::ApiState& api, core::Minute minute, const MinuteTotals& totals,
                        const PooledProfiles& profiles, bool missing) = 0;
};

}  // namespace insight::partition
