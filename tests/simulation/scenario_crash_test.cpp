// Scenarios 1 to 4: whoever crashes, wherever, leaves what a single thread would have made.
#include <gtest/gtest.h>

#include <map>

#include "tests/simulation/scenario_world.h"
#include "tests/simulation/traffic.h"

namespace insight::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// All of a traffic is there before anybody reads; reading it takes a minute or two.
void load(ScenarioWorld& world, const Traffic& traffic, double events_per_second, double batches_per_second) {
  for (const Delivery& delivery : traffic.deliveries())
    world.add_message(delivery.partition, delivery.payload, delivery.at);
  world.set_truth(traffic.events());
  world.set_pace(world.events_topic(), [=](int32_t) { return events_per_second; });
  world.set_pace(world.calls_topic(), [=](int32_t) { return batches_per_second; });
  world.faults().set_slowness(10);
}

TrafficOptions eventful(uint64_t seed) {
  TrafficOptions options;
  options.seed = seed;
  options.partitions = options.partitions_later = 2;
  options.history_minutes = 420;
  options.eventful_minutes = 10;
  options.calm_minutes = 60;
  return options;
}

// The fault at the `nth` such effect of each process.
ScriptedFaults::Script at_each(std::string effect, uint64_t nth, Fault fault, uint64_t& faults) {
  auto seen = std::make_shared<std::map<std::string, uint64_t>>();
  return [=, &faults](const Instance& instance, std::string_view now) {
    if (now != effect || ++(*seen)[instance.name()] != nth) return Fault::kNone;
    ++faults;
    return fault;
  };
}

// Detects anew after each crash until all is read. Intake stops first: it would go on saying that there is no more.
bool crash_through(ScenarioWorld& world) {
  const auto revived = [&] {
    if (world.running(Stage::kDetect).empty()) world.start(Stage::kDetect);
    return true;
  };
  if (!world.pass_until([&] { return revived() && world.input_is_read(); })) return false;
  world.stop_all(Stage::kIntake);
  return world.pass_until([&] { return revived() && world.calls_are_read(); });
}

struct Point {
  const char* effect;
  Fault fault;
  uint64_t nth;     // the first lets a process make headway
};

void PrintTo(const Point& point, std::ostream* out) {
  *out << point.effect << (point.fault == Fault::kCrashBefore ? " before" : " after");
}

class CrashingDetection : public ::testing::TestWithParam<Point> {};

TEST_P(CrashingDetection, AtEveryCommitLeavesTheStateAndTheInsightsOfOneThatNeverDid) {
  const Traffic traffic(eventful(11));
  ScenarioWorld world(traffic.end() + hours(1), {2, 2});
  load(world, traffic, 30, 4);
  uint64_t crashes = 0;
  world.faults().script = at_each(GetParam().effect, GetParam().nth, GetParam().fault, crashes);
  world.start(Stage::kIntake);
  world.start(Stage::kDetect);
  ASSERT_TRUE(crash_through(world));
  world.finish();
  EXPECT_GT(crashes, 3u);
  EXPECT_GT(world.reference().insights().size(), 3u);
  EXPECT_EQ(world.differences(), Findings{});
}

// Before and after everything that reaches the broker; after a commit means that its answer is not heard.
INSTANTIATE_TEST_SUITE_P(Scenario1, CrashingDetection,
                         ::testing::Values(Point{"transaction.send", Fault::kCrashBefore, 8},
                                           Point{"transaction.send", Fault::kCrashAfter, 8},
                                           Point{"transaction.offsets", Fault::kCrashBefore, 4},
                                           Point{"transaction.offsets", Fault::kCrashAfter, 4},
                                           Point{"transaction.commit", Fault::kCrashBefore, 4},
                                           Point{"transaction.commit", Fault::kCrashAfter, 2},
                                           Point{"transaction.commit", Fault::kCrashAfter, 4}));

