// Peaks over a threshold with a background of true anomalies.
//
// Method: exceedances of the threshold u are grouped into clusters (30 quiet minutes end one, 60 minutes at most, but that an
// anomaly is one however long). With
// r clusters a day and a mean excess s of their peaks, both discounted with a half-life of up to 14 days,
//   clusters a day with a peak of at least u + x  =  r exp(-x / s),
// the generalised Pareto distribution with shape 0, and value = -log10 of that. If errors fit the model, s is 1.
//
// Of the clusters that were taken for anomalies, a share w = 1 - 0.2 days / count is counted: one in five days is what
// true anomalies may come to, and what is beyond is how the series is. A little (0.05) always counts. Peaks are
// winsorised at 8 s + 4.
//
// Blind to: rare benign bursts, one a week or less, which are reported each time; and for the first days everything,
// when the prior speaks: a mean excess of 1 with the weight of 3 clusters, and for 3 days what chance gives if errors fit
// the model: one cluster a day of a busy series, fewer in proportion where there are fewer than 400 errors a day.
//
// Source: A. Siffer, P.-A. Fouque, A. Termier, C. Largouet, "Anomaly detection in streams with extreme value theory",
// KDD 2017 (SPOT: peaks over a threshold as a stream; there anomalies are left out altogether).
#include "models/error_tail.h"

#include <algorithm>
#include <cmath>

#include "models/packing.h"

namespace insight::models {
namespace {

constexpr double kPriorDays = 3.0;  // weight of the prior of clusters a day
constexpr double kErrorsACluster = 400.0;  // errors a day that may make one cluster a day; more make no more
constexpr double kLeastPrior = 0.02;
constexpr double kPriorPeaks = 3.0;  // weight of the prior of the mean excess, which is 1
constexpr double kAnomaliesPerDay = 0.2;
constexpr double kLeastShare = 0.05;
constexpr double kHalfLifeDays = 14.0;
constexpr double kQuietMinutes = 30.0;  // end a cluster
constexpr double kMostMinutes = 60.0;  // of a cluster
constexpr double kLogTen = 2.302585092994046;
constexpr double kLogTwo = 0.6931471805599453;

// Days of observation that the decayed sums stand for, with the prior's.
double days_known(double age_days) {
  constexpr double kMemory = kHalfLifeDays / kLogTwo;
  return kPriorDays + kMemory * (1.0 - std::exp(-age_days / kMemory));
}

double decay_per_minute(double age_days) {
  return std::exp(-kLogTwo / (1440.0 * std::min(kHalfLifeDays, 1.0 + 0.7 * age_days)));
}

}  // namespace

double ErrorTail::share_normal(double age_days) const {
  if (anomalous_.count <= 0.0) return 0.0;
  return std::max(1.0 - kAnomaliesPerDay * days_known(age_days) / anomalous_.count, kLeastShare);
}

double ErrorTail::mean_excess(double age_days) const {
  const double share = share_normal(age_days);
  const double mean = (ordinary_.peaks + share * anomalous_.peaks + kPriorPeaks) /
                      (ordinary_.count + share * anomalous_.count + kPriorPeaks);
  return std::max(mean, 1.0);
}

double ErrorTail::clusters_per_day(const Known& known) const {
  const double prior = std::min(known.errors_a_day / kErrorsACluster + kLeastPrior, 1.0);
  return (kPriorDays * prior + ordinary_.count + share_normal(known.days) * anomalous_.count) / days_known(known.days);
}

double ErrorTail::value(double surprise, const Known& known) const {
  const double excess = surprise - kThreshold;
  if (excess <= 0.0) return 0.0;
  return std::max((excess / mean_excess(known.days) - std::log(clusters_per_day(known))) / kLogTen, 0.0);
}

double ErrorTail::surprise_for(double wanted, const Known& known) const {
  const double excess = mean_excess(known.days) * (wanted * kLogTen + std::log(clusters_per_day(known)));
  return std::max(kThreshold + excess, std::nextafter(kThreshold, 2.0 * kThreshold));
}

void ErrorTail::learn(double surprise, bool anomalous, double age_days) {
  const double decay = decay_per_minute(age_days);
  for (Clusters* clusters : {&ordinary_, &anomalous_}) {
    clusters->count *= decay;
    clusters->peaks *= decay;
  }
  const double excess = surprise - kThreshold;
  if (excess > 0.0) {
    open_peak_ = std::max(open_peak_, excess);
    quiet_left_ = kQuietMinutes + 1.0;
  }
  if (quiet_left_ <= 0.0) return;
  open_anomalous_ = open_anomalous_ || anomalous;
  quiet_left_ -= 1.0;
  open_minutes_ = std::min(open_minutes_ + 1.0, kMostMinutes);
  if (quiet_left_ > 0.0 && (open_minutes_ < kMostMinutes || anomalous)) return;
  Clusters& clusters = open_anomalous_ ? anomalous_ : ordinary_;
  const double peak = std::min(open_peak_, 8.0 * mean_excess(age_days) + 4.0);
  clusters.count += 1.0;
  clusters.peaks += peak;
  open_peak_ = quiet_left_ = open_minutes_ = 0.0;
  open_anomalous_ = false;
}

void ErrorTail::persist(ByteWriter& out) const {
  for (const double value :
       {ordinary_.count, ordinary_.peaks, anomalous_.count, anomalous_.peaks, open_peak_, quiet_left_, open_minutes_}) {
    pack(out, value);
  }
  out.u8(open_anomalous_ ? 1 : 0);
}

void ErrorTail::restore(ByteReader& in) {
  for (double* value : {&ordinary_.count, &ordinary_.peaks, &anomalous_.count, &anomalous_.peaks, &open_peak_,
                        &quiet_left_, &open_minutes_}) {
    unpack(in, *value);
  }
  open_anomalous_ = in.u8() != 0;
}

}  // namespace insight::models
