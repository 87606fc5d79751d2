// Peaks over a threshold: from a surprise to how often it happens by chance in this very series.
//
// Method: no distribution fits every series, so the surprise of the negative binomial test is not taken at its word.
// Exceedances of a fixed threshold u are grouped into clusters (30 quiet minutes end one, 60 minutes at most); the
// rate of clusters and the mean of their peaks' excess are learned with a half-life of up to 14 days, with a prior
// worth some clusters. With r clusters a day and a mean excess s, at least 1,
//   clusters a day with a peak of at least u + x  =  r exp(-x / s),
// and value = -log10 of that. The exponential is the generalised Pareto distribution with shape 0: fitted shapes of
// a few dozen peaks were too noisy. Peaks are winsorised at 8 s + 4.
//
// Of the clusters that were taken for anomalies at any of their minutes, a share w = 1 - 0.2 days / count is counted:
// one in five days is what true anomalies may come to, and what is beyond is how the series is. A little (0.05) always
// counts.
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
constexpr double kPriorClusters = 3.0;         // weight of the prior excess
constexpr double kAnomaliesPerDay = 0.2;
constexpr double kLeastShare = 0.05;
constexpr double kWinsorised = 8.0;            // mean excesses
constexpr uint8_t kAnomalousBit = 64;          // beside the quiet minutes of a cluster going on: above all of them
constexpr double kLogTen = 2.302585;
constexpr double kLogTwo = 0.6931;
constexpr double kHalfLifeDays = 14.0;
constexpr uint8_t kQuietMinutes = 30;          // end a cluster
constexpr uint8_t kMostMinutes = 60;           // of a cluster

// Days of observation that the decayed sums stand for.
double effective_days(double age_days) {
  constexpr double kMemory = kHalfLifeDays * 1.4427;
  return kMemory * (1.0 - std::exp(-age_days / kMemory));
}

}  // namespace

double TailModel::share_normal(double age_days) const {
  if (anomalous_.count <= 0.0) return 0.0;
  return std::max(1.0 - kAnomaliesPerDay * (1.0 + effective_days(age_days)) / anomalous_.count, kLeastShare);
}

double TailModel::clusters(double age_days) const {
  return ordinary_.count + share_normal(age_days) * anomalous_.count;
}

double TailModel::mean_excess(double age_days) const {
  const double peaks = ordinary_.peaks + share_normal(age_days) * anomalous_.peaks;
  return (peaks + kPriorClusters * kPriorExcess) / (clusters(age_days) + kPriorClusters);
}

double TailModel::clusters_per_day(double age_days) const {
  return (kPriorClustersPerDay + clusters(age_days)) / (1.0 + effective_days(age_days));
}

double TailModel::scale(double age_days) const { return std::max(mean_excess(age_days), 1.0); }

double TailModel::value(double surprise, double age_days) const {
  const double excess = surprise - kThreshold;
  if (excess <= 0.0) return 0.0;
  return (excess / scale(age_days) - std::log(clusters_per_day(age_days))) / kLogTen;
}

double TailModel::surprise_for(double wanted, double age_days) const {
  const double excess = scale(age_days) * (wanted * kLogTen + std::log(clusters_per_day(age_days)));
  if (excess <= 0.0) return std::nextafter(kThreshold, std::numeric_limits<double>::infinity());
  return kThreshold + excess;
}

void TailModel::learn(double surprise, double decay, bool anomalous, double age_days) {
  for (Clusters* clusters : {&ordinary_, &anomalous_}) {
    clusters->count *= decay;
    clusters->peaks *= decay;
  }
  const double excess = surprise - kThreshold;
  if (excess > 0.0) {
    open_peak_ = std::max<double>(open_peak_, excess);
    quiet_left_ = kQuietMinutes + 1;
  }
  if (quiet_left_ == 0) return;
  open_anomalous_ = open_anomalous_ || anomalous;
  --quiet_left_;
  ++open_minutes_;
  if (quiet_left_ > 0 && open_minutes_ < kMostMinutes) return;
  Clusters& clusters = open_anomalous_ ? anomalous_ : ordinary_;
  clusters.peaks += std::min<double>(open_peak_, kWinsorised * mean_excess(age_days) + 4.0);
  clusters.count += 1.0;
  open_peak_ = 0.0;
  quiet_left_ = open_minutes_ = 0;
  open_anomalous_ = false;
}

double TailModel::decay_per_minute(double age_days) {
  return std::exp(-kLogTwo / (1440.0 * std::min(kHalfLifeDays, 1.0 + 0.7 * age_days)));
}

void TailModel::persist(ByteWriter& out) const {
  for (const Clusters& clusters : {ordinary_, anomalous_}) {
    pack(out, clusters.count);
    pack(out, clusters.peaks);
  }
  out.u8(quiet_left_ | (open_anomalous_ ? kAnomalousBit : 0));
  if (quiet_left_ == 0) return;
  out.u8(open_minutes_);
  pack(out, open_peak_);
}

void TailModel::restore(ByteReader& in) {
  for (Clusters* clusters : {&ordinary_, &anomalous_}) {
    unpack(in, clusters->count);
    unpack(in, clusters->peaks);
  }
  const uint8_t open = in.u8();
  quiet_left_ = open & (kAnomalousBit - 1);
  open_anomalous_ = (open & kAnomalousBit) != 0;
  open_minutes_ = 0;
  open_peak_ = 0.0;
  if (quiet_left_ > kQuietMinutes || open > 2 * kAnomalousBit - 1) return in.fail();
  if (quiet_left_ == 0) return open_anomalous_ ? in.fail() : void();
  open_minutes_ = in.u8();
  if (open_minutes_ >= kMostMinutes) return in.fail();
  unpack(in, open_peak_);
}

}  // namespace insight::models