// A partition that holds three APIs: the one that fell silent gives way to the one that was refused, a day later;
// meanwhile a burst declares an early Start, hours change, rows come twice, in disorder and late.
TEST(CrashingDetectionScenario2, KeepsAdmissionsEvictionsEarlyStartsAndLateRows) {
  const core::Timestamp begin = *core::parse_iso("2026-03-02T00:30:00Z");
  ScenarioWorld world(begin + hours(60), {2, 1, true, 3});
  Random random(5);
  for (int minute = 0; minute < 52 * 60; ++minute) {
    const auto call = [&](const char* name, int times) {
      for (int i = 0; i < times; ++i) {
        const core::Timestamp time = begin + minutes(minute) + seconds(random.below(60));
        world.add(time, {name}, static_cast<int32_t>(random.below(2)), time + minutes(1));
      }
    };
    const int hour = minute / 60;
    call("Steady", 1 + minute % 2);
    if (hour == 40 && minute % 60 < 6) call("Steady", 60);
    if (minute % 3 == 0) call("Other", 2);
    if (hour < 10 && minute % 4 == 0) call("Fading", 1);
    if (hour >= 12 && minute % 3 == 1) call("Refused", 2);
    if (minute % 97 == 5) {   // three hours late
      const core::Timestamp time = begin + minutes(minute);
      if (minute > 180) world.add(time - hours(3), {"Steady"}, 0, time);
    }
  }
  world.set_pace(world.events_topic(), [](int32_t) { return 100; });
  world.set_pace(world.calls_topic(), [](int32_t) { return 6; });
  world.faults().set_slowness(10);
  uint64_t crashes = 0;
  world.faults().script = at_each("transaction.commit", 4, Fault::kCrashBefore, crashes);
  world.start(Stage::kIntake);
  ASSERT_TRUE(crash_through(world));
  world.finish();
  EXPECT_GT(crashes, 3u);
  const auto& counted = world.reference().tasks().front()->counters();
  EXPECT_GT(counted.late, 10u);
  EXPECT_GT(counted.apis_refused, 0u);
  EXPECT_GT(counted.quota, 0u);
  EXPECT_EQ(world.reference().tasks().front()->apis(), 3u);
  EXPECT_GT(world.reference().insights().size(), 1u);
  EXPECT_EQ(world.differences(false), Findings{});
}

// Each decision is a commit of its own: the process dies right after each, with nothing else behind it.
TEST(CrashingDetectionScenario3, DeclaresEachStartAndEachEndOnce) {
  uint64_t crashes = 0;
  for (const uint64_t seed : {21, 22, 23, 24}) {
    TrafficOptions options = eventful(seed);
    options.apis = 6;
    const Traffic traffic(options);
    ScenarioWorld world(traffic.end() + hours(1), {2, 2});
    load(world, traffic, 60, 20);
    uint64_t insights = 0;
    world.faults().script = [&](const Instance& instance, std::string_view effect) {
      // Before the close of the minute that an early Start spoke of, or between a Start and its End.
      if (effect != "transaction.commit" || instance.name().front() != 'd') return Fault::kNone;
      const uint64_t now = static_cast<uint64_t>(world.broker().watermarks(world.insights_topic(), 0).high);
      if (now == insights) return Fault::kNone;
      insights = now;
      ++crashes;
      return Fault::kCrashAfter;
    };
    world.start(Stage::kIntake);
    ASSERT_TRUE(crash_through(world));
    world.finish();
    EXPECT_EQ(world.differences(), Findings{}) << seed;
  }
  EXPECT_GT(crashes, 8u);
}

// Of a process that stands still in the middle of sending, longer than its session: another reads on from the commit,
// then the first sends what it had in its queue, rows and claims alike.
class HalfSentBatches : public ::testing::TestWithParam<Fault> {};

TEST_P(HalfSentBatches, AreCountedOnceAndNothingBecomesLate) {
  for (const uint64_t nth : {3, 10, 25, 60, 61, 62}) {
    const Traffic traffic(eventful(nth));
    ScenarioWorld world(traffic.end() + hours(1), {2, 3});
    load(world, traffic, 30, 50);
    uint64_t faults = 0;
    const auto script = at_each("producer.send", nth, GetParam(), faults);
    world.faults().script = [&](const Instance& instance, std::string_view effect) {
      return faults == 0 ? script(instance, effect) : Fault::kNone;
    };
    world.start(Stage::kIntake);
    world.start(Stage::kIntake);
    world.start(Stage::kDetect);
    ASSERT_TRUE(world.pass_until([&] { return faults > 0; })) << nth;
    world.pass(world.faults().standstill + seconds(20));
    world.finish();
    EXPECT_EQ(world.reference().late(), 0u) << nth;
    EXPECT_EQ(world.differences(), Findings{}) << nth;
  }
}

INSTANTIATE_TEST_SUITE_P(Scenario4, HalfSentBatches,
                         ::testing::Values(Fault::kFreezeBefore, Fault::kFreezeAfter, Fault::kCrashBefore,
                                           Fault::kCrashAfter, Fault::kLate));

}  // namespace
}  // namespace insight::simulation
