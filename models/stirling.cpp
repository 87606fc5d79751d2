// Logarithms of factorials without cancellation.
//
// Written with lgamma, the log-probability of a count of 2e9 is a difference of numbers near 4e10 and good to 1e-5
// at best. Stirling's formula splits ln x! into x ln x - x, which cancels on paper between the factorials of one
// probability and leaves deviances, and a small rest. What stays is accurate at every size.
//
// Formula: ln x! = x ln x - x + ln(2 pi x)/2 + 1/(12x) - 1/(360x^3) + ...; for small x the recurrence
// Gamma(x + 1) = x Gamma(x) first moves x up to where six terms of the series give full accuracy.
//
// Source: C. Loader, "Fast and accurate computation of binomial probabilities", 2000 (the idea of the deviance
// form); Abramowitz and Stegun, 6.1.41 (the series).
#include "models/stirling.h"

#include <array>
#include <cmath>

namespace insight::models {
namespace {

constexpr double kLeastForSeries = 15.0;
constexpr double kSmall = 0.1;
constexpr double kLogTwoPi = 1.8378770664093454836;

double series(double x) {
  const double inverse = 1.0 / x;
  const double square = inverse * inverse;
  const double far = 1.0 / 1680 - square * (1.0 / 1188 - square * 691.0 / 360360);
  return inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * far)));
}

// Moves x up by n to where the series holds: ln Gamma(x + 1) = ln Gamma(x + n + 1) - ln((x + 1) ... (x + n)).
double series_by_recurrence(double x) {
  const double n = std::ceil(kLeastForSeries - x);
  const double moved = x + n;
  const double inverse = 1.0 / moved;
  double product = 1.0;   // of (x + i) / (x + n)
  for (double i = 1.0; i < n; i += 1.0) product *= (x + i) * inverse;
  return series(moved) + (x + 0.5) * std::log(moved / x) - n - std::log(product);
}

// v^3/3 + v^5/5 + ..., what is left of ln((1 + v) / (1 - v)) / 2 after v. For |v| < kSmall.
double higher_powers(double v) {
  const double square = v * v;
  double sum = 0.0;
  double power = v;
  for (int odd = 3; odd <= 21; odd += 2) {
    power *= square;
    sum += power / odd;
  }
  return sum;
}

}  // namespace

double stirling_rest(double x) { return x > 0.0 ? 0.5 * (kLogTwoPi + std::log(x)) + stirling_series(x) : 0.0; }

double stirling_series(double x) {
  if (x >= kLeastForSeries) return series(x);
  static const std::array<double, static_cast<size_t>(kLeastForSeries)> whole = [] {
    std::array<double, static_cast<size_t>(kLeastForSeries)> table{};
    for (size_t i = 1; i < table.size(); ++i) table[i] = series_by_recurrence(static_cast<double>(i));
    return table;
  }();
  const auto index = static_cast<size_t>(x);
  return static_cast<double>(index) == x ? whole[index] : series_by_recurrence(x);
}

double log_growth_rest(double growth) {
  const double v = growth / (2.0 + growth);
  return std::abs(v) < kSmall ? growth * v - 2.0 * higher_powers(v) : growth - std::log1p(growth);
}

double deviance(double x, double mean) {
  const double difference = x - mean;
  const double v = difference / (x + mean);
  if (std::abs(v) < kSmall) return difference * v + 2.0 * x * higher_powers(v);
  return x > 0.0 ? x * std::log(x / mean) - difference : mean;
}

}  // namespace insight::models
