// Tail probabilities of errors among calls whose error rate is uncertain.
#pragma once

namespace insight::models {

// E errors of `calls` (>= 0, whole), each failing with a probability drawn once from Beta(alpha, beta), both > 0.

// -ln P(E >= errors); 0 for no errors, and a coarse 0.3 up to the mean. `errors` must not exceed `calls`; more are
// taken as that many calls. At most 400 terms are summed: accurate to 1e-7 where they are enough, too large by a few
// units where the standard deviation is in the thousands. No overflow for counts of many billions.
double beta_binomial_upper(double errors, double calls, double alpha, double beta);

// ln P(E = errors).
double beta_binomial_log_probability(double errors, double calls, double alpha, double beta);

// The smallest whole number of errors whose surprise is at least `surprise` (> 0); calls + 1 if even all are less
// surprising.
double beta_binomial_upper_bound(double surprise, double calls, double alpha, double beta);

}  // namespace insight::models
