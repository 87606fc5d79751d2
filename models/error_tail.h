// How often an error series by itself reaches extreme surprise, and so what a surprise is worth in days.
#pragma once

#include "models/bytes.h"

namespace insight::models {

// Peaks over a threshold, like TailModel, but for what was taken for an anomaly: such clusters are counted apart, and
// only what is more of them than true anomalies are common counts as the series' own habit. So a few outages do not
// dull a series, and bursts that keep coming become its normal. A plain value; not thread-safe; constant size.
class ErrorTail {
 public:
  static constexpr double kThreshold = 6.9;   // surprise: about 1 window in 1000, if the errors fitted exactly

  // How long and how much the series is known: days learned, and its mean errors a day.
  struct Known {
    double days = 0.0;
    double errors_a_day = 0.0;
  };

  // -log10(expected clusters per day with at least this surprise); 0 up to the threshold.
  double value(double surprise, const Known& known) const;

  // The smallest surprise whose value is at least `wanted` (> 0): the inverse of value().
  double surprise_for(double wanted, const Known& known) const;

  // After each minute. `anomalous`: the cluster going on, if any, is being taken for an anomaly.
  void learn(double surprise, bool anomalous, double age_days);

  double clusters_per_day(const Known& known) const;   // with its prior
  double mean_excess(double age_days) const;        // of a cluster's peak over the threshold, with its prior; >= 1

  void persist(ByteWriter& out) const;
  void restore(ByteReader& in);

 private:
  struct Clusters {
    double count = 0.0;
    double peaks = 0.0;   // sum
  };

  double share_normal(double age_days) const;

  Clusters ordinary_;
  Clusters anomalous_;
  double open_peak_ = 0.0;       // of the cluster going on
  double quiet_left_ = 0.0;      // minutes until the cluster going on counts as over; 0: none going on
  double open_minutes_ = 0.0;
  bool open_anomalous_ = false;
};

}  // namespace insight::models
