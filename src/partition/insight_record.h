// Puts together what an insight's records report.
#pragma once

#include "core/insight.h"
#include "detect/insight_machine.h"
#include "state/series_ledger.h"

namespace insight::partition {

// The series that an insight is about.
struct SeriesName {
  core::ApiKeyView api;
  core::InsightType type;
  std::string_view error_code;   // error-rate series only
};

// A Start reports [start, start + minutes) with `window`, its sums; an End the whole span.
core::Insight make_insight(const SeriesName& series, core::InsightState state, const detect::OpenInsight& insight,
                           int32_t minutes, const state::Sums& window, const state::Baseline& baseline);

}  // namespace insight::partition
