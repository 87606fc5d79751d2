// How often a series by itself reaches extreme surprise, and so what a surprise is worth in days.
#pragma once

#include <cstdint>

#include "models/bytes.h"
#include "models/rounded.h"

namespace insight::models {

// Peaks over a threshold: clusters of minutes whose surprise (-ln probability) exceeds kThreshold arrive at some
// rate per day and their peaks exceed it by an exponential amount; both are learned with forgetting. Clusters that
// were taken for anomalies are counted apart: a few attacks do not dull a series. From that, value() turns a surprise
// into -log10 of the expected number of clusters per day at least as extreme: 2 means once in a hundred days. A plain
// value; not thread-safe; constant size.
class TailModel {
 public:
  static constexpr double kThreshold = 6.9;     // surprise: about 1 minute in 1000, if the counts fitted exactly

  // -log10(expected clusters per day with at least this surprise); 0 up to the threshold.
  double value(double surprise, double age_days) const;

  // The smallest surprise whose value is at least `wanted` (> 0): the inverse of value().
  double surprise_for(double wanted, double age_days) const;

  // After each minute. `decay` in (0, 1]: what one minute leaves of the memory. `anomalous`: the cluster going on, if
  // any, is being taken for an anomaly.
  void learn(double surprise, double decay, bool anomalous, double age_days);

  // What one minute leaves of the memory at this age: the half-life grows with age, to 14 days.
  static double decay_per_minute(double age_days);

  double clusters(double age_days) const;  // decayed number of clusters that count
  double mean_excess(double age_days) const;  // of a cluster's peak over the threshold, with its prior
  double clusters_per_day(double age_days) const;  // with its prior

  void persist(ByteWriter& out) const;
  void restore(ByteReader& in);

 private:
  struct Clusters {
    Single count;
    Single peaks;  // sum
  };

  double share_normal(double age_days) const;
  double scale(double age_days) const;

  Clusters ordinary_;
  Clusters anomalous_;
  Single open_peak_;  // of the cluster going on
  uint8_t quiet_left_ = 0;  // minutes until the cluster going on counts as over; 0: none going on
  uint8_t open_minutes_ = 0;
  bool open_anomalous_ = false;
};

}  // namespace insight::models
