// Scenarios 5 to 8: what clocks, idle partitions, wrong dates, silence and a long backlog do to the watermark.
#include <gtest/gtest.h>

#include "tests/simulation/scenario_world.h"
#include "tests/simulation/traffic.h"

namespace insight::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const core::Timestamp kBegin = *core::parse_iso("2026-03-02T06:00:00Z");

// How far behind the newest event minutes may be closed in the end: lateness, and the minutes that
// both ends of it are in.
constexpr int kBehindMax = 12;

// Calls of `apis` APIs, `per_minute` each, in one minute of event time.
void add_minute(ScenarioWorld& world, core::Timestamp at, int apis, int per_minute, int32_t partitions,
                const std::string& account = "111111111111") {
  for (int api = 0; api < apis; ++api)
    for (int i = 0; i < per_minute; ++i) {
      const core::Timestamp time = at + seconds(1 + 59 * i / per_minute);
      world.add(time, {"Operation" + std::to_string(api), account}, static_cast<int32_t>((api + i) % partitions), time);
    }
}

// One minute after another comes as it happens.
void live(ScenarioWorld& world, int count, const std::function<void(core::Timestamp)>& minute) {
  for (int i = 0; i < count; ++i) {
    world.pass(minutes(1));
    minute(core::start_of(core::minute_of(world.broker().now())) - minutes(1));
  }
}

// ---- 5

TEST(CaughtUpClaims, OfWrongClocksAndStoppedProcessesMakeNothingLateAndStallNothing) {
  ScenarioWorld world(kBegin, {4, 2});   // 0 and 1 are busy, 2 falls idle, 3 is never used
  world.faults().set_slowness(20);
  world.faults().standstill = seconds(40);
  Process& fast = world.start(Stage::kIntake, minutes(15));
  world.start(Stage::kIntake, -minutes(4));
  world.start(Stage::kDetect);
  uint64_t asked = 0;
  uint64_t stopped = 0;
  // Stopped between the question for the end and the sending of what follows from it.
  world.faults().script = [&](const Instance&, std::string_view effect) {
    if (effect != "admin.question" || ++asked % 50 != 0) return Fault::kNone;
    ++stopped;
    return Fault::kFreezeAfter;
  };
  int32_t busy = 3;
  const auto minute = [&](core::Timestamp at) { add_minute(world, at, 3, 3, busy); };
  live(world, 30, minute);
  busy = 2;
  live(world, 30, minute);
  fast.instance().set_skew(minutes(14));   // steps back
  live(world, 20, minute);
  for (Process* process : world.running(Stage::kIntake)) process->instance().crash();   // nobody owns any
  live(world, 5, minute);
  world.start(Stage::kIntake);
  world.start(Stage::kIntake);
  live(world, 20, minute);
  // Another partition, live.
  add_minute(world, core::start_of(core::minute_of(world.broker().now())), 1, 3, 1);
  world.broker().add_partition(world.events_topic());
  live(world, 15, [&](core::Timestamp at) {
    add_minute(world, at, 3, 3, 2);
    world.add(at + seconds(5), {"Operation0"}, 4, at + seconds(5));
  });
  world.finish();
  EXPECT_GT(stopped, 3u);
  EXPECT_EQ(world.reference().late(), 0u);
  EXPECT_LE(world.behind(), kBehindMax);
  EXPECT_EQ(world.differences(), Findings{});
}

// Its clock is 15 minutes ahead, and it stands still for 20 between the question and the batch that says what followed from it.
// Meanwhile others read the partition, slowly: what they still have to read is not late for it.
TEST(CaughtUpClaims, OfAFastClockThatAreSentTwentyMinutesLaterMakeNothingLate) {
  ScenarioWorld world(kBegin, {2, 1});
  world.faults().set_slowness(20);
  world.faults().standstill = minutes(20);
  Process& fast = world.start(Stage::kIntake, minutes(15));
  world.start(Stage::kDetect);
  const auto in_one = [&](core::Timestamp at, int32_t partition) {
    for (int i = 0; i < 3; ++i) world.add(at + seconds(10 * i), {"Operation"}, partition, at + seconds(10 * i));
  };
  live(world, 20, [&](core::Timestamp at) { in_one(at, 0), in_one(at, 1); });
  live(world, 5, [&](core::Timestamp at) { in_one(at, 0); });
  bool stopped = false;
  world.faults().script = [&](const Instance& instance, std::string_view effect) {
    if (stopped || &instance != &fast.instance() || effect != "admin.question") return Fault::kNone;
    stopped = true;
    return Fault::kFreezeAfter;
  };
  world.set_pace(world.events_topic(), [](int32_t partition) { return partition == 1 ? 0.0 : 1000.0; });
  world.start(Stage::kIntake);
  live(world, 25, [&](core::Timestamp at) { in_one(at, 0), in_one(at, 1); });
  world.finish();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(world.reference().late(), 0u);
  EXPECT_LE(world.behind(), kBehindMax);
  EXPECT_EQ(world.differences(), Findings{});
}

