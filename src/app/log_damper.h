// Lets one of many like log lines through.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "app/clock.h"

namespace insight::app {

// Lines are alike when they differ in digits only: a client says the same of every broker, port and attempt.
// Remembers at most kKindsMax kinds; with more of them it starts anew. Thread-safe.
class LogDamper {
 public:
  // How many lines like this one were held back before it; nullopt: hold this one back, too.
  std::optional<uint64_t> admit(std::string_view text, SteadyTime now) {
    std::string kind;
    for (const char c : text)
      if (c < '0' || c > '9') kind += c;
    const std::lock_guard lock(mutex_);
    if (kinds_.size() >= kKindsMax && !kinds_.contains(kind)) kinds_.clear();
    const auto [at, added] = kinds_.try_emplace(std::move(kind), Kind{now, 0});
    if (added) return 0;
    if (now - at->second.shown < kQuiet) {
      ++at->second.held_back;
      return std::nullopt;
    }
    at->second.shown = now;
    return std::exchange(at->second.held_back, 0);
  }

 private:
  struct Kind {
    SteadyTime shown;
    uint64_t held_back = 0;
  };
  static constexpr size_t kKindsMax = 256;
  static constexpr std::chrono::seconds kQuiet{30};

  std::mutex mutex_;
  std::map<std::string, Kind> kinds_;
};

}  // namespace insight::app
