// One process of the simulated world: a worker's thread, its clocks, and what can go wrong with it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/clock.h"
#include "app/stop_signal.h"
#include "tests/simulation/scheduler.h"

namespace insight::simulation {

class Instance;

// What goes wrong at one effect.
enum class Fault : uint8_t {
  kNone,
  kCrashBefore,    // the process dies; it did not happen
  kCrashAfter,     // the process dies; it happened
  kLost,           // the call times out; it did not happen
  kAnswerLost,     // the call times out; it happened
  kLate,           // the call times out; it happens afterwards
  kFreezeBefore,   // the process stands still before it
  kFreezeAfter,    // the process stands still after it
};

// Decides what goes wrong. Asked in an order that follows from the seed.
class Faults {
 public:
  virtual ~Faults() = default;
  // `effect`: what the instance is about to do to the cluster, such as "transaction.commit".
  virtual Fault at(const Instance& instance, std::string_view effect) = 0;
  // How long a call to the cluster takes.
  virtual Time latency(const Instance& instance, std::string_view effect) = 0;
  // How long a process stands still.
  virtual Time freeze(const Instance& instance) = 0;
  // How many times longer than asked for every wait takes: a slow machine.
  virtual int slowness() const { return 1; }
};

enum class Answer : uint8_t { kAnswered, kTimedOut };

// The simulated clients and clocks of a worker call it, in the worker's thread. After a crash nothing of it reaches the
// cluster: clients that are unwound must ask crashed() first. Borrows scheduler and faults.
class Instance : public app::Clock, public app::StopSignal {
 public:
  // `epoch`: the true time of day when the world began. `skew`: how far this one's time of day is ahead.
  Instance(Scheduler& scheduler, Faults& faults, std::string name, core::Timestamp epoch, Time skew);

  const std::string& name() const { return name_; }
  Scheduler& scheduler() const { return scheduler_; }
  // Runs `body` (a worker's run()) in a thread of its own.
  void start(std::function<void()> body);
  bool ended() const { return thread_ == nullptr || thread_->ended(); }
  void join() { scheduler_.join(*thread_); }
  // From outside: the process dies where it stands.
  void crash();
  bool crashed() const { return crashed_; }
  // From outside: it stands still for `time`.
  void freeze(Time time);
  // When it last could run: now, unless it is frozen or dead. Its background threads (heartbeats, sending what is
  // queued) live as long.
  Time last_alive() const;
  // Steps its time of day.
  void set_skew(Time skew) { skew_ = skew; }

  // ---- of its own thread, for its clients

  // Does something to the cluster: a call that takes a while, and may fail or be the process's last. `timeout`: how
  // long the caller waits for an answer that does not come. `later`: sees to it that the change happens after the
  // caller gave up; empty: it never does. Throws Killed.
  Answer effect(std::string_view name, Time timeout, const std::function<void()>& change,
                const std::function<void()>& later = {});
  // How long something takes that nobody waits for: what is queued, until it is sent.
  Time latency(std::string_view name) { return faults_.latency(*this, name); }
  // Asks the cluster something. kTimedOut: no answer.
  Answer question(std::string_view name, Time timeout) {
    return effect(name, timeout, [] {});
  }
  // Waits until `ready` or for `timeout`; whether it was ready. Throws Killed.
  bool wait(Time timeout, const Scheduler::Ready& ready = {}) const;
  // As effect(), for what happens while others wait for it: destructors, which must not throw. Nothing fails.
  void effect_at_once(const std::function<void()>& change);

  // ---- app::Clock, app::StopSignal
  app::SteadyTime steady() const override;
  core::Timestamp wall() const override;
  bool requested() const override { return stop_requested_; }
  Time left(Time limit, Time otherwise) const override;
  bool wait_for(Time timeout) const override;
  // From outside: SIGTERM.
  void request_stop();

 private:
  [[noreturn]] void die();

  Scheduler& scheduler_;
  Faults& faults_;
  std::string name_;
  core::Timestamp epoch_;
  Time skew_;
  Scheduler::Thread* thread_ = nullptr;
  Time frozen_at_{0};
  Time frozen_until_{0};
  Time died_at_{0};
  bool crashed_ = false;
  bool stop_requested_ = false;
  Time stop_requested_at_{0};
};

}  // namespace insight::simulation
