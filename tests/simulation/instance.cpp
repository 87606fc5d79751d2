#include "tests/simulation/instance.h"

#include <algorithm>

namespace insight::simulation {

Instance::Instance(Scheduler& scheduler, Faults& faults, std::string name, core::Timestamp epoch, Time skew)
    : scheduler_(scheduler), faults_(faults), name_(std::move(name)), epoch_(epoch), skew_(skew) {}

void Instance::start(std::function<void()> body) { thread_ = &scheduler_.spawn(name_, std::move(body)); }

void Instance::crash() {
  if (ended() || crashed_) return;
  died_at_ = last_alive();
  crashed_ = true;
  scheduler_.kill(*thread_);
}

void Instance::die() {
  crash();
  throw Killed{};
}

void Instance::freeze(Time time) {
  if (ended() || crashed_) return;
  frozen_at_ = last_alive();
  frozen_until_ = std::max(frozen_until_, scheduler_.now() + time);
  scheduler_.freeze(*thread_, frozen_until_);
}

Time Instance::last_alive() const {
  if (crashed_) return died_at_;
  return frozen_until_ > scheduler_.now() ? frozen_at_ : scheduler_.now();
}

Answer Instance::effect(std::string_view name, Time timeout, const std::function<void()>& change,
                        const std::function<void()>& later) {
  scheduler_.wait(scheduler_.now() + faults_.latency(*this, name));
  const Fault fault = faults_.at(*this, name);
  const auto stand_still = [&] {
    freeze(faults_.freeze(*this));
    wait(Time(0));
  };
  if (fault == Fault::kCrashBefore) die();
  if (fault == Fault::kFreezeBefore) stand_still();
  const bool lost = fault == Fault::kLost || fault == Fault::kLate;
  if (!lost) change();
  if (fault == Fault::kLate && later) later();
  if (fault == Fault::kCrashAfter) die();
  if (fault == Fault::kFreezeAfter) stand_still();
  if (!lost && fault != Fault::kAnswerLost) return Answer::kAnswered;
  scheduler_.wait(scheduler_.now() + timeout);
  return Answer::kTimedOut;
}

bool Instance::wait(Time timeout, const Scheduler::Ready& ready) const {
  return scheduler_.wait(scheduler_.now() + timeout * faults_.slowness(), ready);
}

void Instance::effect_at_once(const std::function<void()>& change) {
  if (!crashed_) change();
}

app::SteadyTime Instance::steady() const { return app::SteadyTime(std::chrono::hours(1) + scheduler_.now()); }

core::Timestamp Instance::wall() const { return epoch_ + scheduler_.now() + skew_; }

Time Instance::left(Time limit, Time otherwise) const {
  if (!stop_requested_) return otherwise;
  return std::max(Time(0), limit - (scheduler_.now() - stop_requested_at_));
}

bool Instance::wait_for(Time timeout) const {
  wait(timeout, [this] { return stop_requested_; });
  return stop_requested_;
}

void Instance::request_stop() {
  if (stop_requested_) return;
  stop_requested_ = true;
  stop_requested_at_ = scheduler_.now();
}

}  // namespace insight::simulation
