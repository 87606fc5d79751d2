// The detector of unusual error rates.
//
// Method: the share p of failing calls is alpha / (alpha + beta), discounted errors over discounted calls with a
// half-life of 3 days and a prior of half an error in 20 calls. Sums over 1, 5, 15 and 60 minutes are compared with a
// beta-binomial of that mean and correlation
//   rho = learned correlation of failures within such windows + 1 / (alpha + beta + 1),
// the second part being the uncertainty of p. An excess needs three errors and half as many again as expected. The
// largest surprise goes through the series' own record of extremes (tail_model). Minutes of high score, and of an open
// guard, are learned as if they had failed at the old rate.
//
// Blind to: a fall of the error rate; a rise in step with calls (that is the call count's to report); which error code
// it is; a season of the error rate (the learned correlation only widens the model).
//
// Sources: beta_binomial; A. Siffer et al. 2017 (tail_model); the discounting follows M. West, J. Harrison, "Bayesian
// Forecasting and Dynamic Models", 1997, ch. 6.
#include "models/error_rate_model.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/beta_binomial.h"
#include "models/packing.h"

namespace insight::models {
namespace {

constexpr std::array<int, 4> kWindows = {1, 5, 15, 60};   // minutes
constexpr int kShortScales = 3;
constexpr double kLeastErrors = 3.0;
constexpr double kLeastRatio = 1.5;            // errors to expected errors
constexpr double kAbnormal = 4.0;              // surprise from which a short window counts as abnormal
constexpr double kLeastRho = 1e-4;
constexpr double kMostRho = 0.5;
constexpr double kLeastAlpha = 1e-6;
constexpr double kHalfLifeDays = 3.0;
constexpr int64_t kCalmMinutes = 10;           // close the guard
constexpr int64_t kLongestGuard = 720;         // minutes
constexpr double kFrozenWeight = 0.02;
constexpr double kLeastWeight = 0.1;           // for the correlation
constexpr double kAlertedWeight = 0.5;         // of a cluster of extremes that was reported
constexpr double kLeastCount = 1e-3;           // of alpha and beta
constexpr double kDaysPerMinute = 1.0 / 1440.0;
constexpr uint8_t kVersion = 2;
constexpr uint64_t kMostMinutes = uint64_t{1} << 48;   // far from overflow

const double kDecay = std::exp2(-1.0 / (1440.0 * kHalfLifeDays));

struct Shape {
  double rho, alpha, beta;
};

Shape shape(double rate, double correlation, double calls_known) {
  const double rho = std::min(std::max(correlation, kLeastRho) + 1.0 / (calls_known + 1.0), kMostRho);
  const double strength = 1.0 / rho - 1.0;
  return {rho, std::max(rate * strength, kLeastAlpha), (1.0 - rate) * strength};
}

bool is_excess(double errors, double calls, double rate) {
  return errors >= kLeastErrors && errors > kLeastRatio * calls * rate;
}

double learning_weight(double value) { return value < 1.0 ? 1.0 : std::exp(-4.6 * std::min(0.5 * (value - 1.0), 1.0)); }

}  // namespace

ErrorScore ErrorRateModel::score(int64_t /*minute*/, double errors, double calls) {
  ErrorScore score;
  const double rate = error_rate();
  score.basis = {minutes_seen_, errors, calls, rate};
  score.observed = errors;
  score.calls = calls;
  score.expected = calls * rate;
  const Shape minute = shape(rate, correlation(0), calls_known());
  score.rho = minute.rho;
  score.alpha = minute.alpha;
  score.beta = minute.beta;
  push(errors, calls);
  for (int scale = 0; scale < kScales; ++scale) compare(scale, rate, score);
  score.value = tail_.value(score.raw, age_days_);
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

void ErrorRateModel::compare(int scale, double rate, ErrorScore& score) const {
  const Sums& sums = sums_[static_cast<size_t>(scale)];
  if (!is_excess(sums.errors, sums.calls, rate)) return;
  const Shape window = shape(rate, correlation(scale), calls_known());
  const double surprise = beta_binomial_upper(sums.errors, sums.calls, window.alpha, window.beta);
  if (surprise > kAbnormal && scale < kShortScales) score.abnormal = true;
  if (surprise <= score.raw) return;
  score.raw = surprise;
  score.window = kWindows[static_cast<size_t>(scale)];
  score.observed = sums.errors;
  score.calls = sums.calls;
  score.expected = sums.calls * rate;
  score.rho = window.rho;
  score.alpha = window.alpha;
  score.beta = window.beta;
}

void ErrorRateModel::learn(const ErrorScore& score) {
  advance_guard(score);
  double weight = learning_weight(score.value);
  if (guard_open()) weight = std::min(weight, kFrozenWeight);
  const double errors = score.basis.errors;
  const double calls = score.basis.calls;
  const double rate = score.basis.rate;
  alpha_ = std::max(alpha_ * kDecay + weight * errors + (1.0 - weight) * rate * calls, kLeastCount);
  beta_ = std::max(beta_ * kDecay + weight * (calls - errors) + (1.0 - weight) * (1.0 - rate) * calls, kLeastCount);
  learn_correlation(score, std::max(weight, kLeastWeight));
  tail_.learn(score.raw, TailModel::decay_per_minute(age_days_), guard_open(), kAlertedWeight);
  age_days_ = static_cast<double>(++minutes_learned_) * kDaysPerMinute;
}

void ErrorRateModel::advance_guard(const ErrorScore& score) {
  if (guard_minutes_ == 0) {
    if (score.value < kGuardThreshold || !score.abnormal) return;
    guard_minutes_ = 1;
    guard_hold_ = kCalmMinutes;
    return;
  }
  ++guard_minutes_;
  guard_hold_ = score.abnormal ? kCalmMinutes : guard_hold_ - 1;
  if (guard_hold_ <= 0 || guard_minutes_ > kLongestGuard) guard_minutes_ = 0;
}

void ErrorRateModel::learn_correlation(const ErrorScore& score, double weight) {
  const double rate = score.basis.rate;
  const double variance = std::max(rate * (1.0 - rate), 1e-6);
  for (size_t w = 0; w < kScales; ++w) {
    const double calls = sums_[w].calls;
    const int64_t stride = kWindows[w] < 15 ? 1 : 3;   // overlapping sums say little new
    if (calls < 2.0 || score.basis.index % stride != 0) continue;
    const double deviation = sums_[w].errors - calls * rate;
    Correlation& learned = correlations_[w];
    learned.excess = std::max(learned.excess * kDecay + weight * (deviation * deviation - calls * variance), 0.0);
    learned.weight = learned.weight * kDecay + weight * calls * (calls - 1.0) * variance;
  }
}

void ErrorRateModel::skip(int64_t /*minute*/) {
  push(0.0, 0.0);
  if (guard_open()) ++guard_minutes_;
}

double ErrorRateModel::correlation(int scale) const {
  const Correlation& learned = correlations_[static_cast<size_t>(scale)];
  return learned.excess / learned.weight;
}

ErrorRateModel::RateBound ErrorRateModel::one_minute_bound(double threshold) const {
  const Shape minute = shape(error_rate(), correlation(0), calls_known());
  return {minute.alpha, minute.beta, tail_.surprise_for(threshold, age_days_)};
}

bool ErrorRateModel::crosses(const RateBound& bound, double errors, double calls) {
  return is_excess(errors, calls, bound.alpha / (bound.alpha + bound.beta)) &&
         beta_binomial_upper(errors, calls, bound.alpha, bound.beta) >= bound.raw_needed;
}

void ErrorRateModel::persist(ByteWriter& out) const {
  out.u8(kVersion);
  for (const int64_t minutes : {minutes_seen_, minutes_learned_, guard_minutes_, guard_hold_}) {
    out.varint(static_cast<uint64_t>(minutes));
  }
  for (const Single value : {alpha_, beta_}) pack(out, value);
  for (const Correlation& learned : correlations_) {
    pack(out, learned.excess);
    pack(out, learned.weight);
  }
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
  for (Single* value : {&alpha_, &beta_}) unpack(in, *value);
  for (Correlation& learned : correlations_) {
    unpack(in, learned.excess);
    unpack(in, learned.weight);
  }
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
