#include "partition/insight_record.h"

#include <algorithm>

namespace insight::partition {

using core::Attribute;
using count::ValueCount;

namespace {

constexpr size_t kValuesListed = 5;

double average(uint64_t count, int32_t minutes) { return minutes > 0 ? static_cast<double>(count) / minutes : 0.0; }

// The most frequent values, by count descending, ties by value ascending.
std::vector<core::ValueAverage> top_values(std::vector<ValueCount> counts, int32_t minutes) {
  std::sort(counts.begin(), counts.end(), [](const ValueCount& a, const ValueCount& b) {
    return a.count != b.count ? a.count > b.count : a.value < b.value;
  });
  if (counts.size() > kValuesListed) counts.resize(kValuesListed);
  std::vector<core::ValueAverage> out;
  for (auto& entry : counts) out.push_back({std::move(entry.value), average(entry.count, minutes)});
  return out;
}

bool is_listed(Attribute attribute, const SeriesName& series) {
  if (attribute == Attribute::kErrorCode) return series.type == core::InsightType::kCallRate;
  if (attribute == Attribute::kResource) return series.api.category == core::Category::kData;
  return true;
}

}  // namespace

core::Insight make_insight(const SeriesName& series, core::InsightState state, const detect::OpenInsight& insight,
                           int32_t minutes, const state::Sums& window, const state::Baseline& baseline) {
  core::Insight out;
  out.state = state;
  out.type = series.type;
  out.api = core::ApiKey(series.api);
  out.error_code = series.error_code;
  out.start = insight.start;
  out.duration_minutes = minutes;
  out.baseline_minutes = baseline.minutes;
  out.insight_average = average(window.total, minutes);
  out.baseline_average = average(baseline.sums.total, baseline.minutes);
  for (size_t a = 0; a < core::kAttributeCount; ++a) {
    const auto attribute = static_cast<Attribute>(a);
    if (!is_listed(attribute, series)) continue;
    out.attributions.push_back(
        {attribute, top_values(window.values[a], minutes), top_values(baseline.sums.values[a], baseline.minutes)});
  }
  const auto principal = static_cast<size_t>(Attribute::kPrincipal);
  const bool counted = window.total + baseline.sums.total > 0;
  out.callers_known = !counted || !window.values[principal].empty() || !baseline.sums.values[principal].empty();

  out.reason = insight.reason;
  out.score = insight.score;
  out.expected = insight.expected;
  out.window_minutes = insight.window_minutes;
  out.decided = insight.decided;
  out.early = insight.early;
  out.budget = insight.budget;
  return out;
}

}  // namespace insight::partition
