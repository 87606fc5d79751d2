// A monitor of periodic runs.
//
// Method: minutes far above the base (three standard deviations) form clusters that three quiet minutes end. The
// first cluster starts a hypothesis "gap g, size e"; every later one of a size that counts as a run confirms it
// (start within the tolerance: g and e move by a tenth), half confirms it (a whole number of gaps passed: runs were
// missed), or speaks against it. Regularity is the running share of hits; below 0.6 the hypothesis starts anew. After
// 9 runs with a regularity of 0.93, a gap of five tolerances and ten minutes, a run that has not come within the
// tolerance is overdue. A job whose runs are of varying size is given one more gap. Each report costs a little
// regularity, so a job that is retired or irregular falls silent by itself.
//
// Blind to: several jobs of different gaps in one series (the larger wins or none), gaps of less than ten minutes
// (the windows and the silence test see those), calendars beyond a fixed gap (working days, months).
//
// Source: our own, after periodic-job "dead man's switch" monitoring.
#include "models/cadence.h"

#include <algorithm>
#include <cmath>

#include "models/packing.h"

namespace insight::models {
namespace {

constexpr double kRunsToBeSure = 9.0;
constexpr double kRegular = 0.93;
constexpr double kGivenUp = 0.6;          // regularity below which the gap is learned anew
constexpr double kQuietMinutes = 3.0;     // end a cluster
constexpr double kMostMissedRuns = 12.0;  // between two runs that still confirm the gap by half
constexpr double kLeastRate = 0.04;       // at which regularity is learned
constexpr double kAlarmCost = 0.03;       // of regularity

}  // namespace

double Cadence::tolerance() const {
  const double wide = 2.0 + 0.02 * gap_;
  return runs_ >= kRunsToBeSure ? std::min(wide, 1.0 + 4.0 * jitter_) : wide;
}

double Cadence::least_run() const { return size_ * std::clamp(1.0 - 4.0 * size_variability_, 0.06, 0.35); }

bool Cadence::is_regular() const {
  return runs_ >= kRunsToBeSure && regularity_ > kRegular && gap_ >= std::max(5.0 * tolerance(), 10.0);
}

double Cadence::observe(double now, double count, double base, double dispersion) {
  const double allowed = tolerance();
  if (count >= 1.0 && count > base + 3.0 * std::sqrt(base + dispersion * base * base)) {
    if (cluster_quiet_ <= 0.0) {
      cluster_start_ = now;
      cluster_sum_ = 0.0;
    }
    cluster_sum_ += count - base;
    cluster_quiet_ = kQuietMinutes;
  } else if (cluster_quiet_ > 0.0) {
    cluster_quiet_ -= 1.0;
    if (cluster_quiet_ <= 0.0) {
      finish_cluster(allowed);
      cluster_start_ = 0.0;
      cluster_sum_ = 0.0;
    }
  }
  return overdue_score(now, allowed);
}

void Cadence::finish_cluster(double tolerance) {
  const double events = cluster_sum_;
  overdue_ = 0.0;
  if (events < least_run()) {
    if (runs_ < 3.0) size_ *= 0.8;   // the first cluster may have been far too large
    return;
  }
  const double gap = cluster_start_ - last_start_;
  const double learning_rate = std::max(1.0 / (runs_ + 2.0), kLeastRate);
  double hit = 0.0;
  if (std::abs(gap - gap_) <= tolerance) {
    hit = 1.0;
    jitter_ += 0.05 * (std::abs(gap - gap_) - jitter_);
    gap_ += 0.1 * (gap - gap_);
    last_start_ = cluster_start_;
  } else if (gap > gap_) {
    const double gaps = std::floor(gap / std::max<double>(gap_, 1.0) + 0.5);
    last_start_ = cluster_start_;
    if (gaps <= kMostMissedRuns && std::abs(gap - gaps * gap_) <= tolerance + gaps) hit = 0.5;
  }
  runs_ += 1.0;
  regularity_ += learning_rate * (hit - regularity_);
  if (regularity_ < kGivenUp) {
    gap_ = gap;
    last_start_ = cluster_start_;
    runs_ = 0.0;
    regularity_ = 1.0;
  }
  if (size_ > 0.0) {
    // The mean absolute deviation, times sqrt(pi/2), estimates the coefficient of variation.
    size_variability_ += 0.05 * (std::min(std::abs(events / size_ - 1.0), 1.0) * 1.2533 - size_variability_);
  }
  size_ += (std::min(events, 1.5 * size_ + 1.0) - size_) * (runs_ > 3.0 ? 0.1 : 0.5);
}

double Cadence::overdue_score(double now, double tolerance) {
  const bool armed =
      overdue_ > 0.5 || (runs_ >= kRunsToBeSure && regularity_ > kRegular && gap_ >= std::max(5.0 * tolerance, 10.0));
  if (!armed) return 0.0;
  double late = now - last_start_ - gap_;
  if (size_ * (1.0 - 4.0 * size_variability_) < 1.5) late -= gap_;   // too variable: wait for a second missing run
  if (late <= tolerance + 1.0 || cluster_quiet_ > 0.0) return 0.0;
  if (overdue_ < 0.5) {
    overdue_ = 1.0;
    regularity_ -= kAlarmCost;
  }
  return kMissedRunScore + 0.5 * std::floor(late / gap_);
}

void Cadence::skip(double now) {
  if (runs_ < 1.0 || gap_ <= 0.0 || overdue_ > 0.5) return;
  if (std::abs(now - due()) <= tolerance()) last_start_ = due();
}

void Cadence::persist(ByteWriter& out) const {
  for (const double value : {last_start_, runs_, cluster_start_, cluster_quiet_, overdue_}) pack(out, value);
  for (const Single value : {gap_, size_, regularity_, cluster_sum_, size_variability_, jitter_}) pack(out, value);
}

void Cadence::restore(ByteReader& in) {
  for (double* value : {&last_start_, &runs_, &cluster_start_, &cluster_quiet_, &overdue_}) unpack(in, *value);
  for (Single* value : {&gap_, &size_, &regularity_, &cluster_sum_, &size_variability_, &jitter_}) unpack(in, *value);
}

}  // namespace insight::models
