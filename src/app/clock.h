// The clocks. Only app/ reads them.
#pragma once

#include <chrono>

#include "core/time.h"

namespace insight::app {

using SteadyTime = std::chrono::steady_clock::time_point;

// What the workers know of time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // For how long something takes or shall be waited for: never goes back.
  virtual SteadyTime steady() const = 0;
  // The time of day: may be wrong, jump and go back.
  virtual core::Timestamp wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
  core::Timestamp wall() const override {
    return std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
  }
};

}  // namespace insight::app
