// Accurate pieces of the logarithms of factorials and of probabilities far in a tail.
#pragma once

namespace insight::models {

// ln(Gamma(1 + x)) = x ln x - x + stirling_rest(x), x >= 0 and not whole in general; 0 at 0.
// Relative accuracy about 1e-15 of max(1, ln Gamma) for any x; no shared state, unlike std::lgamma.
double stirling_rest(double x);

// The series alone, without ln(2 pi x)/2: ln(Gamma(1 + x)) = x ln x - x + ln(2 pi x)/2 + stirling_series(x), x > 0.
double stirling_series(double x);

// growth - ln(1 + growth), for growth > -1, without cancellation near 0.
double log_growth_rest(double growth);

// x ln(x / mean) + mean - x, for x >= 0 and mean > 0, without cancellation near the mean.
double deviance(double x, double mean);

}  // namespace insight::models
