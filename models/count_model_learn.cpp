// How the baseline of a series learns, and how it keeps anomalies out.
//
// Method: the count is mixed with its expectation, count = w x + (1 - w) expected, before it enters season and local
// ratios. The weight w falls from 1 to 0.01 = exp(-4.6) as the score rises from 1 (once in ten days) to 3. From the
// minute on at which the threshold is reached until ten calm minutes have passed, a guard holds it at 0.02; after 12
// hours the new level is adopted at 0.5. The dispersion of each window length is the discounted, weighted
//   sum of (deviation^2 - expected) / sum of expected^2,
// the method of moments of the negative binomial, with a half-life that grows with age to five days. When the guard
// closes, the minutes since it opened are replaced in the windows by expectation, so that the end of an increase does
// not look like a decrease.
//
// Blind to: an attacker who stays below a score of 1 and raises the level week by week.
//
// Sources: Farrington et al. 1996 and Noufaily et al. 2013 (weights that fall with the residual).
#include "models/count_model.h"

#include <algorithm>
#include <cmath>

namespace insight::models {
namespace {

constexpr double kFastHalfLife = 90.0;         // minutes
constexpr double kSlowHalfLife = 1440.0;
constexpr int64_t kFrozenMinutes = 720;        // of an open guard, then the new level is adopted
constexpr int64_t kCalmMinutes = 10;           // close the guard
constexpr double kLearningDepth = 4.6;         // ln 100: the weight falls to 0.01 ...
constexpr double kLearningSpan = 2.0;          // ... as the score rises from 1 to 3
constexpr double kFrozenWeight = 0.02;
constexpr double kAdoptWeight = 0.5;
constexpr double kYoungDays = 0.25;            // a series this young learns whatever comes
constexpr double kLeastWeight = 0.1;           // for dispersion and the minute-of-hour table
constexpr double kDispersionHalfLife = 5.0;    // days, at full age
constexpr double kDispersionPrior = 0.1;
constexpr double kDispersionPriorWeight = 0.003;   // a minute
constexpr double kLogTwo = 0.6931;

const double kFastDecay = std::exp2(-1.0 / kFastHalfLife);
const double kSlowDecay = std::exp2(-1.0 / kSlowHalfLife);

double decay_over(double decay, int minutes) {
  double result = decay;
  for (int i = 1; i < minutes; ++i) result *= decay;
  return result;
}

}  // namespace

void CountModel::learn(const CountScore& score, double threshold, bool armed) {
  const CountScore::Basis& basis = score.basis;
  const double age_before = age_days_;
  advance_guard(score, threshold, armed);
  const double weight = learning_weight(score, armed);
  const double expected_now = basis.rate.rate * basis.fast_ratio;
  const double trusted = weight * basis.count + (1.0 - weight) * expected_now;
  season_.learn(basis.minute, trusted, basis.count, basis.rate, std::max(weight, kLeastWeight));
  fast_ = {fast_.observed * kFastDecay + trusted, fast_.expected * kFastDecay + basis.rate.rate};
  slow_ = {slow_.observed * kSlowDecay + trusted, slow_.expected * kSlowDecay + basis.rate.rate};
  learn_dispersion(score, armed && is_frozen() ? kFrozenWeight : std::max(weight, kLeastWeight));
  const double decay = TailModel::decay_per_minute(age_before);
  for (size_t which = 0; which < tails_.size(); ++which) {
    tails_[which].learn(score.raw[which], decay, guard_open(), age_before);
  }
  age_days_ = days(++minutes_learned_);
  ++learned_in_hour_;
  end_hour(basis.minute, age_before);
}

void CountModel::advance_guard(const CountScore& score, double threshold, bool armed) {
  if (guard_minutes_ == 0) {
    if (!armed || score.value < threshold || !score.abnormal) return;
    guard_minutes_ = 1;
    guard_hold_ = kCalmMinutes;
    return;
  }
  ++guard_minutes_;
  guard_hold_ = score.abnormal ? kCalmMinutes : guard_hold_ - 1;
  if (guard_hold_ > 0) return;
  const int64_t index = score.basis.index;
  const int64_t minutes = std::min({int64_t{guard_minutes_}, int64_t{MinuteWindows::kCapacity}, index + 1});
  windows_.censor(index, static_cast<int>(minutes), score.basis.slow_ratio);
  guard_minutes_ = 0;
  silent_expected_ = 0.0;
  silent_minutes_ = 0.0;
}

bool CountModel::is_frozen() const { return guard_open() && guard_minutes_ < kFrozenMinutes && age_days_ > 0.5; }

double CountModel::learning_weight(const CountScore& score, bool armed) const {
  if (!armed) return 1.0;
  double weight = 1.0;
  if (score.value > 1.0) weight = std::exp(-kLearningDepth * std::min((score.value - 1.0) / kLearningSpan, 1.0));
  if (is_frozen()) weight = std::min(weight, kFrozenWeight);
  if (guard_minutes_ >= kFrozenMinutes || age_days_ < kYoungDays) weight = std::max(weight, kAdoptWeight);
  return weight;
}

void CountModel::learn_dispersion(const CountScore& score, double weight) {
  const int64_t index = score.basis.index;
  const double half_life = std::min(kDispersionHalfLife, 0.5 + 0.5 * age_days_);
  const double decay = std::exp(-kLogTwo * days(1) / half_life);
  for (int scale = 0; scale < MinuteWindows::kScales; ++scale) {
    const int window = MinuteWindows::length(scale);
    if (index + 1 < window) break;
    const int stride = window < 15 ? 1 : window / 5;   // overlapping sums say little new
    if (index % stride != 0) continue;
    const double local = local_ratio(score.basis, scale);
    const double expected_sum = windows_.sums(scale).expected * local;
    const double squares = excess(score, scale, expected_sum);
    const double kept = decay_over(decay, stride);
    const double prior = kDispersionPriorWeight * stride;
    Dispersion& learned = dispersions_[static_cast<size_t>(scale)];
    learned.excess = std::max(learned.excess * kept + weight * squares, 0.0) + prior * kDispersionPrior;
    learned.weight = learned.weight * kept + weight * expected_sum * expected_sum + prior;
  }
}

// Squared deviation of the window's count beyond what Poisson counts would have.
double CountModel::excess(const CountScore& score, int scale, double expected_sum) const {
  const int window = MinuteWindows::length(scale);
  const int64_t index = score.basis.index;
  double deviation = windows_.sums(scale).count - expected_sum;
  if (is_widened(index, window) && window + 5 < MinuteWindows::kCapacity) {
    double at_end = 0.0;
    double before = 0.0;
    double count_before = 0.0;
    for (int late = 0; late < kLateMinutes; ++late) {
      at_end += windows_.expected_at(index - late);
      before += windows_.expected_at(index - window - late);
      count_before += windows_.count_at(index - window - late);
    }
    deviation = deviation > 0.0 ? std::max(deviation - before, 0.0) : std::min(deviation + at_end + count_before, 0.0);
  }
  return deviation * deviation - expected_sum;
}

void CountModel::end_hour(int64_t minute, double age_days) {
  if (minute_of_hour(minute) != 59) return;
  if (learned_in_hour_ > 0) season_.roll_over(minute, age_days, minute_dispersion());
  learned_in_hour_ = 0;
}

void CountModel::skip(int64_t minute, const Profile& profile) {
  const Season::Rate rate = season_.rate(minute, profile, dispersion(kHourScale));
  cadence_.skip(minute);
  advance(minute, rate.rate * ratio(fast_), rate.rate);
  if (guard_open()) ++guard_minutes_;   // so that closing censors back to where it opened
  end_hour(minute, age_days_);
}

}  // namespace insight::models
