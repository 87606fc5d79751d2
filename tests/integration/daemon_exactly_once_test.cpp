// The real binary on a real broker: what consumers read equals, to the byte, what a replay of the same records says,
// whatever happens to the instances.
#include <signal.h>

#include "tests/integration/daemon_fixture.h"

namespace insight::integration {
namespace {

constexpr char kAtTheClose[] = "detection:\n  early_start: false\n";
constexpr double kFirst = 0.62;      // of the trail: two days learned, the attack begins

const Trail& trail() {
  static const Trail made = make_trail(3, kInputPartitions, 20260302);
  return made;
}

class ExactlyOnce : public OnDaemon {
 protected:
  void expect_as_replayed() { OnDaemon::expect_as_replayed(trail(), 20); }

  // Every record that was read is accounted for: processed, or dropped for a reason.
  void expect_accounted(const std::vector<Daemon*>& daemons, uint64_t records) {
    double received = 0, processed = 0, dropped = 0, late = 0;
    const bool agree = eventually(
        [&] {
          received = sum_of(daemons, "insight_records_received_total");
          processed = sum_of(daemons, "insight_records_processed_total");
          dropped = sum_of(daemons, "insight_records_dropped_total");
          late = sum_of(daemons, "insight_records_dropped_total{reason=\"late\"}");
          return received >= static_cast<double>(records) && received == processed + dropped;
        },
        milliseconds(20000));
    EXPECT_TRUE(agree) << received << " received, " << processed << " processed, " << dropped << " dropped of "
                       << records;
    EXPECT_EQ(late, 0) << "no record is late in this trail";   // dropped ones were read again after a rebalance
  }
};

TEST_F(ExactlyOnce, TwoInstancesSayWhatAReplaySays) {
  configure(kAtTheClose);
  create_events();
  produce(trail().part(0, kFirst));
  const auto one = start_daemon("one");
  const auto two = start_daemon("two");
  produce(trail().part(kFirst, 1));
  ASSERT_TRUE(all_judged());
  expect_as_replayed();
  expect_accounted({one.get(), two.get()}, trail().records);
}

// The group hears of it before intake asks for the topic's partitions, which it does once a minute. What the old ones
// have is read first, to its end: had nobody waited for the new one, all of it would be late.
TEST_F(ExactlyOnce, APartitionAddedToTheEventsTopicIsWaitedForAndLosesNothing) {
  constexpr int32_t kAdded = kInputPartitions;
  constexpr double kGrows = 0.85;  // of the trail: before the last hours, which alignment reads half an hour a second
  const Trail grown = make_trail(2, kInputPartitions + 1, 20260302);
  const auto part = [&](double from, double until, bool of_added) {
    std::vector<TrailMessage> some = grown.part(from, until);
    std::erase_if(some, [&](const TrailMessage& message) { return (message.partition == kAdded) != of_added; });
    return some;
  };
  configure(kAtTheClose, {{"topic.metadata.refresh.interval.ms", "500"}});
  create_events();
  std::vector<TrailMessage> before = grown.part(0, kGrows);
  for (TrailMessage& message : before) message.partition %= kInputPartitions;
  produce(before);
  const auto one = start_daemon("one");
  const auto two = start_daemon("two");
  const auto read_by_both = [&] {
    return sum_of({one.get(), two.get()}, "insight_partitions_assigned{stage=\"intake\"}");
  };
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get(), two.get()}); }));
  ASSERT_TRUE(all_judged());

  broker().grow(topic("events"), kInputPartitions + 1);
  ASSERT_TRUE(eventually([&] { return read_by_both() == kInputPartitions + 1; }));
  produce(part(kGrows, 1, false));
  ASSERT_TRUE(all_judged());
  produce(part(kGrows, 1, true));
  ASSERT_TRUE(reached("intake", "events", ends("events", kInputPartitions + 1)));
  ASSERT_TRUE(all_judged());
  OnDaemon::expect_as_replayed(grown);
  expect_accounted({one.get(), two.get()}, grown.records);
}

TEST_F(ExactlyOnce, EarlyStartsChangeNothingButTheirOwnMinute) {
  configure("detection:\n  early_start: true\n");
  create_events();
  produce(trail().part(0, kFirst));
  const auto one = start_daemon("one");
  ASSERT_TRUE(eventually([&] { return one->ready(); }));
  const auto two = start_daemon("two");
  produce(trail().part(kFirst, 1));
  ASSERT_TRUE(all_judged());

  const std::string until = iso(trail().decided_until_ms);
  const Lines seen = decided_before(insights(), until);
  EXPECT_GE(std::count_if(seen.begin(), seen.end(), is_early), 5);
  configure(kAtTheClose);
  const Lines replayed = decided_before(replay(trail().ndjson), until);
  EXPECT_EQ(difference(compared(seen, early_in(seen)), compared(replayed, early_in(seen))), "");
}

TEST_F(ExactlyOnce, StopsAndKillsLoseAndDoubleNothing) {
  configure(kAtTheClose);
  create_events();
  auto one = start_daemon("one");
  auto two = start_daemon("two");
  produce(trail().part(0, kFirst));
  ASSERT_TRUE(all_read());
  expect_accounted({one.get(), two.get()}, trail().records_in(0, kFirst));

  // An orderly stop, in the middle of work.
  produce(trail().part(kFirst, 0.72));
  one->signal(SIGTERM);
  EXPECT_EQ(one->wait_exit(milliseconds(20000)), 0);
  produce(trail().part(0.72, 0.8));
  ASSERT_TRUE(all_read());
  one = start_daemon("one");
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get(), two.get()}); }));

  // A death, in the middle of work; then of both at once.
  produce(trail().part(0.8, 0.88));
  two->kill();
  produce(trail().part(0.88, 0.92));
  two = start_daemon("two");
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get(), two.get()}); }));
  produce(trail().part(0.92, 0.96));
  one->kill();
  two->kill();
  one = start_daemon("one");
  two = start_daemon("two");
  produce(trail().part(0.96, 1));
  ASSERT_TRUE(all_judged());
  expect_as_replayed();
}

// A process stopped past its session wakes up among partitions that are another's.
TEST_F(ExactlyOnce, AZombieAddsNothingAndTakesNothingBack) {
  configure(kAtTheClose);
  create_events();
  produce(trail().part(0, kFirst));
  const auto one = start_daemon("one");
  const auto two = start_daemon("two");
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get(), two.get()}); }));

  std::vector<int64_t> highest(kCallsPartitions, INT64_MIN);
  const auto offsets_grow = [&] {
    const auto now = committed("detect", "calls", kCallsPartitions);
    for (size_t p = 0; p < now.size(); ++p) {
      EXPECT_GE(now[p], highest[p]) << "the group's offset of partition " << p << " went back";
      highest[p] = std::max(highest[p], now[p]);
    }
  };
  produce(trail().part(kFirst, 0.75));
  one->signal(SIGSTOP);
  ASSERT_TRUE(eventually([&] {
    offsets_grow();
    return hold_everything({two.get()});
  }));
  produce(trail().part(0.75, 0.9));
  ASSERT_TRUE(all_read());
  one->signal(SIGCONT);
  produce(trail().part(0.9, 1));
  ASSERT_TRUE(eventually([&] {
    offsets_grow();
    return hold_everything({one.get(), two.get()});
  }));
  ASSERT_TRUE(all_judged());
  offsets_grow();
  expect_as_replayed();
}

}  // namespace
}  // namespace insight::integration
