// The wish to stop, which every worker waits on instead of sleeping.
#pragma once

#include <algorithm>
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
      if (!requested_) requested_at_ = std::chrono::steady_clock::now();
      requested_ = true;
    }
    changed_.notify_all();
  }
  bool requested() const {
    const std::lock_guard lock(mutex_);
    return requested_;
  }
  // What is left of `limit` since the wish was made; `otherwise` while there is none.
  std::chrono::milliseconds left(std::chrono::milliseconds limit, std::chrono::milliseconds otherwise) const {
    const std::lock_guard lock(mutex_);
    if (!requested_) return otherwise;
    const auto since = std::chrono::steady_clock::now() - requested_at_;
    return std::max(std::chrono::milliseconds(0), limit - std::chrono::duration_cast<std::chrono::milliseconds>(since));
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
  std::chrono::steady_clock::time_point requested_at_;
};

}  // namespace insight::app
