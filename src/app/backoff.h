// How long to wait before trying again.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace insight::app {

// Doubles from 200 ms to 10 s, each wait drawn between half and all of it, so that instances that lost the
// same broker do not come back in step.
class Backoff {
 public:
  // `entropy`: what the waits are drawn from.
  explicit Backoff(uint32_t entropy) : random_(entropy) {}

  std::chrono::milliseconds next() {
    std::uniform_int_distribution<int64_t> draw(wait_.count() / 2, wait_.count());
    const std::chrono::milliseconds drawn(draw(random_));
    wait_ = std::min(wait_ * 2, kMax);
    return drawn;
  }
  void reset() { wait_ = kFirst; }

 private:
  static constexpr std::chrono::milliseconds kFirst{200};
  static constexpr std::chrono::milliseconds kMax{10'000};
  std::chrono::milliseconds wait_ = kFirst;
  std::minstd_rand random_;
};

}  // namespace insight::app
