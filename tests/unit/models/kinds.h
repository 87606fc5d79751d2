// Kinds of series, as counts minute by minute.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "models/calendar.h"

namespace insight::models {

enum class Kind : uint8_t { kSteady, kSeasonal, kSparse, kBursty, kJob, kBusy };
inline constexpr std::array kKinds = {Kind::kSteady, Kind::kSeasonal, Kind::kSparse,
                                      Kind::kBursty, Kind::kJob,      Kind::kBusy};

constexpr std::string_view name_of(Kind kind) {
  constexpr std::array<std::string_view, kKinds.size()> kNames = {"steady", "seasonal", "sparse",
                                                                  "bursty", "job",      "busy"};
  return kNames[static_cast<size_t>(kind)];
}

// Quiet: about a call a minute at most, and not in the same minutes of every hour.
constexpr bool is_quiet(Kind kind) { return kind != Kind::kBusy && kind != Kind::kJob; }

// A deterministic source of counts.
class Traffic {
 public:
  explicit Traffic(Kind kind, uint64_t seed = 1) : kind_(kind), state_(seed * 7919 + static_cast<uint64_t>(kind)) {}

  double count(int64_t minute) {
    const double hour = static_cast<double>(minute_of_week(minute) % kMinutesPerDay) / 60.0;
    const bool weekend = minute_of_week(minute) >= 5 * kMinutesPerDay;
    switch (kind_) {
      case Kind::kSteady: return poisson(0.3);
      case Kind::kSeasonal: return poisson((weekend ? 0.2 : 0.8) * std::exp(1.5 * std::sin((hour - 9.0) * 0.2618)));
      case Kind::kSparse: return poisson(3.0 / kMinutesPerDay);
      case Kind::kBursty: return uniform() < 0.02 ? poisson(30.0 * uniform()) : 0.0;
      case Kind::kJob: return minute % 60 == 7 ? 20.0 + poisson(2.0) : poisson(0.01);
      case Kind::kBusy: return poisson(400.0);
    }
    return 0.0;
  }

  double poisson(double mean) {
    if (mean > 50.0)
      return std::max(0.0, std::round(mean + std::sqrt(mean) * (uniform() + uniform() + uniform() - 1.5) * 2.0));
    const double limit = std::exp(-mean);
    double count = 0.0;
    for (double product = uniform(); product > limit; product *= uniform()) count += 1.0;
    return count;
  }

  double uniform() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>((state_ >> 11) + 1) * 0x1p-53;
  }

 private:
  Kind kind_;
  uint64_t state_;
};

}  // namespace insight::models
