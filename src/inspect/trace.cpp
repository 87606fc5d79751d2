#include "inspect/trace.h"

#include <algorithm>

#include "inspect/portrait.h"

namespace insight::inspect {
namespace {

using models::CountModel;
using models::Profile;

// Bounds of a minute by itself.
void fill_bounds(const CountModel& model, core::Minute minute, const Profile& profile, double threshold,
                 TracePoint& point) {
  const CountModel::Bound bound = model.one_minute_bound(minute.value, profile, threshold);
  models::CountScore alone;
  alone.mean = bound.mean;
  alone.size = bound.size;
  point.mean = bound.mean;
  point.upper = CountModel::upper_bound(bound);
  point.lower = std::max(model.bounds(alone, threshold).lower + 1.0, 0.0);
}

double error_count(const partition::MinuteTotals& totals, std::string_view code) {
  for (const auto& [name, count] : totals.errors)
    if (name == code) return static_cast<double>(count);
  return 0;
}

}  // namespace

TracePoint call_point(const state::ApiState& api, core::Minute minute, const partition::MinuteTotals& totals,
                      const partition::PooledProfiles& profiles, bool missing, double threshold) {
  TracePoint point;
  point.minute = minute;
  point.missing = missing;
  const Profile& profile = profiles.calls(api.key.account(), minute);
  CountModel model = api.calls->series->model();
  fill_bounds(model, minute, profile, threshold, point);
  point.count = static_cast<double>(totals.calls);
  if (!missing) point.score = model.score(minute.value, point.count, profile).value;
  return point;
}

void Trace::on_close(const state::ApiState& api, core::Minute minute, const partition::MinuteTotals& totals,
                     const partition::PooledProfiles& profiles, bool missing) {
  if (!is_meant(api.key.view(), request_.api)) return;
  apis_.emplace(api.key.view());
  if (minute < request_.from || minute >= request_.until) return;
  if (request_.error_code.empty()) {
    if (api.calls && api.calls->series)
      points_.push_back(call_point(api, minute, totals, profiles, missing, request_.threshold));
    return;
  }
  TracePoint point;
  point.minute = minute;
  point.missing = missing;
  const state::ErrorTrack* track = api.find_error(request_.error_code);
  if (track == nullptr || !track->series) return;
  point.count = error_count(totals, request_.error_code);
  const double calls = std::max(static_cast<double>(totals.attempts), point.count);
  models::ErrorRateModel model = track->series->model();
  const models::ErrorScore score = model.score(minute.value, point.count, calls);
  models::ErrorScore alone;   // the minute by itself, whatever window decided
  alone.basis = score.basis;
  alone.calls = calls;
  point.mean = std::max(calls * score.basis.rate, score.basis.habitual);
  point.upper = std::min(model.upper_bound(alone, request_.threshold), calls + 1.0);  // more cannot fail
  if (!missing) point.score = score.value;
  points_.push_back(point);
}

}  // namespace insight::inspect
