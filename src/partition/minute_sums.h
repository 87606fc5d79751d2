// What the rows of one API and minute add up to, for each of its series.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "state/api_state.h"

namespace insight::partition {

// Calls of the minute. `errors` by code as counted, each once, ordered; a code beyond the API's fill is "(other)".
struct MinuteTotals {
  uint64_t calls = 0;      // that count for the call rate
  uint64_t attempts = 0;   // that count for error rates, failed or not
  std::vector<std::pair<std::string_view, uint64_t>> errors;   // borrow from the API's slots
};

MinuteTotals totals_of(const state::ApiState& api, const count::OpenMinute& minute);

// With attributions: of the call series, and of one error code. A missing value counts under "null";
// pre-aggregated history tells error codes only. Resources are listed for data events alone. Fills `sums`, which
// borrows from the API's slots.
void call_sums(const state::ApiState& api, const count::OpenMinute& minute, state::MinuteSums& sums);
void error_sums(const state::ApiState& api, const count::OpenMinute& minute, std::string_view code,
                state::MinuteSums& sums);

}  // namespace insight::partition
