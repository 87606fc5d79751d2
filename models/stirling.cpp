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
constexpr double kLogTwoPi = 1.8378770664093454836;

// ln(2 pi x)/2 and the series, x >= kLeastForSeries.
double rest_by_series(double x) {
  const double inverse = 1.0 / x;
  const double square = inverse * inverse;
  const double far = 1.0 / 1680 - square * (1.0 / 1188 - square * 691.0 / 360360);
  const double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * far)));
  return 0.5 * (kLogTwoPi + std::log(x)) + series;
}

double log_factorial(double x) { return x * std::log(x) - x + rest_by_series(x); }

double rest_by_recurrence(double x) {
  double product = 1.0;
  double moved = x;
  while (moved < kLeastForSeries) {
    moved += 1.0;
    product *= moved;
  }
  return log_factorial(moved) - std::log(product) - x * std::log(x) + x;
}

}  // namespace

double stirling_rest(double x) {
  if (x >= kLeastForSeries) return rest_by_series(x);
  if (!(x > 0.0)) return 0.0;
  static const std::array<double, static_cast<size_t>(kLeastForSeries)> whole = [] {
    std::array<double, static_cast<size_t>(kLeastForSeries)> table{};
    for (size_t i = 1; i < table.size(); ++i) table[i] = rest_by_recurrence(static_cast<double>(i));
    return table;
  }();
  const auto index = static_cast<size_t>(x);
  return static_cast<double>(index) == x ? whole[index] : rest_by_recurrence(x);
}

double deviance(double x, double mean) {
  const double difference = x - mean;
  const double v = difference / (x + mean);
  if (std::abs(v) >= 0.1) return x > 0.0 ? x * std::log(x / mean) - difference : mean;
  // ln(x / mean) = 2 (v + v^3/3 + v^5/5 + ...), and the first term cancels against the difference.
  const double square = v * v;
  double sum = 0.0;
  double power = v;
  for (int odd = 3; odd <= 21; odd += 2) {
    power *= square;
    sum += power / odd;
  }
  return difference * v + 2.0 * x * sum;
}

}  // namespace insight::models
