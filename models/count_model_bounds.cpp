// What the baseline of a series says ahead of time and after the fact: bounds of counts, and where an anomaly began.
//
// Method: the score is inverted. The tail model gives the surprise that reaches a threshold, and bisection the count
// that is that surprising. The bound of the next minute is what score() will use for its one-minute window; of later
// minutes it presumes the present level. The beginning of an anomaly is the start of the ending of the window that is
// by itself the most surprising: a maximum likelihood change point within the window, up to the normalisation.
//
// Blind to: what a longer window would say of the same minute; the bound is of one window length alone.
//
// Sources: Salmon et al. 2016 (negative binomial bounds); Siffer et al. 2017 (the threshold as a quantile).
#include "models/count_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/negative_binomial.h"

namespace insight::models {

double CountModel::expected(int64_t minute, const Profile& profile) const {
  return season_.rate(minute, profile, dispersion(kHourScale)).rate * ratio(fast_);
}

CountModel::Bound CountModel::one_minute_bound(int64_t future_minute, const Profile& profile, double threshold) const {
  const Season::Rate rate = season_.rate(future_minute, profile, dispersion(kHourScale));
  Bound bound;
  bound.mean = std::max(rate.rate * ratio(fast_), kTinyMean);
  bound.size = increase_size(0, rate.variance);
  bound.raw_needed = tails_[0].surprise_for(threshold, age_days_);
  const int64_t index = minutes_seen_ - 1 + (future_minute - last_minute_);
  bound.mean += recurrence_.allowance(future_minute);
  if (is_first_day()) bound.mean += kRoomAtFirst * recurrence_.largest();
  if (!is_widened(index, 1)) return bound;
  for (int late = 1; late <= kLateMinutes; ++late) {
    const int64_t minute = future_minute - late;
    bound.mean += minute <= last_minute_ ? windows_.expected_at(index - late)
                                         : season_.rate(minute, profile, dispersion(kHourScale)).rate;
  }
  return bound;
}

bool CountModel::crosses(const Bound& bound, double count) {
  return count >= kLeastCount && count > kLeastRatio * bound.mean + 1.0 &&
         negative_binomial_upper(count, bound.mean, bound.size) >= bound.raw_needed;
}

double CountModel::upper_bound(const Bound& bound) {
  const double least = std::max(kLeastCount, std::floor(kLeastRatio * bound.mean + 1.0) + 1.0);
  return std::max(least, negative_binomial_upper_bound(bound.raw_needed, bound.mean, bound.size));
}

int CountModel::split(const CountScore& score) const {
  const bool increase = score.kind == CountScore::kIncrease;
  if (!increase && score.kind != CountScore::kDecrease) return score.window;
  const double local = local_ratio(score.basis, MinuteWindows::covering(score.window));
  double count = 0.0;
  double mean = 0.0;
  double most = -1.0;
  int longest = score.window;
  for (int minutes = 1; minutes <= score.window; ++minutes) {
    const int64_t index = score.basis.index - (minutes - 1);
    count += windows_.count_at(index);
    mean += windows_.expected_at(index) * local;
    // An increase begins with a call. Without this, a step of the size between two scales could put it before one.
    if (increase && windows_.count_at(index) <= 0.0) continue;
    const double size = window_size(MinuteWindows::covering(minutes), score.basis.rate.variance);
    const double surprise = increase ? negative_binomial_upper(count, std::max(mean, kTinyMean), size)
                                     : negative_binomial_lower(count, std::max(mean, kTinyMean), size);
    if (surprise < most) continue;
    most = surprise;
    longest = minutes;
  }
  return longest;
}

CountModel::Bounds CountModel::bounds(const CountScore& score, double threshold) const {
  Bounds result;
  result.mean = score.mean;
  if (score.kind == CountScore::kMissedRun) {
    const Cadence::Job* job = cadence_.overdue();
    result.lower = job == nullptr ? 0.0 : std::ceil(job->least_run()) - 1.0;
    result.upper = std::numeric_limits<double>::infinity();
    return result;
  }
  const int side = MinuteWindows::is_short(MinuteWindows::covering(score.window)) ? 0 : 1;
  const double mean = std::max(score.mean, kTinyMean);
  const double increase = tail(side).surprise_for(threshold, age_days_);
  const double decrease = tail(2 + side).surprise_for(threshold, age_days_);
  result.upper = upper_bound({mean, score.size, increase});
  if (mean <= kLeastExpected) return result;
  const double lower = negative_binomial_lower_bound(decrease, mean, score.size);
  result.lower = std::min(lower, std::ceil(mean / kLeastRatio) - 1.0);
  return result;
}

}  // namespace insight::models
