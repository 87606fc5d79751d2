// The busiest APIs of one task: what they did in the last minute that closed, and what was expected of them.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "inspect/trace.h"

namespace insight::inspect {

// An API's last closed minute.
struct ApiReading {
  core::ApiKey api;
  TracePoint calls;       // the minute, its calls, bounds and score
  uint64_t errors = 0;    // of all codes
};

// Keeps at most so many APIs, however many there are: an API's rank is its calls or what is expected of them, whichever
// is more, and one that is kept gives way only to one of half as much again. So a dashboard's lines last.
class Leaders : public partition::CloseObserver {
 public:
  static constexpr double kOvertakes = 1.5;

  // `threshold`: score at which an insight opens.
  Leaders(size_t most, double threshold) : most_(most), threshold_(threshold) {}

  void on_close(const state::ApiState& api, core::Minute minute, const partition::MinuteTotals& totals,
                const partition::PooledProfiles& profiles, bool missing) override;

  // By API.
  const std::map<core::ApiKey, ApiReading, std::less<>>& readings() const { return readings_; }

 private:
  size_t most_;
  double threshold_;
  std::map<core::ApiKey, ApiReading, std::less<>> readings_;
};

}  // namespace insight::inspect
