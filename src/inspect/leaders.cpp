#include "inspect/leaders.h"

#include <algorithm>

namespace insight::inspect {
namespace {

double rank(const ApiReading& reading) { return std::max(reading.calls.count, reading.calls.mean); }

}  // namespace

void Leaders::on_close(const state::ApiState& api, core::Minute minute, const partition::MinuteTotals& totals,
                       const partition::PooledProfiles& profiles, bool missing) {
  if (most_ == 0 || missing || !api.calls || !api.calls->series) return;
  auto at = readings_.find(api.key.view());
  if (at == readings_.end()) {
    if (totals.calls == 0) return;
    if (readings_.size() == most_) {
      const auto least = std::min_element(readings_.begin(), readings_.end(), [](const auto& one, const auto& other) {
        return rank(one.second) < rank(other.second);
      });
      const double expected = api.calls->series->expected(minute, profiles.calls(api.key.account(), minute));
      if (std::max(static_cast<double>(totals.calls), expected) <= kOvertakes * rank(least->second)) return;
      readings_.erase(least);
    }
    const core::ApiKey key(api.key.view());
    at = readings_.emplace(key, ApiReading{key, {}, 0}).first;
  }
  ApiReading& reading = at->second;
  reading.calls = call_point(api, minute, totals, profiles, missing, threshold_);
  reading.errors = 0;
  for (const auto& [code, errors] : totals.errors) reading.errors += errors;
}

}  // namespace insight::inspect
