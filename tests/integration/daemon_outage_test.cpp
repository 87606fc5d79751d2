// The real binary and a broker that is not there, comes late, goes away, or answers nothing.
#include <signal.h>

#include <algorithm>
#include <iostream>

#include "tests/integration/daemon_fixture.h"
#include "tests/integration/hanging_transactions.h"

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
  void TearDown() override {
    if (transactions_.ended() > 0)
      std::cout << "[ kafka    ] " << transactions_.ended() << " transactions that it forgot were ended" << std::endl;
  }
  void look_after_broker() override { transactions_.end(); }

  void expect_as_replayed() { OnDaemon::expect_as_replayed(trail()); }

 private:
  HangingTransactions transactions_{broker(), topic("insights"), topic("state"), kCallsPartitions};
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
  // Nobody asks /readyz meanwhile: the metric follows by itself.
  ASSERT_TRUE(eventually([&] { return daemon->metric("insight_ready") == 1; }));
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

// What was learned is kept; only the minutes whose calls went with the topic are not judged.
TEST_F(Outage, ACallsTopicThatIsMadeAnewIsSaidAndOvercome) {
  configure("detection:\n  early_start: false\n");
  create_events();
  produce(trail().part(0, 0.5));
  const auto before = start_daemon("before");
  ASSERT_TRUE(all_judged());
  before->signal(SIGTERM);
  ASSERT_EQ(before->wait_exit(), 0);
  const Lines said = insights();

  const std::string calls = topic("calls");
  ASSERT_FALSE(broker().admin().delete_topic(calls, kPatience));
  ASSERT_TRUE(eventually([&] {
    const auto found = broker().admin().describe({calls}, kPatience);
    return found && !found->front().exists;
  }));
  broker().restart();   // and with it this program's own client, which would not find the topic made anew
  const auto after = start_daemon("after");
  ASSERT_TRUE(eventually([&] { return hold_everything({after.get()}); }));
  produce(trail().part(0.5, 1));
  ASSERT_TRUE(all_judged());
  EXPECT_EQ(count(after->log(), "was deleted and made anew"), static_cast<size_t>(kCallsPartitions)) << after->log();
  const Lines all = insights();
  ASSERT_GT(all.size(), said.size()) << "insights go on";
  EXPECT_TRUE(std::equal(said.begin(), said.end(), all.begin())) << "and none is said again";

  // It is said once: the state speaks of the new topic from then on.
  after->signal(SIGTERM);
  ASSERT_EQ(after->wait_exit(), 0);
  const auto again = start_daemon("again");
  ASSERT_TRUE(eventually([&] { return hold_everything({again.get()}); }));
  EXPECT_EQ(count(again->log(), "was deleted and made anew"), 0u);
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
