// Tail probabilities of counts whose variance exceeds their mean.
#pragma once

namespace insight::models {

// X has mean `mean` > 0 and variance mean + mean^2 / size; `size` > 0, and where it is infinite X is Poisson. Counts
// need not be whole. All surprises are -ln of a probability, never negative, and accurate to 1e-10 of themselves for
// counts up to 1e15. Cost: a tenth of a microsecond or two; at the very mean of counts of billions, milliseconds.

// -ln P(X >= count). A surprise of up to `ignored` may be given as 0: cheaper near the mean.
double negative_binomial_upper(double count, double mean, double size, double ignored = 0.0);

// -ln P(X <= count). As above.
double negative_binomial_lower(double count, double mean, double size, double ignored = 0.0);

// ln P(X = count), accurate to about 1e-12 of itself.
double negative_binomial_log_probability(double count, double mean, double size);

// The smallest whole count whose upper surprise is at least `surprise` (> 0); infinite if none is below 1e15.
double negative_binomial_upper_bound(double surprise, double mean, double size);

// The largest whole count whose lower surprise is at least `surprise` (> 0.3); -1 if even 0 is less surprising.
double negative_binomial_lower_bound(double surprise, double mean, double size);

}  // namespace insight::models
