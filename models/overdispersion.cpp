// Overdispersion by weighted, bounded moments.
//
// Method: each window gives an unbiased estimate (deviation^2 / variance - 1) / leverage of theta. Its own variance is
// about (2 + 1 / variance) (1 + leverage theta)^2 / leverage^2: the inverse, with theta as known so far, is its weight,
// so that neither a few busy windows nor many windows of next to no calls decide alone. A rise counts for no more than
// three standard deviations and three errors, so that an outage does not become the spread of the series. Discounted;
// the prior has the weight of ten windows of leverage 1 and is not forgotten.
//
// Blind to: the difference between errors that come together and a rate that wanders; both are overdispersion.
//
// Sources: P. McCullagh, J. A. Nelder, "Generalized Linear Models", 1989, ch. 4.5 and 9 (moment estimation of
// overdispersion); P. J. Huber, "Robust Statistics", 1981 (bounded influence).
#include "models/overdispersion.h"

#include <algorithm>
#include <cmath>

#include "models/packing.h"

namespace insight::models {
namespace {

constexpr double kPriorWeight = 10.0;
constexpr double kMostDeviations = 3.0;  // standard deviations
constexpr double kMostErrors = 3.0;  // and errors beyond them
constexpr double kLeastVariance = 1e-6;

}  // namespace

double Overdispersion::value() const {
  return std::max(excess_ + kPriorWeight * prior_, 0.0) / (weight_ + kPriorWeight);
}

void Overdispersion::learn(double deviation, double variance, double leverage, double weight, double decay) {
  const double spread = 1.0 + leverage * value();
  const double independent = std::max(variance, kLeastVariance);
  const double bounded = std::min(deviation, kMostDeviations * std::sqrt(independent * spread) + kMostErrors);
  const double trust = weight / ((2.0 + 1.0 / independent) * spread * spread) * leverage;
  excess_ = std::max(excess_ * decay + trust * (bounded * bounded / independent - 1.0), -kPriorWeight * prior_);
  weight_ = weight_ * decay + trust * leverage;
}

void Overdispersion::persist(ByteWriter& out) const {
  pack(out, excess_);
  pack(out, weight_);
}

void Overdispersion::restore(ByteReader& in) {
  unpack(in, excess_);
  unpack(in, weight_);
}

}  // namespace insight::models
