// The log on stderr, and how not to flood it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include "core/time.h"

namespace insight::telemetry {

enum class LogFormat : uint8_t { kText, kJson };

// A logger on stderr. `level`: trace, debug, info, warn, error. Text lines are `2024-12-11T16:52:07.123Z warn
// message`; JSON lines are {"time":...,"level":...,"message":...}. A message stays on one line whatever it
// holds: control characters are escaped, bytes that are not UTF-8 become U+FFFD in JSON and `?` in text.
// Warnings and errors are flushed at once. Thread-safe.
std::shared_ptr<spdlog::logger> make_logger(std::string_view level, LogFormat format);
// The same on another sink.
std::shared_ptr<spdlog::logger> make_logger(std::string_view level, LogFormat format, spdlog::sink_ptr sink);

// From now on the logger logs from this level on.
void set_level(spdlog::logger& logger, std::string_view level);

// Lets one message through per interval and counts the rest. Not thread-safe: one per place and thread.
class RateLimit {
 public:
  explicit RateLimit(core::Duration interval) : interval_(interval) {}

  // Whether to log now: the number of messages held back since the last that was let through; else nullopt. A
  // clock that goes back lets one through.
  std::optional<uint64_t> pass(core::Timestamp now);

 private:
  core::Duration interval_;
  std::optional<core::Timestamp> last_;
  uint64_t held_back_ = 0;
};

}  // namespace insight::telemetry
