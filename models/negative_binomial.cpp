// Tails of the negative binomial distribution.
//
// Method: the probability of the count itself in deviance form, times the sum of the ratios of its neighbours further
// out. With size k, mean m and n = x + k,
//   ln P(x) = ln(k / n) + ln Binomial(k of n with probability k / (k + m)),
//   P(x + 1) / P(x) = (x + k) / (x + 1) * m / (k + m).
// A gamma-distributed rate with relative variance 1/k makes Poisson counts negative binomial: k carries both the
// burstiness of the traffic and the uncertainty of the estimated rate.
//
// Blind to: tails heavier than a gamma's; the detector therefore learns each series' own scale of surprise
// (tail_model). Truncating the sum makes the surprise slightly too large for very wide distributions; see the header.
//
// Sources: M. Salmon, D. Schumacher, M. Hoehle, "Monitoring count time series in R: aberration detection in public
// health surveillance", J. Stat. Software 70(10), 2016, and A. Noufaily et al., "An improved algorithm for outbreak
// detection in multiple surveillance systems", Statistics in Medicine 32(7), 2013 (negative binomial predictive
// bounds); C. Loader 2000 (deviance form, see stirling).
#include "models/negative_binomial.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/stirling.h"

namespace insight::models {
namespace {

constexpr double kPoissonFrom = 1e6;       // sizes beyond this
constexpr double kNearTheMean = 0.3;       // the coarse surprise there
constexpr int kMostTerms = 400;
constexpr double kNegligible = 1e-7;       // of the sum: a term that ends it
constexpr double kGeometricEnd = 1e-3;     // of the sum: a rest that a geometric series may stand for
constexpr double kLargestCount = 1e15;     // whole numbers stay exact in a double

double half_deviation(double mean, double size) { return 0.5 * std::sqrt(mean + mean * mean / size); }

// The tail relative to its first term. Given up as soon as it exceeds `enough`.
double upper_sum(double count, double mean, double size, double enough) {
  const bool poisson = size > kPoissonFrom;
  const double p = mean / (size + mean);
  double sum = 1.0;
  double term = 1.0;
  double j = count;
  for (int i = 0; i < kMostTerms; ++i) {
    const double ratio = poisson ? mean / (j + 1.0) : (j + size) / (j + 1.0) * p;
    term *= ratio;
    sum += term;
    j += 1.0;
    if (term < kNegligible * sum || sum > enough) break;
    if (ratio < 0.999) {
      const double rest = term * ratio / (1.0 - ratio);
      if (rest < kGeometricEnd * sum) return sum + rest;
    }
  }
  return sum;
}

double lower_sum(double count, double mean, double size, double enough) {
  const bool poisson = size > kPoissonFrom;
  const double p = mean / (size + mean);
  double sum = 1.0;
  double term = 1.0;
  double j = count;
  for (int i = 0; i < kMostTerms && j > 0.0; ++i) {
    const double below = poisson ? mean : (j - 1.0 + size) * p;
    if (below <= 0.0) break;   // less than one whole count is left below a count that is not whole
    term *= j / below;
    sum += term;
    j -= 1.0;
    if (term < kNegligible * sum || sum > enough) break;
  }
  return sum;
}

// The sum from which the surprise is at most `ignored`.
double enough_for(double ignored, double log_probability) {
  return ignored > 0.0 ? std::exp(-ignored - log_probability) : std::numeric_limits<double>::infinity();
}

double surprise_of(double log_probability, double sum, double enough) {
  return sum > enough ? 0.0 : std::max(0.0, -(log_probability + std::log(sum)));
}

}  // namespace

double negative_binomial_log_probability(double count, double mean, double size) {
  if (size > kPoissonFrom) return -deviance(count, mean) - stirling_rest(count);
  if (count <= 0.0) return -size * std::log1p(mean / size);
  const double n = count + size;
  const double rest = stirling_rest(n) - stirling_rest(count) - stirling_rest(size);
  const double share = size / (size + mean);
  return rest - deviance(size, n * share) - deviance(count, n * (mean / (size + mean))) + std::log(size / n);
}

double negative_binomial_upper(double count, double mean, double size, double ignored) {
  if (count <= 0.0) return 0.0;
  if (count <= mean + half_deviation(mean, size)) return kNearTheMean;
  const double first = negative_binomial_log_probability(count, mean, size);
  const double enough = enough_for(ignored, first);
  return surprise_of(first, upper_sum(count, mean, size, enough), enough);
}

double negative_binomial_lower(double count, double mean, double size, double ignored) {
  if (count >= mean - half_deviation(mean, size)) return kNearTheMean;
  const double from = std::max(count, 0.0);
  const double first = negative_binomial_log_probability(from, mean, size);
  const double enough = enough_for(ignored, first);
  return surprise_of(first, lower_sum(from, mean, size, enough), enough);
}

double negative_binomial_upper_bound(double surprise, double mean, double size) {
  if (surprise <= 0.0) return 0.0;
  double below = 0.0;   // always less surprising than asked
  double step = 1.0 + 2.0 * half_deviation(mean, size);
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
