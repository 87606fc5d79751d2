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

#include "models/beta_binomial.h"
#include "models/bytes.h"

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
constexpr uint8_t kVersion = 1;

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
  age_days_ += kDaysPerMinute;
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

void ErrorRateModel::persist(std::string& out) const {
  put_u8(out, kVersion);
  put_varint(out, static_cast<uint64_t>(minutes_seen_));
  put_varint(out, static_cast<uint64_t>(guard_minutes_));
  put_varint(out, static_cast<uint64_t>(guard_hold_));
  for (const double value : {age_days_, alpha_, beta_}) put_double(out, value);
  for (size_t w = 0; w < kScales; ++w) {
    put_double(out, correlations_[w].excess);
    put_double(out, correlations_[w].weight);
  }
  tail_.persist(out);
  const auto used = static_cast<size_t>(std::min<int64_t>(minutes_seen_, kCapacity));
  for (size_t i = 0; i < used; ++i) {
    put_varint(out, calls_[i]);
    put_varint(out, errors_[i]);
  }
}

bool ErrorRateModel::restore(std::string_view& in) {
  uint8_t version = 0;
  if (!take_u8(in, version) || version != kVersion) return false;
  for (int64_t* minutes : {&minutes_seen_, &guard_minutes_, &guard_hold_}) {
    if (!take_minutes(in, *minutes)) return false;
  }
  for (double* value : {&age_days_, &alpha_, &beta_}) {
    if (!take_double(in, *value)) return false;
  }
  for (Correlation& learned : correlations_) {
    if (!take_double(in, learned.excess) || !take_double(in, learned.weight)) return false;
  }
  if (!tail_.restore(in)) return false;
  errors_.fill(0);
  calls_.fill(0);
  const auto used = static_cast<size_t>(std::min<int64_t>(minutes_seen_, kCapacity));
  for (size_t i = 0; i < used; ++i) {
    uint64_t calls = 0;
    uint64_t errors = 0;
    if (!take_varint(in, calls) || !take_varint(in, errors) || calls > UINT32_MAX || errors > UINT32_MAX) return false;
    calls_[i] = static_cast<uint32_t>(calls);
    errors_[i] = static_cast<uint32_t>(errors);
  }
  recount();
  return true;
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