// ---- 6

struct Poison {
  const char* name;
  core::Duration ahead;  // of the broker's clock
  int32_t partitions;  // that get one
  core::Duration reading;  // when reading begins, after the last event
  uint64_t future;  // how many are counted as such
};

void PrintTo(const Poison& poison, std::ostream* out) { *out << poison.name; }

class WrongDates : public ::testing::TestWithParam<Poison> {};

TEST_P(WrongDates, CloseNoMinuteEarlyAndStallNothing) {
  const Poison poison = GetParam();
  constexpr int kMinutes = 240;
  ScenarioWorld world(kBegin + minutes(kMinutes) + poison.reading, {2, 1});
  for (int minute = 0; minute < kMinutes; ++minute) {
    const core::Timestamp at = kBegin + minutes(minute);
    add_minute(world, at, 2, 2, 2);
    if (minute != kMinutes / 2) continue;
    for (int32_t p = 0; p < poison.partitions; ++p) world.add_poison(at + poison.ahead, p, at);
  }
  world.start(Stage::kIntake);
  world.start(Stage::kDetect);
  world.finish();
  EXPECT_EQ(world.counter(Stage::kIntake, "insight_records_dropped_total"), poison.future);
  EXPECT_EQ(world.reference().late(), 0u);
  EXPECT_GE(world.reference().closed(), core::minute_of(kBegin) + (kMinutes - kBehindMax));
  EXPECT_TRUE(world.reference().insights().empty());
  EXPECT_EQ(world.differences(poison.future > 0), Findings{});
}

constexpr core::Duration kTo2099 = hours(24) * 365 * 73;
INSTANTIATE_TEST_SUITE_P(Scenario6, WrongDates,
                         ::testing::Values(Poison{"2099 in one partition", kTo2099, 1, minutes(0), 1},
                                           Poison{"2099 in all", kTo2099, 2, minutes(0), 2},
                                           Poison{"two days ahead in a backlog of a week", hours(48), 1, hours(168),
                                                  0}));

TEST(WrongDatesOfMessages, ThatAreAllZeroCapNothing) {
  ScenarioWorld world(kBegin + hours(5), {2, 1});
  for (int minute = 0; minute < 240; ++minute)
    for (int i = 0; i < 4; ++i)
      world.add(kBegin + minutes(minute) + seconds(10 * i), {"Operation"}, i % 2, core::Timestamp{});
  world.start(Stage::kIntake);
  world.start(Stage::kDetect);
  world.finish();
  EXPECT_EQ(world.reference().late(), 0u);
  EXPECT_GE(world.reference().closed(), core::minute_of(kBegin) + (240 - kBehindMax));
  EXPECT_EQ(world.differences(), Findings{});
}

// ---- 7

class Silence : public ::testing::Test {
 protected:
  // Six hours of eight APIs in two accounts, there before anybody reads.
  void SetUp() override {
    for (int minute = -360; minute < 0; ++minute) add(kBegin + minutes(minute), true);
    world.faults().set_slowness(100);
    world.start(Stage::kIntake);
    world.start(Stage::kDetect);
  }
  void add(core::Timestamp at, bool second_account) {
    add_minute(world, at, 8, 2, 2);
    if (second_account) add_minute(world, at, 8, 2, 2, "222222222222");
  }
  uint64_t missing() {
    uint64_t sum = 0;
    for (const auto& task : world.reference().tasks()) sum += task->counters().group_minutes_missing;
    return sum;
  }
  void both(core::Timestamp at) { add(at, true); }

  ScenarioWorld world{kBegin, {2, 1, false}};
};

