// Tails of the beta-binomial distribution.
//
// Method: with n calls, e errors, m = n - e, and ln x! = x ln x - x + rest(x) (see stirling),
//   ln P(e) = ln C(n, e) + ln B(e + a, m + b) - ln B(a, b)
// where the large x ln x terms are paired into e ln(1 + a/e), m ln(1 + b/m) and n ln(1 + (a + b)/n), which stay near
// a and b however many calls there are. Further terms of the tail follow by the ratio
//   P(e + 1) / P(e) = (n - e) / (e + 1) * (e + a) / (n - e - 1 + b).
// The beta distribution carries both the correlation of errors within a window and the uncertainty of the rate.
//
// Blind to: errors and calls that are not of the same minutes (a failing call counted elsewhere), and error rates of
// two kinds mixed (one broken client among healthy ones looks like a broad beta).
//
// Source: J. G. Skellam, "A probability distribution derived from the binomial distribution by regarding the
// probability of success as variable between the sets of trials", J. R. Stat. Soc. B 10(2), 1948.
#include "models/beta_binomial.h"

#include <algorithm>
#include <cmath>

#include "models/stirling.h"

namespace insight::models {
namespace {

constexpr int kMostTerms = 400;
constexpr double kNegligible = 1e-7;
constexpr double kUpToTheMean = 0.3;

// x ln(1 + y / x), 0 at x = 0.
double log_growth(double x, double y) { return x > 0.0 ? x * std::log1p(y / x) : 0.0; }

}  // namespace

double beta_binomial_log_probability(double errors, double calls, double alpha, double beta) {
  const double good = calls - errors;
  const double x = errors + alpha;
  const double y = good + beta;
  const double both = alpha + beta;
  const double n = calls + both;
  const double choose = stirling_rest(calls) - stirling_rest(errors) - stirling_rest(good);
  const double posterior = stirling_rest(x) + stirling_rest(y) - stirling_rest(n) + std::log(n / x / y);
  const double prior = stirling_rest(alpha) + stirling_rest(beta) - stirling_rest(both) + std::log(both / alpha / beta);
  const double main = log_growth(errors, alpha) + log_growth(good, beta) - log_growth(calls, both) +
                      alpha * std::log(x / n * (both / alpha)) + beta * std::log(y / n * (both / beta));
  return choose + posterior - prior + main;
}

double beta_binomial_upper(double errors, double calls, double alpha, double beta) {
  if (errors <= 0.0) return 0.0;
  const double trials = std::max(calls, errors);
  if (errors <= trials * alpha / (alpha + beta)) return kUpToTheMean;
  double sum = 1.0;
  double term = 1.0;
  double j = errors;
  for (int i = 0; i < kMostTerms && j < trials; ++i) {
    term *= (trials - j) / (j + 1.0) * (j + alpha) / std::max(trials - j - 1.0 + beta, 1e-9);
    sum += term;
    j += 1.0;
    if (term < kNegligible * sum) break;
  }
  return std::max(0.0, -(beta_binomial_log_probability(errors, trials, alpha, beta) + std::log(sum)));
}

double beta_binomial_upper_bound(double surprise, double calls, double alpha, double beta) {
  if (beta_binomial_upper(calls, calls, alpha, beta) < surprise) return calls + 1.0;
  double below = 0.0;
  double reached = calls;
  while (reached - below > 1.0) {
    const double middle = std::floor(0.5 * (below + reached));
    (beta_binomial_upper(middle, calls, alpha, beta) >= surprise ? reached : below) = middle;
  }
  return reached;
}

}  // namespace insight::models
