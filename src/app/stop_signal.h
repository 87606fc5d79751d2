// The wish to stop, which every worker waits on instead of sleeping.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace insight::app {

// Thread-safe. Once requested it stays so.
class StopSignal {
 public:
  void request() {
    {
      const std::lock_guard lock(mutex_);
      requested_ = true;
    }
    changed_.notify_all();
  }
  bool requested() const {
    const std::lock_guard lock(mutex_);
    return requested_;
  }
  // Waits for the wish, at most `timeout`; whether it is there.
  bool wait_for(std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return requested_; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool requested_ = false;
};

}  // namespace insight::app
