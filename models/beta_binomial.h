// Tail probabilities of errors among calls whose error rate is uncertain.
#pragma once

namespace insight::models {

// E errors of `calls` (>= 0, whole), each failing with a probability drawn once from Beta(alpha, beta), both > 0.

// -ln P(E >= errors); 0 for no errors, and a coarse 0.3 up to the mean. `errors` must not exceed `calls`; more are
// taken as that many calls. Accurate to 1e-10 of itself for counts of many billions. Cost: some nanoseconds a term up
// to a few hundred terms, then some tens of microseconds however many there are.
double beta_binomial_upper(double errors, double calls, double alpha, double beta);

// ln P(E = errors).
double beta_binomial_log_probability(double errors, double calls, double alpha, double beta);

// The smallest whole number of errors whose surprise is at least `surprise` (> 0); calls + 1 if even all are less
// surprising.
double beta_binomial_upper_bound(double surprise, double calls, double alpha, double beta);

}  // namespace insight::models
