// Periodic jobs: clusters of activity at a steady gap, and a run that is overdue.
#pragma once

#include "models/bytes.h"
#include "models/rounded.h"

namespace insight::models {

// Learns gap, size and regularity of runs and says when a run is missing. Time is the minute count of its series.
// A plain value; not thread-safe; constant size.
class Cadence {
 public:
  static constexpr double kMissedRunScore = 100.0;   // decided by regularity, so beyond every threshold

  // One minute: `count` seen where `base` was expected with relative variance `dispersion`. Returns 0, or
  // kMissedRunScore and half a point more for each further run, while a run is overdue.
  double observe(double now, double count, double base, double dispersion);

  // A minute without data. A run due about now is presumed to have come on time.
  void skip(double now);

  double gap_minutes() const { return gap_; }
  double run_size() const { return size_; }               // events in a run
  double size_variability() const { return size_variability_; }
  double regularity() const { return regularity_; }       // share of runs on time, 0..1
  double runs() const { return runs_; }                   // seen since the gap was last given up
  double jitter_minutes() const { return jitter_; }
  double last_start() const { return last_start_; }
  double due() const { return last_start_ + gap_; }       // when the next run should start
  double least_run() const;                               // events from which a cluster counts as a run
  bool is_regular() const;                                // enough for a missing run to be reported

  void persist(ByteWriter& out) const;
  void restore(ByteReader& in);

 private:
  double tolerance() const;
  void finish_cluster(double tolerance);
  double overdue_score(double now, double tolerance);

  double last_start_ = 0.0;
  Single gap_;
  Single size_;
  double runs_ = 0.0;
  Single regularity_;
  Single cluster_sum_;
  double cluster_start_ = 0.0;
  double cluster_quiet_ = 0.0;     // minutes left until the cluster going on is complete; 0: none
  Single size_variability_ = 0.25;
  Single jitter_ = 0.5;
  double overdue_ = 0.0;           // 1 while a missed run is being reported
};

}  // namespace insight::models
