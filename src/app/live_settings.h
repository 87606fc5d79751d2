// The settings in force, which may change while the daemon runs.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "settings/settings.h"

namespace insight::app {

// One thread puts settings into force, others look. Thread-safe.
class LiveSettings {
 public:
  explicit LiveSettings(const settings::Settings& first)
      : current_(std::make_shared<const settings::Settings>(first)) {}

  void put(const settings::Settings& settings) {
    const std::lock_guard lock(mutex_);
    current_ = std::make_shared<const settings::Settings>(settings);
    generation_.fetch_add(1, std::memory_order_release);
  }
  std::shared_ptr<const settings::Settings> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  // Another number whenever others are in force: cheap enough to be asked in every loop.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const settings::Settings> current_;
  std::atomic<uint64_t> generation_{0};
};

}  // namespace insight::app
