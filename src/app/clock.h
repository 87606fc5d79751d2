// The clocks. Only app/ reads them.
#pragma once

#include <chrono>

#include "core/time.h"

namespace insight::app {

using SteadyTime = std::chrono::steady_clock::time_point;

inline SteadyTime steady_now() { return std::chrono::steady_clock::now(); }
inline core::Timestamp wall_now() {
  return std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
}

}  // namespace insight::app
