#include "tests/simulation/scheduler.h"

#include <gtest/gtest.h>

#include "tests/simulation/instance.h"

namespace insight::simulation {
namespace {

std::string interleaving(uint64_t seed) {
  Scheduler scheduler(seed);
  std::string order;
  std::vector<Scheduler::Thread*> threads;
  for (const char name : {'a', 'b', 'c'}) {
    threads.push_back(&scheduler.spawn(std::string(1, name), [&, name] {
      for (int i = 0; i < 5; ++i) {
        order += name;
        scheduler.wait(scheduler.now() + Time(scheduler.random().below(3)));
      }
    }));
  }
  for (auto* thread : threads) scheduler.join(*thread);
  return order;
}

TEST(TheScheduler, GivesTheSameOrderForTheSameSeedAndOthersForOthers) {
  EXPECT_EQ(interleaving(1), interleaving(1));
  EXPECT_NE(interleaving(1), interleaving(2));
}

TEST(TheScheduler, LetsTimePassOnlyWhenAllWait) {
  Scheduler scheduler(1);
  Time seen{0};
  auto& busy = scheduler.spawn("busy", [&] {
    for (int i = 0; i < 100; ++i) scheduler.wait(scheduler.now());
    seen = scheduler.now();
  });
  scheduler.wait(Time(50));
  EXPECT_EQ(scheduler.now(), Time(50));
  scheduler.join(busy);
  EXPECT_EQ(seen, Time(0));
}

TEST(TheScheduler, WakesWhoeverIsReadyBeforeItsTime) {
  Scheduler scheduler(1);
  bool flag = false;
  auto& setter = scheduler.spawn("setter", [&] {
    scheduler.wait(Time(30));
    flag = true;
  });
  EXPECT_TRUE(scheduler.wait(Time(100), [&] { return flag; }));
  EXPECT_EQ(scheduler.now(), Time(30));
  EXPECT_FALSE(scheduler.wait(Time(100), [] { return false; }));
  EXPECT_EQ(scheduler.now(), Time(100));
  scheduler.join(setter);
}

TEST(TheScheduler, UnwindsWhoIsKilledAndLeavesTheFrozenAlone) {
  Scheduler scheduler(1);
  struct Witness {
    bool& unwound;
    ~Witness() { unwound = true; }
  };
  bool unwound = false;
  auto& victim = scheduler.spawn("victim", [&] {
    const Witness witness{unwound};
    scheduler.wait(Time(1000));
  });
  Time woken{0};
  auto& sleeper = scheduler.spawn("sleeper", [&] {
    scheduler.wait(Time(10));
    woken = scheduler.now();
  });
  scheduler.wait(Time(5));
  scheduler.kill(victim);
  scheduler.freeze(sleeper, Time(500));
  scheduler.join(victim);
  EXPECT_TRUE(unwound);
  EXPECT_EQ(scheduler.now(), Time(5));
  scheduler.join(sleeper);
  EXPECT_EQ(woken, Time(500));
}

class Scripted : public Faults {
 public:
  Fault at(const Instance&, std::string_view) override { return fault; }
  Time latency(const Instance&, std::string_view) override { return Time(3); }
  Time freeze(const Instance&) override { return Time(60'000); }

  Fault fault = Fault::kNone;
};

struct Seen {
  bool happened = false;
  bool returned = false;
  Answer answer = Answer::kAnswered;
  bool crashed = false;
  Time took{0};
};

Seen effect_with(Fault fault) {
  Scheduler scheduler(1);
  Scripted faults;
  faults.fault = fault;
  Instance instance(scheduler, faults, "one", {}, Time(0));
  Seen seen;
  instance.start([&] {
    seen.answer = instance.effect("change", Time(100), [&] { seen.happened = true; });
    seen.returned = true;
  });
  instance.join();
  seen.crashed = instance.crashed();
  seen.took = scheduler.now();
  return seen;
}

TEST(AnInstance, SuffersItsFaultsBeforeOrAfterAnEffect) {
  const auto is = [](const Seen& seen, bool happened, bool crashed, Answer answer, int64_t took) {
    EXPECT_EQ(seen.happened, happened);
    EXPECT_EQ(seen.crashed, crashed);
    EXPECT_EQ(seen.returned, !crashed);
    EXPECT_EQ(seen.answer, answer);
    EXPECT_EQ(seen.took, Time(took));
  };
  is(effect_with(Fault::kNone), true, false, Answer::kAnswered, 3);
  is(effect_with(Fault::kCrashBefore), false, true, Answer::kAnswered, 3);
  is(effect_with(Fault::kCrashAfter), true, true, Answer::kAnswered, 3);
  is(effect_with(Fault::kLost), false, false, Answer::kTimedOut, 103);
  is(effect_with(Fault::kAnswerLost), true, false, Answer::kTimedOut, 103);
  is(effect_with(Fault::kFreezeBefore), true, false, Answer::kAnswered, 60'003);
  is(effect_with(Fault::kFreezeAfter), true, false, Answer::kAnswered, 60'003);
}

TEST(AnInstance, HasATimeOfDayOfItsOwn) {
  Scheduler scheduler(1);
  Scripted faults;
  const core::Timestamp epoch{std::chrono::hours(1000)};
  Instance fast(scheduler, faults, "fast", epoch, std::chrono::minutes(15));
  EXPECT_EQ(fast.wall(), epoch + std::chrono::minutes(15));
  scheduler.wait(Time(1000));
  fast.set_skew(Time(-500));
  EXPECT_EQ(fast.wall(), epoch + Time(500));
}

}  // namespace
}  // namespace insight::simulation
