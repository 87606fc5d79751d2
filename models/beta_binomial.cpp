// Tails of the beta-binomial distribution.
//
// Method: with n calls, e errors, m = n - e, and ln x! = x ln x - x + rest(x) (see stirling),
//   ln P(e) = ln C(n, e) + ln B(e + a, m + b) - ln B(a, b)
// where the large x ln x terms are paired into e ln(1 + a/e), m ln(1 + b/m) and n ln(1 + (a + b)/n), which stay near
// a and b however many calls there are. Further terms of the tail follow by the ratio
//   P(e + 1) / P(e) = (n - e) / (e + 1) * (e + a) / (n - e - 1 + b).
// A tail that has not ended after some hundred terms changes little from one to the next: its sum is then the integral
// (Gauss's rule on panels that grow away from both ends) with Gregory's corrections, which are differences of terms.
// The beta distribution carries both the correlation of errors within a window and the uncertainty of the rate.
//
// Blind to: errors and calls that are not of the same minutes (a failing call counted elsewhere), and error rates of
// two kinds mixed (one broken client among healthy ones looks like a broad beta).
//
// Sources: J. G. Skellam, "A probability distribution derived from the binomial distribution by regarding the
// probability of success as variable between the sets of trials", J. R. Stat. Soc. B 10(2), 1948. Abramowitz and Stegun,
// 25.4.7 (Gregory's formula) and 25.4.30 (Gauss's).
#include "models/beta_binomial.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "models/stirling.h"

namespace insight::models {
namespace {

constexpr double kNegligible = 1e-14;  // of the sum
constexpr int64_t kStride = 512;  // terms that are summed one by one
constexpr double kUpToTheMean = 0.3;
constexpr size_t kDifferences = 4;  // the next one is below 1e-12 after so many terms
using Differences = std::array<double, kDifferences>;

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

namespace {

// Sums probabilities relative to that of the first.
class Tail {
 public:
  Tail(double errors, double calls, double alpha, double beta)
      : first_(errors),
        calls_(calls),
        alpha_(alpha),
        beta_(beta),
        log_first_(beta_binomial_log_probability(errors, calls, alpha, beta)) {}

  double log_first() const { return log_first_; }

  double sum() const {
    double sum = 1.0;
    double term = 1.0;
    double j = first_;
    const bool one_by_one = calls_ - first_ <= 4.0 * kStride;
    for (int64_t i = 0; one_by_one || i < kStride; ++i) {
      if (j >= calls_) return sum;
      term *= ratio(j);
      sum += term;
      j += 1.0;
      // Beyond the mode no term is larger than this one, unless the errors pile up where everything fails.
      if (beta_ >= 1.0 && term * (calls_ - j) < kNegligible * sum) return sum;
    }
    return sum - term + far_sum(j, term, sum);
  }

 private:
  double ratio(double j) const { return (calls_ - j) / (j + 1.0) * (j + alpha_) / (calls_ - j - 1.0 + beta_); }
  double at(double j) const { return std::exp(beta_binomial_log_probability(j, calls_, alpha_, beta_) - log_first_); }

  // All terms from `begin` on, whose term is `term`: the last ones by one, the rest by Gregory's formula.
  double far_sum(double begin, double term, double so_far) const {
    double j = calls_;
    double last = at(j);
    double sum = 0.0;
    for (int64_t i = 0; i < kStride; ++i) {
      sum += last;
      last /= ratio(j - 1.0);
      j -= 1.0;
    }
    return sum + integral(begin, j, so_far) + end_correction(begin, term, 1.0) + end_correction(j, last, -1.0);
  }

  // What the sum has beyond the integral at one end, from the differences of the terms there.
  double end_correction(double j, double term, double direction) const {
    constexpr Differences kGregory = {1.0 / 2, -1.0 / 12, 1.0 / 24, -19.0 / 720};
    Differences terms{term};
    for (size_t i = 1; i < terms.size(); ++i) {
      const double from = j + direction * static_cast<double>(i - 1);
      terms[i] = direction > 0.0 ? terms[i - 1] * ratio(from) : terms[i - 1] / ratio(from - 1.0);
    }
    double sum = 0.0;
    for (size_t order = 0; order < terms.size(); ++order) {
      sum += kGregory[order] * terms[0];
      for (size_t i = 0; i + 1 < terms.size() - order; ++i) terms[i] = terms[i + 1] - terms[i];
    }
    return sum;
  }

  // Panels that double in width away from either end, each by Gauss's rule of 16 points.
  double integral(double begin, double end, double so_far) const {
    double sum = 0.0;
    const double middle = begin + 0.5 * (end - begin);
    double width = 8.0;
    for (double from = begin; from < middle; width *= 1.5) {
      const double to = std::min(from + width, middle);
      const double panel = gauss(from, to);
      sum += panel;
      from = to;
      if (beta_ >= 1.0 && panel * (end - from) < kNegligible * (sum + so_far) * width) return sum;
    }
    width = 8.0;
    for (double to = end; to > middle; width *= 1.5) {
      const double from = std::max(to - width, middle);
      sum += gauss(from, to);
      to = from;
    }
    return sum;
  }

  double gauss(double from, double to) const {
    constexpr std::array<double, 8> kPoints = {0.0950125098376374402, 0.2816035507792589132, 0.4580167776572273863,
                                               0.6178762444026437484, 0.7554044083550030339, 0.8656312023878317439,
                                               0.9445750230732325761, 0.9894009349916499326};
    constexpr std::array<double, 8> kWeights = {0.1894506104550684963, 0.1826034150449235888, 0.1691565193950025381,
                                                0.1495959888165767320, 0.1246289712555338720, 0.0951585116824927848,
                                                0.0622535239386478929, 0.0271524594117540949};
    const double middle = 0.5 * (from + to);
    const double half = 0.5 * (to - from);
    double sum = 0.0;
    for (size_t i = 0; i < kPoints.size(); ++i) {
      sum += kWeights[i] * (at(middle - half * kPoints[i]) + at(middle + half * kPoints[i]));
    }
    return half * sum;
  }

  double first_;
  double calls_;
  double alpha_;
  double beta_;
  double log_first_;
};

}  // namespace

double beta_binomial_upper(double errors, double calls, double alpha, double beta) {
  if (errors <= 0.0) return 0.0;
  const double trials = std::max(calls, errors);
  if (errors <= trials * alpha / (alpha + beta)) return kUpToTheMean;
  const Tail tail(errors, trials, alpha, beta);
  return std::max(0.0, -(tail.log_first() + std::log(tail.sum())));
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
