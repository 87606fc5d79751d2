// How many errors a series has by the hour of day, however many calls there are.
#pragma once

#include <array>
#include <cstdint>

#include "models/bytes.h"
#include "models/rounded.h"

namespace insight::models {

// Mean errors a minute for each hour of day (UTC), shrunk towards the mean of all hours. A plain value of constant
// size; not thread-safe.
class ErrorHabit {
 public:
  // Errors expected in the `minutes` (1..60) that end with `minute`.
  double expected(int64_t minute, int minutes) const;

  double errors_a_day() const;   // discounted mean, with its prior

  // Relative variance of the expectation that comes from having seen few errors.
  double uncertainty() const;

  // After each minute. `decay` in (0, 1]: what one minute leaves of the memory of the mean.
  void learn(int64_t minute, double errors, double decay);

  // Leaves `share` in (0, 1] of what was learned, for a new level to take over.
  void forget(double share);

  void persist(ByteWriter& out) const;
  void restore(ByteReader& in);

 private:
  struct Hour {
    Single errors;
    Single minutes;
  };

  double per_minute(int hour) const;

  double errors_ = 0.0;    // discounted, of all hours
  double minutes_ = 0.0;
  std::array<Hour, 24> hours_{};
};

}  // namespace insight::models
