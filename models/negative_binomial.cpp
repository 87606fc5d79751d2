// Tails of the negative binomial distribution.
//
// Method: the probability of the count itself in deviance form, times the continued fraction that its tail is of it.
// With size k, mean m, p = m / (k + m), q = k / (k + m) and n = x + k,
//   ln P(X = x) = ln(k / n) + ln Binomial(k of n with probability q),
//   P(X >= x) = I_p(x, k),   P(X < x) = I_q(k, x),
// I the incomplete beta function. Each tail is computed on its own side of the mean, and there alone converges fast.
// A gamma-distributed rate with relative variance 1/k makes Poisson counts negative binomial: k carries both the
// burstiness of the traffic and the uncertainty of the estimated rate.
//
// Blind to: tails heavier than a gamma's; the detector therefore learns each series' own scale of surprise
// (tail_model).
//
// Sources: M. Salmon, D. Schumacher, M. Hoehle, "Monitoring count time series in R: aberration detection in public
// health surveillance", J. Stat. Software 70(10), 2016, and A. Noufaily et al., "An improved algorithm for outbreak
// detection in multiple surveillance systems", Statistics in Medicine 32(7), 2013 (negative binomial predictive
// bounds); C. Loader 2000 (deviance form, see stirling); the incomplete beta function: NIST Digital Library of
// Mathematical Functions, 8.17.
#include "models/negative_binomial.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/incomplete_beta.h"
#include "models/stirling.h"

namespace insight::models {
namespace {

constexpr double kNearSurprise = 4.0;      // far more than what is near the mean ever has
constexpr double kLargestSize = 1e30;      // stands for infinity: no count is seen beside it
constexpr double kLargestCount = 1e15;     // whole numbers stay exact in a double
constexpr double kLogTwoPi = 1.8378770664093454836;

double variance(double mean, double size) { return mean + mean * (mean / size); }

// So near to the mean that the surprise is below kNearSurprise, whatever the mean and for sizes that matter.
bool is_near(double distance, double mean, double size) {
  constexpr double kNear = 0.5;   // standard deviations
  return size > 0.05 && (distance <= 0.0 || distance * distance < kNear * kNear * variance(mean, size));
}

// A distribution and its two ways to fail.
struct Distribution {
  double mean;
  double size;
  double p;   // mean / (size + mean)
  double q;   // size / (size + mean)

  Distribution(double mean_, double size_) : mean(mean_), size(std::min(size_, kLargestSize)) {
    const double inverse = 1.0 / (size + mean);
    p = mean * inverse;
    q = size * inverse;
  }

  double log_probability(double count) const {
    if (count <= 0.0) return -size * std::log1p(mean / size);
    const double n = count + size;
    const double series = stirling_series(n) - stirling_series(count) - stirling_series(size);
    const double scale = 0.5 * (std::log(size / n / count) - kLogTwoPi);
    return series + scale - size * log_growth_rest((count - mean) / (size + mean)) - deviance(count, n * p);
  }

  // P(X >= count) = I_p(count, size) over P(X = count), for counts above the mean.
  double above(double count) const { return count / IncompleteBeta{count, p, size * p, q * (count - mean)}.fraction(); }

  // P(X < count) = I_q(size, count) over P(X = count), for counts below the mean.
  double below(double count) const { return count / IncompleteBeta{size, q, count * q, q * (mean - count)}.fraction(); }
};

// -ln of a share, given ln of the probability of the count and the share over it.
double surprise_of(double log_probability, double ratio) { return std::max(0.0, -(log_probability + std::log(ratio))); }

// The same of the other share.
double complement_of(double log_probability, double ratio) {
  return std::max(0.0, -std::log1p(-std::exp(log_probability) * ratio));
}

}  // namespace

double negative_binomial_log_probability(double count, double mean, double size) {
  return Distribution(mean, size).log_probability(count);
}

double negative_binomial_upper(double count, double mean, double size, double ignored) {
  if (count <= 0.0 || (ignored >= kNearSurprise && is_near(count - mean, mean, size))) return 0.0;
  const Distribution x(mean, size);
  const double log_probability = x.log_probability(count);
  return count > mean ? surprise_of(log_probability, x.above(count)) : complement_of(log_probability, x.below(count));
}

// P(X <= count) is P(X < count + 1), and P(X = count + 1) = P(X = count) p (count + size) / (count + 1).
double negative_binomial_lower(double count, double mean, double size, double ignored) {
  if (ignored >= kNearSurprise && is_near(mean - count, mean, size)) return 0.0;
  const Distribution x(mean, size);
  if (count <= 0.0) return -x.log_probability(0.0);
  const double next = count + 1.0;
  const double log_probability = x.log_probability(next);
  return next < mean ? surprise_of(log_probability, x.below(next)) : complement_of(log_probability, x.above(next));
}

double negative_binomial_upper_bound(double surprise, double mean, double size) {
  if (surprise <= 0.0) return 0.0;
  double below = 0.0;   // always less surprising than asked
  double step = 1.0 + std::sqrt(variance(mean, size));
  double reached = std::ceil(mean + step);
  while (negative_binomial_upper(reached, mean, size) < surprise) {
    if (reached > kLargestCount) return std::numeric_limits<double>::infinity();
    below = reached;
    step *= 2.0;
    reached = std::ceil(reached + step);
  }
  while (reached - below > 1.0) {
    const double middle = std::floor(0.5 * (below + reached));
    (negative_binomial_upper(middle, mean, size) >= surprise ? reached : below) = middle;
  }
  return reached;
}

double negative_binomial_lower_bound(double surprise, double mean, double size) {
  if (negative_binomial_lower(0.0, mean, size) < surprise) return -1.0;
  double reached = 0.0;
  double above = std::ceil(mean) + 1.0;
  while (above - reached > 1.0) {
    const double middle = std::floor(0.5 * (above + reached));
    (negative_binomial_lower(middle, mean, size) >= surprise ? reached : above) = middle;
  }
  return reached;
}

}  // namespace insight::models
