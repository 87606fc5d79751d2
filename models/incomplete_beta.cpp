// The incomplete beta function by its continued fraction.
//
// Formula: I_x(a, b) = x^a y^b / B(a, b) / (q_0 + p_1 / (q_1 + p_2 / (q_2 + ...))) with y = 1 - x and
//   p_m = m (a + m - 1) (a + b + m - 1) (b - m) x^2 / (a + 2m - 1)^2
//   q_m = m + m (b - m) x / (a + 2m - 1) + (a + m) (a y - b x + 1 + m (1 + y)) / (a + 2m + 1),
// the even part of the fraction in the handbooks, which takes half as many steps. Numerator and denominator of the
// convergents are carried along (Wallis), and made small again, and compared, every few steps: one division a step.
//
// Blind to: x above the mean, where it converges slowly; callers take the complement there.
//
// Source: A. R. DiDonato and A. H. Morris, "Algorithm 708: Significant digit computation of the incomplete beta
// function ratios", ACM Trans. Math. Software 18(3), 1992 (equation 9).
#include "models/incomplete_beta.h"

#include <cmath>

namespace insight::models {
namespace {

constexpr int kStepsPerLook = 4;
constexpr int kMostLooks = 1 << 18;
constexpr double kAccuracy = 1e-15;

}  // namespace

double IncompleteBeta::fraction() const {
  const double y = 1.0 - x;
  double next_inverse = 1.0 / (a + 1.0);   // of a + 2m + 1
  double above_before = 1.0;
  double above = a * (lead + 1.0) * next_inverse;
  double below_before = 0.0;
  double below = 1.0;
  double value = above;
  double m = 0.0;
  for (int look = 0; look < kMostLooks; ++look) {
    for (int step = 0; step < kStepsPerLook; ++step) {
      m += 1.0;
      const double inverse = next_inverse;
      next_inverse = 1.0 / (a + 2.0 * m + 1.0);
      const double rest = m * (bx - m * x) * inverse;
      const double p = ((a + m - 1.0) * inverse) * (bx + (a + m - 1.0) * x) * rest;
      const double q = m + rest + ((a + m) * next_inverse) * (lead + 1.0 + m * (1.0 + y));
      const double above_next = q * above + p * above_before;
      const double below_next = q * below + p * below_before;
      above_before = above;
      below_before = below;
      above = above_next;
      below = below_next;
    }
    const double scale = 1.0 / below;
    const double last = value;
    value = above * scale;
    if (std::abs(value - last) <= kAccuracy * std::abs(value)) break;
    above_before *= scale;
    below_before *= scale;
    above = value;
    below = 1.0;
  }
  return value;
}

}  // namespace insight::models
