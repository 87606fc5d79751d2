// Pooling the shape of the week over the series of an account.
//
// Method: in each hour bin the ratio of the series' discounted counts to what their own level alone would expect,
// each series weighted so that it stands for at most 20 expected events, with a prior of 10 events at ratio 1; then
// scaled to a mean of 1 over the week. How much the result is trusted grows with the visits of the bin that the
// series have seen on average: extra variance 1 / (1 + 4 visits).
//
// Blind to: groups of different shapes within one account (two offices, batch beside people): each series then
// leans on a mixture until its own bins have enough visits.
//
// Source: our own; the capped ratio is a common-odds estimate in the manner of Mantel and Haenszel 1959.
#include "models/profile.h"

#include <algorithm>

#include "models/bytes.h"
#include "models/count_model.h"

namespace insight::models {
namespace {

constexpr double kPriorEvents = 10.0;
constexpr double kUnseenVariance = 1.0;
constexpr double kVisitWeight = 4.0;

}  // namespace

Profile::Profile() {
  factors.fill(1.0);
  extra_variances.fill(kUnseenVariance);
}

void Profile::persist(std::string& out) const {
  for (const double factor : factors) put_double(out, factor);
  for (const double variance : extra_variances) put_double(out, variance);
}

bool Profile::restore(std::string_view& in) {
  for (double& factor : factors) {
    if (!take_double(in, factor)) return false;
  }
  for (double& variance : extra_variances) {
    if (!take_double(in, variance)) return false;
  }
  return true;
}

void ProfilePool::add(const CountModel& model) {
  const double level = model.level_per_minute();
  for (int bin = 0; bin < kHourBins; ++bin) {
    const auto b = static_cast<size_t>(bin);
    const Season::HourBin& hour = model.season().hour(bin);
    const double expected = hour.minutes * level;
    const double weight = std::min(1.0, kMostEvents / std::max(expected, 1e-9));
    observed_[b] += weight * hour.count;
    expected_[b] += weight * expected;
    visits_[b] += hour.visits;
  }
  series_ += 1.0;
}

Profile ProfilePool::finish() const {
  Profile profile;
  if (series_ < 1.0) return profile;
  double week = 0.0;
  for (size_t b = 0; b < profile.factors.size(); ++b) {
    profile.factors[b] = (observed_[b] + kPriorEvents) / (expected_[b] + kPriorEvents);
    profile.extra_variances[b] = kUnseenVariance / (1.0 + kVisitWeight * visits_[b] / series_);
    week += profile.factors[b] * (b < 24 ? 5.0 : 2.0);
  }
  const double mean = std::max(week / 168.0, 1e-6);
  for (double& factor : profile.factors) factor /= mean;
  return profile;
}

}  // namespace insight::models
