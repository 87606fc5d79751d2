// The detector of unusual error rates.
//
// Method, each minute:
//  1. Expect: the share p of failing calls is alpha / (alpha + beta), discounted errors over discounted calls with a
//     half-life of 7 days and a prior of half an error in 20 calls.
//  2. Compare: sums over 1, 5, 15 and 60 minutes with a beta-binomial of that mean and correlation
//       rho = learned correlation of failures within such windows + 1 / (alpha + beta + 1),
//     the second part being the uncertainty of p. A window counts if it has three errors and half as many again as
//     expected, and if so many errors are unusual also for the hour of day, whatever the calls (1 in 100 by a negative
//     binomial): a nightly job that fails, or calls that stay away from a steady stream of errors, are no news. And a
//     surge of calls that fail as often as ever does not change the share.
//  3. Translate: the greatest surprise goes through the series' own record of extremes (error_tail) to the score.
//  4. Learn, with a weight from 1 down to 0.01 as the score rises from 1 to 3. From the minute on in which the guard's
//     threshold is reached until ten calm minutes have passed hardly anything is learned, and the spread not at all, so
//     that a long outage keeps its score; when the guard closes, the windows forget the outage. What persists for 12
//     hours is adopted: the memory of what was is cut to a fiftieth.
//
// Blind to: a fall of the error rate; a rise in step with calls (that is the call count's to report); which calls fail;
// a season of the error rate, but for the habit of the hour (it widens the learned correlation).
//
// Sources: beta_binomial; A. Siffer et al. 2017 (error_tail); the discounting follows M. West, J. Harrison, "Bayesian
// Forecasting and Dynamic Models", 1997, ch. 6.
#include "models/error_rate_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "models/beta_binomial.h"
#include "models/negative_binomial.h"
#include "models/packing.h"