TEST_F(Silence, OfTwoHoursWhoseBacklogComesIsNoSilence) {
  live(world, 20, [&](core::Timestamp at) { both(at); });
  std::vector<core::Timestamp> held;
  live(world, 120, [&](core::Timestamp at) { held.push_back(at); });
  for (const core::Timestamp at : held) both(at);
  live(world, 40, [&](core::Timestamp at) { both(at); });
  world.finish();
  EXPECT_EQ(world.reference().late(), 0u);
  EXPECT_EQ(missing(), 0u);
  EXPECT_TRUE(world.reference().insights().empty());
  EXPECT_LE(world.behind(), kBehindMax);
  EXPECT_EQ(world.differences(), Findings{});
}

TEST_F(Silence, OfTwoHoursThatNothingFillsIsMissingAndNoStorm) {
  live(world, 20, [&](core::Timestamp at) { both(at); });
  live(world, 120, [](core::Timestamp) {});
  live(world, 60, [&](core::Timestamp at) { both(at); });
  world.finish();
  EXPECT_EQ(world.reference().late(), 0u);
  EXPECT_GT(missing(), 0u);
  EXPECT_TRUE(world.reference().insights().empty());
  EXPECT_EQ(world.differences(), Findings{});
}

TEST_F(Silence, OfOneAccountIsMissingThereAndNoStorm) {
  live(world, 20, [&](core::Timestamp at) { both(at); });
  live(world, 120, [&](core::Timestamp at) { add(at, false); });
  live(world, 60, [&](core::Timestamp at) { both(at); });
  world.finish();
  EXPECT_GT(missing(), 0u);
  EXPECT_TRUE(world.reference().insights().empty());
  EXPECT_EQ(world.differences(), Findings{});
}

TEST_F(Silence, OfARetentionThatCutWhatWasNotReadIsMissingAndNoStorm) {
  live(world, 20, [&](core::Timestamp at) { both(at); });
  for (Process* process : world.running(Stage::kIntake)) process->instance().request_stop();
  live(world, 120, [&](core::Timestamp at) { both(at); });
  for (int32_t p = 0; p < 2; ++p)
    world.broker().delete_before(world.events_topic(), p, world.broker().watermarks(world.events_topic(), p).high);
  live(world, 5, [&](core::Timestamp at) { both(at); });
  world.start(Stage::kIntake);
  live(world, 55, [&](core::Timestamp at) { both(at); });
  world.finish();
  EXPECT_EQ(world.reference().late(), 0u);
  EXPECT_TRUE(world.reference().insights().empty());
  EXPECT_EQ(world.differences(false), Findings{});
}

// ---- 8

TEST(SevenDaysOfBacklog, ReadAtSpeedsOfOneToAHundredComesOutAsReadInStep) {
  constexpr int32_t kPartitions = 12;
  ScenarioWorld world(kBegin + hours(7 * 24) + minutes(30), {kPartitions, 2, false});
  Random random(8);
  for (int minute = 0; minute < 7 * 1440; ++minute)
    for (int32_t p = 0; p < kPartitions; ++p) {
      if ((minute + p) % 6 != 0) continue;
      const core::Timestamp time = kBegin + minutes(minute) + seconds(random.below(60));
      world.add(time, {"Operation" + std::to_string(p % 4)}, p, time + seconds(30));
      // A burst on the fifth day.
      if (minute / 1440 == 4 && minute % 1440 >= 600 && minute % 1440 < 612)
        for (int i = 0; i < 20; ++i) world.add(time, {"Operation0"}, p, time + seconds(30));
    }
  world.set_pace(world.events_topic(), [](int32_t p) { return p == 0 ? 5 : 500.0 * p / (kPartitions - 1); });
  world.faults().set_slowness(4);
  world.start(Stage::kIntake);
  world.start(Stage::kIntake);
  world.start(Stage::kDetect);
  uint64_t open = 0;
  ASSERT_TRUE(world.pass_until([&] {
    open = std::max(open, world.counter(Stage::kDetect, "insight_event_time_open_seconds") / 60);
    return world.input_is_read();
  }));
  // Of two partitions: the ten minutes of lateness, the half hour by which partitions may differ, and what is read until
  // that is looked at.
  EXPECT_LE(open, 2u * (10 + 30 + 6 * 60));
  EXPECT_GE(open, 2u * 10);
  world.finish();
  EXPECT_EQ(world.reference().late(), 0u);
  EXPECT_FALSE(world.reference().insights().empty());
  EXPECT_EQ(world.differences(), Findings{});
}

}  // namespace
}  // namespace insight::simulation
