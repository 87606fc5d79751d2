// The real binary and a broker that is not there, comes late, goes away, or answers nothing.
#include <signal.h>

#include "tests/integration/daemon_fixture.h"

namespace insight::integration {
namespace {

const Trail& trail() {
  static const Trail made = make_trail(2, kInputPartitions, 31);
  return made;
}

// A broker of its own, which these tests stop and start.
class Outage : public OnDaemon {
 protected:
  KafkaBroker& broker() override {
    static KafkaBroker own(kafka::Properties{{"log.retention.ms", "-1"}});
    return own;
  }
  void SetUp() override { broker().start(); }

  void expect_as_replayed() {
    const std::string until = iso(trail().decided_until_ms);
    const Lines replayed = decided_before(replay(trail().ndjson), until);
    EXPECT_GE(replayed.size(), 15u);
    EXPECT_EQ(difference(decided_before(insights(), until), replayed), "");
  }
};

size_t count(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST_F(Outage, ADaemonWaitsForItsBroker) {
  configure();
  create_events();
  broker().stop();
  const auto daemon = start_daemon("one");
  ASSERT_TRUE(eventually([&] { return count(daemon->log(), "trying again in") >= 3; }))
      << "it says that it keeps trying";
  EXPECT_EQ(daemon->get("/livez").status, 200);
  EXPECT_EQ(daemon->get("/readyz").status, 503);
  EXPECT_EQ(daemon->metric("insight_ready"), 0);
  broker().start();
  ASSERT_TRUE(eventually([&] { return hold_everything({daemon.get()}); }));
  EXPECT_EQ(daemon->get("/livez").status, 200);
  produce(trail().part(0, 0.1));
  EXPECT_TRUE(eventually([&] {
    return daemon->metric("insight_records_received_total") == static_cast<double>(trail().records_in(0, 0.1));
  }));
}

TEST_F(Outage, ABrokerRestartedTwiceLosesAndDoublesNothing) {
  configure("detection:\n  early_start: false\n");
  create_events();
  const auto one = start_daemon("one");
  const auto two = start_daemon("two");
  produce(trail().part(0, 0.6));
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get(), two.get()}); }));
  produce(trail().part(0.6, 0.7));
  broker().restart();
  produce(trail().part(0.7, 0.85));
  broker().kill();
  broker().start();
  produce(trail().part(0.85, 1));
  ASSERT_TRUE(all_judged());
  expect_as_replayed();
  EXPECT_TRUE(one->running());
  EXPECT_TRUE(two->running());
}

TEST_F(Outage, AStopEndsInTimeWithoutABroker) {
  configure();
  create_events();
  const auto working = start_daemon("working");
  ASSERT_TRUE(eventually([&] { return hold_everything({working.get()}); }));
  produce(trail().part(0, 0.3));
  broker().freeze();       // connections stay, nothing is answered: the worst case
  working->signal(SIGTERM);
  const auto status = working->wait_exit(milliseconds(20000));
  broker().thaw();
  EXPECT_EQ(status, 0);

  broker().stop();
  const auto waiting = start_daemon("waiting");
  ASSERT_TRUE(eventually([&] { return count(waiting->log(), "trying again in") >= 1; }));
  waiting->signal(SIGINT);
  EXPECT_EQ(waiting->wait_exit(milliseconds(20000)), 0);
}

}  // namespace
}  // namespace insight::integration
