// The wish to stop, which every worker waits on instead of sleeping.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace insight::app {

// As those see it who are to stop. Thread-safe. Once requested it stays so.
class StopSignal {
 public:
  virtual ~StopSignal() = default;
  virtual bool requested() const = 0;
  // What is left of `limit` since the wish was made; `otherwise` while there is none.
  virtual std::chrono::milliseconds left(std::chrono::milliseconds limit,
                                         std::chrono::milliseconds otherwise) const = 0;
  // Waits for the wish, at most `timeout`; whether it is there.
  virtual bool wait_for(std::chrono::milliseconds timeout) const = 0;
};

// The wish as somebody makes it for all threads of a process.
class StopRequest final : public StopSignal {
 public:
  void request() {
    {
      const std::lock_guard lock(mutex_);
      if (!requested_) requested_at_ = std::chrono::steady_clock::now();
      requested_ = true;
    }
    changed_.notify_all();
  }
  bool requested() const override {
    const std::lock_guard lock(mutex_);
    return requested_;
  }
  std::chrono::milliseconds left(std::chrono::milliseconds limit, std::chrono::milliseconds otherwise) const override {
    const std::lock_guard lock(mutex_);
    if (!requested_) return otherwise;
    const auto since = std::chrono::steady_clock::now() - requested_at_;
    return std::max(std::chrono::milliseconds(0), limit - std::chrono::duration_cast<std::chrono::milliseconds>(since));
  }
  bool wait_for(std::chrono::milliseconds timeout) const override {
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
