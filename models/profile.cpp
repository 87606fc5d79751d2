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

#include "models/count_model.h"

namespace insight::models {
namespace {

constexpr double kPriorEvents = 10.0;
constexpr double kUnseenVariance = 1.0;
constexpr double kVisitWeight = 4.0;

}  // namespace

Profile::Profile() {
  factors.setOnes();
  extra_variances.setConstant(kUnseenVariance);
}

void Profile::persist(ByteWriter& out) const {
  for (const double factor : factors) out.number(factor);
  for (const double variance : extra_variances) out.number(variance);
}

void Profile::restore(ByteReader& in) {
  for (double& factor : factors) factor = in.finite();
  for (double& variance : extra_variances) variance = in.finite();
}

void ProfilePool::add(const CountModel& model) {
  HourVector counts;
  HourVector minutes;
  HourVector visits;
  for (int bin = 0; bin < kHourBins; ++bin) {
    const Season::HourBin hour = model.season().hour(bin);
    counts[bin] = hour.count;
    minutes[bin] = hour.minutes;
    visits[bin] = hour.visits;
  }
  const HourVector expected = minutes * model.level_per_minute();
  const HourVector weights = (kMostEvents / expected.max(1e-9)).min(1.0);
  observed_ += weights * counts;
  expected_ += weights * expected;
  visits_ += visits;
  series_ += 1.0;
}

Profile ProfilePool::finish() const {
  Profile profile;
  if (series_ < 1.0) return profile;
  profile.factors = (observed_ + kPriorEvents) / (expected_ + kPriorEvents);
  profile.extra_variances = kUnseenVariance / (1.0 + kVisitWeight * visits_ / series_);
  // Five working days and two weekend days of 24 hours are the 168 of a week.
  const double week = 5.0 * profile.factors.head<24>().sum() + 2.0 * profile.factors.tail<24>().sum();
  profile.factors /= std::max(week / 168.0, 1e-6);
  return profile;
}

}  // namespace insight::models
