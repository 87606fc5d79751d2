// The continued fraction of the incomplete beta function.
#pragma once

namespace insight::models {

// I_x(a, b) = x^a (1 - x)^b / B(a, b) / fraction: the share of a beta distribution's mass below x. Where b grows
// beyond all bounds and b x stays, it is the incomplete gamma function; so the products come in by themselves.
struct IncompleteBeta {
  double a = 1.0;      // > 0
  double x = 0.5;      // in [0, 1)
  double bx = 0.5;     // b times x
  double lead = 0.0;   // a (1 - x) - b x, computed without cancellation

  // The fraction, to about 1e-14 of itself. Needs lead > -1 or so: x below the mean of the distribution; the number
  // of steps then is a few in the tail and at most some times sqrt(min(a, b)) at the mean.
  double fraction() const;
};

}  // namespace insight::models
