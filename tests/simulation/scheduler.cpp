#include "tests/simulation/scheduler.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace insight::simulation {
namespace {

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "scheduler: %s\n", why);
  std::abort();
}

}  // namespace

Scheduler::Thread::Thread(Scheduler& owner, std::string name) : owner_(owner), name_(std::move(name)) {
  sem_init(&baton_, 0, 0);
}

Scheduler::Thread::~Thread() {
  if (thread_.joinable()) thread_.join();
  sem_destroy(&baton_);
}

bool Scheduler::Thread::runnable() const {
  if (ended_) return false;
  if (killed_) return true;
  return !frozen() && (until_ <= owner_.now() || (ready_ != nullptr && *ready_ && (*ready_)()));
}

Scheduler::Scheduler(uint64_t seed) : random_(seed) {
  threads_.emplace_back(new Thread(*this, "world"));
  running_ = threads_.front().get();
}

Scheduler::~Scheduler() {
  for (size_t i = 1; i < threads_.size(); ++i)
    if (!threads_[i]->ended_) give_up("a thread outlives its scheduler");
}

Scheduler::Thread& Scheduler::spawn(std::string name, std::function<void()> body) {
  Thread& thread = *threads_.emplace_back(new Thread(*this, std::move(name)));
  thread.until_ = now_;
  thread.thread_ = std::thread([this, &thread, run = std::move(body)] {
    while (sem_wait(&thread.baton_) != 0) continue;
    try {
      if (!thread.killed_) run();
    } catch (const Killed&) {
      // It has been unwound, which is all that was wanted.
    }
    thread.ended_ = true;
    running_ = &choose();
    sem_post(&running_->baton_);
  });
  return thread;
}

void Scheduler::join(Thread& thread) {
  wait(Time::max(), [&] { return thread.ended_; });
  if (thread.thread_.joinable()) thread.thread_.join();
}

void Scheduler::kill(Thread& thread) { thread.killed_ = true; }

void Scheduler::freeze(Thread& thread, Time until) { thread.frozen_until_ = until; }

bool Scheduler::wait(Time until, const Ready& ready) {
  Thread& self = *running_;
  if (self.killed_ && std::uncaught_exceptions() > 0) give_up("a thread that is being unwound waits");
  self.until_ = until;
  self.ready_ = &ready;
  Thread& next = choose();
  if (&next != &self) {
    running_ = &next;
    sem_post(&next.baton_);
    while (sem_wait(&self.baton_) != 0) continue;
  }
  self.ready_ = nullptr;
  if (self.killed_) throw Killed{};
  return ready && ready();
}

Scheduler::Thread& Scheduler::choose() {
  for (;;) {
    if (step_) step_();
    std::vector<Thread*> runnable;
    for (const auto& thread : threads_)
      if (thread->runnable()) runnable.push_back(thread.get());
    if (!runnable.empty()) return *runnable[random_.below(runnable.size())];
    Time next = Time::max();
    for (const auto& thread : threads_)
      if (!thread->ended_) next = std::min(next, std::max(thread->until_, thread->frozen_until_));
    if (next == Time::max()) give_up("everybody waits for something that time does not bring");
    now_ = std::max(now_, next);
  }
}

}  // namespace insight::simulation