namespace insight::models {
namespace {

constexpr std::array<int, 4> kWindows = {1, 5, 15, 60};  // minutes
constexpr std::array<int, 4> kStrides = {1, 1, 3, 12};  // overlapping sums say little new
constexpr int kShortScale = 2;  // the longest of the short windows
constexpr double kLeastErrors = 3.0;
constexpr double kLeastRatio = 1.5;  // errors to expected errors
constexpr double kAbnormal = 4.0;  // surprise from which a window counts; less is ignored
constexpr double kUnusualCount = 4.6;  // surprise of the number of errors for the hour of day: 1 in 100
constexpr double kLeastRho = 1e-4;
constexpr double kMostRho = 0.5;
constexpr double kLeastAlpha = 1e-6;
constexpr double kLeastDispersion = 1e-4;
constexpr double kHalfLifeDays = 7.0;
constexpr int64_t kCalmMinutes = 10;  // close the guard
constexpr int64_t kLongestGuard = 720;  // minutes; then the new level is adopted
constexpr double kAdoptWeight = 0.5;
constexpr double kAdoptShare = 0.02;  // of the memory, left when a level is adopted
constexpr double kFrozenWeight = 0.02;
constexpr double kLeastWeight = 0.1;  // for the spread
constexpr double kLearningDepth = 4.6;  // ln 100: the weight falls to 0.01 ...
constexpr double kLearningSpan = 2.0;  // ... as the score rises from 1 to 3
constexpr double kDaysPerMinute = 1.0 / 1440.0;
constexpr double kMostCalls = 1e15;  // whole numbers stay exact in a double
constexpr uint8_t kVersion = 3;
constexpr uint64_t kMostMinutes = uint64_t{1} << 48;  // far from overflow

const double kDecay = std::exp2(-1.0 / (1440.0 * kHalfLifeDays));
const std::array<double, 4> kStrideDecays = {kDecay, kDecay, std::pow(kDecay, 3), std::pow(kDecay, 12)};

int covering(int minutes) {
  int scale = 0;
  while (kWindows[static_cast<size_t>(scale)] < minutes) ++scale;
  return scale;
}

double learning_weight(double value) {
  return value < 1.0 ? 1.0 : std::exp(-kLearningDepth * std::min((value - 1.0) / kLearningSpan, 1.0));
}

}  // namespace

ErrorScore ErrorRateModel::score(int64_t minute, double errors, double calls) {
  ErrorScore score;
  const double rate = error_rate();
  const double habitual = habit_.expected(minute, 1);
  score.basis = {minute, errors, calls, rate, habitual};
  score.observed = errors;
  score.calls = calls;
  score.expected = std::max(calls * rate, habitual);
  push(errors, calls);
  for (int scale = 0; scale < kScales; ++scale) {
    const Sums& sums = sums_[static_cast<size_t>(scale)];
    if (sums.errors < kLeastErrors) continue;
    const int window = kWindows[static_cast<size_t>(scale)];
    const double by_habit = habit_.expected(minute, window);
    const double found = surprise(scale, sums.errors, sums.calls, by_habit);
    if (scale == 0) score.minute_value = tail_.value(found, known());
    if (is_abnormal(scale, found)) score.abnormal = true;
    if (found <= score.raw) continue;
    score.raw = found;
    score.window = window;
    score.observed = sums.errors;
    score.calls = sums.calls;
    score.expected = std::max(sums.calls * rate, by_habit);
  }
  score.value = tail_.value(score.raw, known());
  return score;
}

void ErrorRateModel::push(double errors, double calls) {
  for (size_t w = 0; w < kScales; ++w) {
    sums_[w].errors += errors;
    sums_[w].calls += calls;
    const int64_t gone = minutes_seen_ - kWindows[w];
    if (gone < 0) continue;
    sums_[w].errors -= errors_[static_cast<size_t>(gone % kCapacity)];
    sums_[w].calls -= calls_[static_cast<size_t>(gone % kCapacity)];
  }
  const auto slot = static_cast<size_t>(minutes_seen_ % kCapacity);
  errors_[slot] = static_cast<uint32_t>(errors);
  calls_[slot] = static_cast<uint32_t>(calls);
  ++minutes_seen_;
}

ErrorRateModel::Shape ErrorRateModel::shape(int scale) const {
  const double rho = std::min(std::max(correlation(scale), kLeastRho) + 1.0 / (calls_known() + 1.0), kMostRho);
  const double strength = 1.0 / rho - 1.0;
  const double rate = error_rate();
  return {std::max(rate * strength, kLeastAlpha), (1.0 - rate) * strength};
}

// Of the share of errors, if their number is unusual as well; else 0.
double ErrorRateModel::surprise(int scale, double errors, double calls, double habitual) const {
  if (errors < kLeastErrors || errors <= kLeastRatio * std::max(calls * error_rate(), habitual)) return 0.0;
  const Shape window = shape(scale);
  const double share = beta_binomial_upper(errors, calls, window.alpha, window.beta);
  if (share <= kAbnormal) return 0.0;
  const double size = 1.0 / (std::max(habit_dispersion(scale), kLeastDispersion) + habit_.uncertainty());
  return negative_binomial_upper(errors, habitual, size) >= kUnusualCount ? share : 0.0;
}

// A long window stays surprising long after the anomaly: it counts while at least half its share of calls still fail.
bool ErrorRateModel::is_abnormal(int scale, double surprise) const {
  if (surprise <= kAbnormal) return false;
  if (scale <= kShortScale) return true;
  const Sums& recent = sums_[kShortScale];
  const Sums& whole = sums_[static_cast<size_t>(scale)];
  return recent.errors > 0.0 && recent.errors * whole.calls >= 0.5 * whole.errors * recent.calls;
}

void ErrorRateModel::learn(const ErrorScore& score, bool armed) {
  advance_guard(score, armed);
  double weight = armed ? learning_weight(score.value) : 1.0;
  double spread_weight = std::max(weight, kLeastWeight);
  const bool adopting = guard_minutes_ >= kLongestGuard;
  if (guard_open()) {
    weight = adopting ? kAdoptWeight : std::min(weight, kFrozenWeight);
    spread_weight = adopting ? kAdoptWeight : 0.0;
  }
  learn_dispersions(score, spread_weight);
  const ErrorScore::Basis& basis = score.basis;
  const double failed = weight * basis.errors + (1.0 - weight) * basis.rate * basis.calls;
  alpha_ = kPriorErrors + (alpha_ - kPriorErrors) * kDecay + failed;
  beta_ = kPriorSuccesses + (beta_ - kPriorSuccesses) * kDecay + basis.calls - failed;
  habit_.learn(basis.minute, weight * basis.errors + (1.0 - weight) * basis.habitual, kDecay);
  tail_.learn(score.raw, guard_open(), age_days_);
  age_days_ = static_cast<double>(++minutes_learned_) * kDaysPerMinute;
}

void ErrorRateModel::advance_guard(const ErrorScore& score, bool armed) {
  if (guard_minutes_ == 0) {
    if (!armed || score.value < kGuardThreshold || !score.abnormal) return;
    guard_minutes_ = 1;
    guard_hold_ = kCalmMinutes;
    return;
  }
  ++guard_minutes_;
  if (guard_minutes_ == kLongestGuard) {
    alpha_ = kPriorErrors + (alpha_ - kPriorErrors) * kAdoptShare;
    beta_ = kPriorSuccesses + (beta_ - kPriorSuccesses) * kAdoptShare;
    habit_.forget(kAdoptShare);
  }
  guard_hold_ = score.abnormal ? kCalmMinutes : guard_hold_ - 1;
  if (guard_hold_ > 0) return;
  if (guard_minutes_ < kLongestGuard) forget_window(guard_minutes_);
  guard_minutes_ = 0;
}

// The last minutes become minutes without calls.
void ErrorRateModel::forget_window(int64_t minutes) {
  const int64_t last = std::min({minutes, int64_t{kCapacity}, minutes_seen_});
  for (int64_t back = 1; back <= last; ++back) {
    const auto slot = static_cast<size_t>((minutes_seen_ - back) % kCapacity);
    errors_[slot] = calls_[slot] = 0;
  }
  recount();
}

void ErrorRateModel::learn_dispersions(const ErrorScore& score, double weight) {
  const double rate = score.basis.rate;
  for (size_t w = 0; w < kScales; ++w) {
    if (minutes_seen_ % kStrides[w] != 0) continue;
    const Sums& sums = sums_[w];
    if (sums.calls >= 2.0) {
      correlations_[w].learn(sums.errors - sums.calls * rate, sums.calls * rate * (1.0 - rate), sums.calls - 1.0,
                             weight, kStrideDecays[w]);
    }
    const double habitual = habit_.expected(score.basis.minute, kWindows[w]);
    dispersions_[w].learn(sums.errors - habitual, habitual, habitual, weight, kStrideDecays[w]);
  }
}

void ErrorRateModel::skip(int64_t /*minute*/) {
  push(0.0, 0.0);
  if (guard_open() && guard_minutes_ + 1 < kLongestGuard) ++guard_minutes_;
}

uint64_t ErrorRateModel::alarming_errors(int64_t minute, double calls, double threshold) const {
  const double habitual = std::max(habit_.expected(minute, 1), habit_.expected(minute + kBoundMinutes, 1));
  const double errors = alarming_errors_in(0, calls, habitual, threshold);
  return errors > calls ? kNoBound : static_cast<uint64_t>(errors);
}

// More than `calls` if none.
double ErrorRateModel::alarming_errors_in(int scale, double calls, double habitual, double threshold) const {
  const double needed = tail_.surprise_for(threshold, known());
  double reached = std::floor(std::min(calls, kMostCalls));
  if (surprise(scale, reached, calls, habitual) < needed) return reached + 1.0;
  double below = std::max(kLeastErrors - 1.0, std::floor(kLeastRatio * std::max(calls * error_rate(), habitual)));
  while (reached - below > 1.0) {
    const double middle = std::floor(0.5 * (below + reached));
    (surprise(scale, middle, calls, habitual) >= needed ? reached : below) = middle;
  }
  return reached;
}

double ErrorRateModel::minute_value(int64_t minute, double errors, double calls) const {
  return tail_.value(surprise(0, errors, calls, habit_.expected(minute, 1)), known());
}

int ErrorRateModel::split(const ErrorScore& score) const {
  double errors = 0.0;
  double calls = 0.0;
  double most = 0.0;
  int longest = 1;
  for (int minutes = 1; minutes <= score.window; ++minutes) {
    const auto slot = static_cast<size_t>((minutes_seen_ - minutes) % kCapacity);
    errors += errors_[slot];
    calls += calls_[slot];
    if (errors_[slot] == 0) continue;
    const Shape window = shape(covering(minutes));
    const double found = beta_binomial_upper(errors, calls, window.alpha, window.beta);
    if (found < most) continue;
    most = found;
    longest = minutes;
  }
  return longest;
}

double ErrorRateModel::upper_bound(const ErrorScore& score, double threshold) const {
  const double habitual = habit_.expected(score.basis.minute, score.window);
  const double errors = alarming_errors_in(covering(score.window), score.calls, habitual, threshold);
  return errors > score.calls ? std::numeric_limits<double>::infinity() : errors;
}

void ErrorRateModel::persist(ByteWriter& out) const {
  out.u8(kVersion);
  for (const int64_t minutes : {minutes_seen_, minutes_learned_, guard_minutes_, guard_hold_}) {
    out.varint(static_cast<uint64_t>(minutes));
  }
  for (const double value : {alpha_, beta_}) pack(out, value);
  for (const auto* learned : {&correlations_, &dispersions_}) {
    for (const Overdispersion& scale : *learned) scale.persist(out);
  }
  habit_.persist(out);
  tail_.persist(out);
  const auto used = static_cast<size_t>(std::min<int64_t>(minutes_seen_, kCapacity));
  for (const auto* counts : {&calls_, &errors_}) {
    const std::vector<uint64_t> list(counts->begin(), counts->begin() + static_cast<std::ptrdiff_t>(used));
    pack(out, list);
  }
}

void ErrorRateModel::restore(ByteReader& in) {
  if (in.u8() != kVersion) return in.fail();
  for (int64_t* minutes : {&minutes_seen_, &minutes_learned_, &guard_minutes_, &guard_hold_}) {
    *minutes = static_cast<int64_t>(in.varint_up_to(kMostMinutes));
  }
  age_days_ = static_cast<double>(minutes_learned_) * kDaysPerMinute;
  for (double* value : {&alpha_, &beta_}) unpack(in, *value);
  for (auto* learned : {&correlations_, &dispersions_}) {
    for (Overdispersion& scale : *learned) scale.restore(in);
  }
  habit_.restore(in);
  tail_.restore(in);
  std::vector<uint64_t> list(static_cast<size_t>(std::min<int64_t>(minutes_seen_, kCapacity)));
  for (auto* counts : {&calls_, &errors_}) {
    unpack(in, list);
    counts->fill(0);
    for (size_t i = 0; i < list.size(); ++i) {
      if (list[i] > UINT32_MAX) return in.fail();
      (*counts)[i] = static_cast<uint32_t>(list[i]);
    }
  }
  recount();
}

// The sums are whole numbers, so they follow from the minutes exactly.
void ErrorRateModel::recount() {
  for (size_t w = 0; w < kScales; ++w) {
    sums_[w] = {};
    for (int64_t back = 1; back <= std::min<int64_t>(kWindows[w], minutes_seen_); ++back) {
      const auto slot = static_cast<size_t>((minutes_seen_ - back) % kCapacity);
      sums_[w].errors += errors_[slot];
      sums_[w].calls += calls_[slot];
    }
  }
}

}  // namespace insight::models
