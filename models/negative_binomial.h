// Tail probabilities of counts whose variance exceeds their mean.
#pragma once

namespace insight::models {

// X has mean `mean` > 0 and variance mean + mean^2 / size; `size` > 0, and beyond 1e6 a Poisson distribution is
// taken. Counts need not be whole. All surprises are -ln of a probability, never negative.
//
// Close to the mean (half a standard deviation) both give a coarse 0.3: nothing of interest is there. At most 400
// terms of the tail are summed, stopped when what is left can be estimated to 1e-3 of the sum: the upper surprise is
// accurate to about 1e-3, the lower to 1e-6, and too large by a few units where the standard deviation is in the thousands. The
// thresholds of the detector were measured with these very sums. No overflow for counts of many billions.

// -ln P(X >= count). A surprise of up to `ignored` may be given as 0: cheaper where most are of no interest.
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
