// Private to src/kafka: the moment by which a blocking call gives up.
#pragma once

#include <algorithm>
#include <chrono>

namespace insight::kafka {

// The only place outside app/ that reads a clock: a monotonic one, for how long to wait on the network and nothing
// else. No result but "time was up" depends on it.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds from_now) : end_(Clock::now() + from_now) {}

  std::chrono::milliseconds left() const {
    return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now()));
  }
  bool is_over() const { return left().count() == 0; }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point end_;
};

}  // namespace insight::kafka
