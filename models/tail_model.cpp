// Peaks over a threshold: from a surprise to how often it happens by chance in this very series.
//
// Method: no distribution fits every series, so the surprise of the negative binomial test is not taken at its word.
// Exceedances of a fixed threshold u are grouped into clusters (30 quiet minutes end one, 60 minutes at most); the
// rate of clusters and the mean of their peaks' excess are learned with a half-life of up to 14 days, with a prior
// worth some clusters. With r clusters a day and a mean excess s,
//   clusters a day with a peak of at least u + x  =  r exp(-x / s^0.7),
// and value = -log10 of that. The exponential is the generalised Pareto distribution with shape 0: fitted shapes of
// a few dozen peaks were too noisy. The power 0.7 takes back part of the scale that a few extreme, mostly anomalous,
// peaks give; peaks also are winsorised at 4 s + 4.
//
// Blind to: rare benign peaks whose rhythm exceeds the memory (a monthly batch is a surprise each month), and for the
// first days everything, when the prior speaks.
//
// Source: A. Siffer, P.-A. Fouque, A. Termier, C. Largouet, "Anomaly detection in streams with extreme value theory",
// KDD 2017 (SPOT: peaks over a threshold as a stream).
#include "models/tail_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/packing.h"

namespace insight::models {
namespace {

constexpr double kPriorClustersPerDay = 0.3;   // times one day of observation
constexpr double kPriorExcess = 1.0;
constexpr double kScalePower = 0.7;
constexpr double kLogTen = 2.302585;
constexpr double kLogTwo = 0.6931;
constexpr double kHalfLifeDays = 14.0;
constexpr double kQuietMinutes = 30.0;         // end a cluster
constexpr double kMostMinutes = 60.0;          // of a cluster

// Days of observation that the decayed sums stand for.
double effective_days(double age_days) {
  constexpr double kMemory = kHalfLifeDays * 1.4427;
  return kMemory * (1.0 - std::exp(-age_days / kMemory));
}

}  // namespace

double TailModel::mean_excess() const {
  return (sum_of_peaks_ + prior_clusters_ * kPriorExcess) / (clusters_ + prior_clusters_);
}

double TailModel::clusters_per_day(double age_days) const {
  return (kPriorClustersPerDay + clusters_) / (1.0 + effective_days(age_days));
}

double TailModel::scale() const { return std::pow(std::max(mean_excess(), 1.0), kScalePower); }

double TailModel::value(double surprise, double age_days) const {
  const double excess = surprise - kThreshold;
  if (excess <= 0.0) return 0.0;
  return (excess / scale() - std::log(clusters_per_day(age_days))) / kLogTen;
}

double TailModel::surprise_for(double wanted, double age_days) const {
  const double excess = scale() * (wanted * kLogTen + std::log(clusters_per_day(age_days)));
  if (excess <= 0.0) return std::nextafter(kThreshold, std::numeric_limits<double>::infinity());
  return kThreshold + excess;
}

void TailModel::learn(double surprise, double decay, bool alerted, double alerted_weight) {
  clusters_ *= decay;
  sum_of_peaks_ *= decay;
  const double excess = surprise - kThreshold;
  if (excess > 0.0) {
    open_peak_ = std::max<double>(open_peak_, excess);
    quiet_left_ = kQuietMinutes + 1.0;
  }
  if (quiet_left_ <= 0.0) return;
  quiet_left_ -= 1.0;
  open_minutes_ += 1.0;
  if (quiet_left_ > 0.0 && open_minutes_ < kMostMinutes) return;
  const double peak = std::min<double>(open_peak_, 4.0 * mean_excess() + 4.0);
  const double weight = alerted ? alerted_weight : 1.0;
  clusters_ += weight;
  sum_of_peaks_ += weight * peak;
  open_peak_ = 0.0;
  quiet_left_ = open_minutes_ = 0.0;
}

double TailModel::decay_per_minute(double age_days) {
  return std::exp(-kLogTwo / (1440.0 * std::min(kHalfLifeDays, 1.0 + 0.7 * age_days)));
}

void TailModel::persist(ByteWriter& out) const {
  for (const Single value : {clusters_, sum_of_peaks_, open_peak_}) pack(out, value);
  for (const double minutes : {quiet_left_, open_minutes_}) pack(out, minutes);
}

void TailModel::restore(ByteReader& in) {
  for (Single* value : {&clusters_, &sum_of_peaks_, &open_peak_}) unpack(in, *value);
  for (double* minutes : {&quiet_left_, &open_minutes_}) unpack(in, *minutes);
}

}  // namespace insight::models
