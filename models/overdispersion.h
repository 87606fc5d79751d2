// How much more the errors of a series vary than independent ones would.
#pragma once

#include "models/bytes.h"

namespace insight::models {

// Learns theta in  E[deviation^2] = variance * (1 + leverage * theta), where `variance` is that of independent errors.
// With n calls, leverage n - 1: theta is the correlation of a beta-binomial. With m expected errors, leverage m:
// theta is 1 / size of a negative binomial. Starts from a prior; one observation, however wild, moves it by a bounded
// amount. A plain value of constant size; not thread-safe.
class Overdispersion {
 public:
  explicit constexpr Overdispersion(double prior) : prior_(prior) {}

  double value() const;   // >= 0

  // `deviation`: observed less expected errors of a window; `variance` > 0; `leverage` > 0; `weight` in [0, 1]: how far
  // the window is to be trusted; `decay` in (0, 1]: what is left of the memory since the last call.
  void learn(double deviation, double variance, double leverage, double weight, double decay);

  void persist(ByteWriter& out) const;
  void restore(ByteReader& in);

 private:
  double prior_;
  double excess_ = 0.0;  // of the data alone: sum of weight * leverage * (deviation^2 / variance - 1)
  double weight_ = 0.0;  // of the data alone: sum of weight * leverage^2
};

}  // namespace insight::models
