// From a budget of false insights to the score that must be reached.
//
// Method: for calls the detector was run on generated traffic with labelled anomalies (sparse to very busy series, bursts,
// periodic jobs, slow trends, level shifts). For each score threshold the insights outside of labelled anomalies
// were counted per 1000 series-days; the table below holds the thresholds at which that number met the budget.
// Between the points the threshold is close to linear in the logarithm of the budget, as a score that is itself a
// logarithm of a frequency should be.
// The score of errors is calibrated by itself, so its threshold is the definition of the score: a budget of b insights
// in 1000 series-days is a score of -log10(b / 1000), less what series without errors leave to the others.
//
// Blind to: how a given estate differs from that traffic. A score says "once in 10^v days for this series"; clusters
// that are really rare but benign (releases, audits) are not in the tables, and every estate has some.
#include "models/threshold.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace insight::models {
namespace {

constexpr size_t kPoints = 6;
using Table = std::array<double, kPoints>;

constexpr Table kBudgets = {0.3, 1.0, 3.0, 10.0, 30.0, 100.0};
constexpr Table kCallThresholds = {8.0, 6.2, 4.5, 3.1, 2.15, 1.35};
constexpr double kLeastBudget = 0.1;
constexpr double kMostBudget = 1000.0;
constexpr double kLeastThreshold = 0.05;
constexpr double kShareOfTheQuiet = 0.1;  // log10(1.25): one series in five has too few errors ever to score

double interpolate(double budget, const Table& thresholds) {
  const double wanted = std::clamp(budget, kLeastBudget, kMostBudget);
  size_t right = 1;
  while (right + 1 < kPoints && kBudgets[right] < wanted) ++right;
  const size_t left = right - 1;
  const double share = std::log(wanted / kBudgets[left]) / std::log(kBudgets[right] / kBudgets[left]);
  return std::max(thresholds[left] + share * (thresholds[right] - thresholds[left]), kLeastThreshold);
}

}  // namespace

double call_threshold(double budget) { return interpolate(budget, kCallThresholds); }
double error_threshold(double budget) {
  const double per_series_day = std::clamp(budget, kLeastBudget, kMostBudget) / 1000.0;
  return std::max(-std::log10(per_series_day) - kShareOfTheQuiet, kLeastThreshold);
}

}  // namespace insight::models
