// Runs threads one at a time, in an order and a time that follow from a seed.
#pragma once

#include <semaphore.h>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/simulation/random.h"

namespace insight::simulation {

// Virtual time since the world began.
using Time = std::chrono::milliseconds;

// Thrown out of a scheduling point of a thread that was killed, so that its stack unwinds. Nothing may catch it but
// the scheduler.
struct Killed {};

// A baton: whoever holds it runs, all others wait for it. It changes hands only in wait(), and virtual time goes on only
// when nobody can run. So a run is a function of the seed. The thread that makes the scheduler is one of its threads
// and holds the baton first. No member but spawn's body is called by a thread that does not hold it.
class Scheduler {
 public:
  class Thread;
  using Ready = std::function<bool()>;

  explicit Scheduler(uint64_t seed);
  // Every thread must have ended.
  ~Scheduler();

  Time now() const { return now_; }
  Random& random() { return random_; }

  // Called before each choice of who runs next, with the baton held: what happens by itself as time goes on. Must not
  // wait.
  void on_step(std::function<void()> step) { step_ = std::move(step); }

  // Begins when it is chosen for the first time. Borrowed until join().
  Thread& spawn(std::string name, std::function<void()> body);
  // Waits until its body returned or was unwound.
  void join(Thread& thread);
  // Its next wait, or the one it is in, throws Killed. One that has ended is left alone.
  void kill(Thread& thread);
  // Not chosen before `until`, whatever it waits for: a process that is stopped. Killing ends it.
  void freeze(Thread& thread, Time until);

  // A scheduling point: others may run; returns at `until` at the latest (true: `ready` held; it must not have side
  // effects). An empty `ready` never holds. `until` <= now(): just lets others run.
  bool wait(Time until, const Ready& ready = {});

 private:
  Thread& choose();

  Random random_;
  Time now_{0};
  std::function<void()> step_;
  std::vector<std::unique_ptr<Thread>> threads_;  // [0]: who made the scheduler
  Thread* running_ = nullptr;
};

// Seen from outside. Everything of it is the scheduler's.
class Scheduler::Thread {
 public:
  const std::string& name() const { return name_; }
  bool ended() const { return ended_; }
  bool killed() const { return killed_; }
  bool frozen() const { return frozen_until_ > owner_.now(); }

 private:
  friend class Scheduler;
  Thread(Scheduler& owner, std::string name);
  ~Thread();
  friend std::default_delete<Thread>;

  bool runnable() const;

  Scheduler& owner_;
  std::string name_;
  sem_t baton_;
  std::thread thread_;
  Time until_{0};
  const Ready* ready_ = nullptr;
  Time frozen_until_{0};
  bool killed_ = false;
  bool ended_ = false;
};

}  // namespace insight::simulation
