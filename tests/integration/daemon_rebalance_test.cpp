// The real binary in a group: who comes and goes moves no more than it must, and what is held fits the memory.
#include <signal.h>

#include <tuple>

#include "tests/integration/daemon_fixture.h"
#include "tests/integration/tcp_proxy.h"

namespace insight::integration {
namespace {

constexpr char kAtTheClose[] = "detection:\n  early_start: false\n";

const Trail& trail() {
  static const Trail made = make_trail(2, kInputPartitions, 1113);
  return made;
}

class Rebalance : public OnDaemon {
 protected:
  void expect_as_replayed() { OnDaemon::expect_as_replayed(trail()); }
  // How often any process of these names has restored a partition.
  size_t restored(const std::vector<std::string>& names) const {
    size_t found = 0;
    for (const auto& name : names)
      for (const auto& line : split_lines(read_file(folder_ / (name + ".log"))))
        found += line.find("APIs restored, going on at") != std::string::npos ? 1 : 0;
    return found;
  }
};

// Scenario 11, in short. Of six partitions two members hold three each; a third one takes one of either, and gives
// them back when it leaves. What stays where it is is never restored.
TEST_F(Rebalance, AStormOfJoinsAndLeavesRestoresOnlyWhatMoves) {
  constexpr size_t kRounds = 3;
  const std::vector<std::string> names = {"one", "two", "three"};
  configure(kAtTheClose);
  create_events();
  const auto one = start_daemon("one");
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get()}); }));
  const auto two = start_daemon("two");
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get(), two.get()}); }));
  produce(trail().part(0, 0.6));
  size_t expected = restored({"one", "two"});
  EXPECT_EQ(expected, 6u + 3u);
  for (size_t round = 0; round < kRounds; ++round) {
    const double at = 0.6 + 0.1 * static_cast<double>(round);
    const auto three = start_daemon("three");
    produce(trail().part(at, at + 0.05));
    // The two hold everything before it comes, too: it has to have its share.
    ASSERT_TRUE(eventually([&] {
      return three->metric("insight_partitions_assigned{stage=\"detect\"}") == 2 &&
             hold_everything({one.get(), two.get(), three.get()});
    }));
    expected += 2;
    EXPECT_EQ(restored(names), expected) << "the newcomer restores its two, nobody else anything";
    three->signal(SIGTERM);
    EXPECT_EQ(three->wait_exit(milliseconds(20000)), 0);
    produce(trail().part(at + 0.05, at + 0.1));
    ASSERT_TRUE(eventually([&] { return hold_everything({one.get(), two.get()}); }));
    expected += 2;
    EXPECT_EQ(restored(names), expected);
  }
  produce(trail().part(0.9, 1));
  ASSERT_TRUE(all_judged());
  expect_as_replayed();
}

// With names of their own (a StatefulSet's), members that are back within the session find what they had; the others
// notice nothing.
TEST_F(Rebalance, ARollingRestartOfStaticMembersMovesNothing) {
  std::vector<std::string> names = {"one", "two", "three"};
  std::vector<std::filesystem::path> configs;
  std::vector<std::unique_ptr<Daemon>> daemons;
  create_events();
  for (const auto& name : names) {
    configure(kAtTheClose, {{"group.instance.id", name}, {"session.timeout.ms", "30000"}});
    std::filesystem::rename(config_, folder_ / (name + ".yaml"));
    config_ = configs.emplace_back(folder_ / (name + ".yaml"));
    daemons.push_back(start_daemon(name));
  }
  const auto all_hold = [&] { return hold_everything({daemons[0].get(), daemons[1].get(), daemons[2].get()}); };
  ASSERT_TRUE(eventually(all_hold));
  const auto held = [&](size_t i) { return daemons[i]->metric("insight_partitions_assigned{stage=\"detect\"}"); };
  ASSERT_TRUE(eventually([&] { return all_hold() && held(0) == 2 && held(1) == 2 && held(2) == 2; }));
  produce(trail().part(0, 0.6));
  for (size_t i = 0; i < daemons.size(); ++i) {
    const double at = 0.6 + 0.1 * static_cast<double>(i);
    produce(trail().part(at, at + 0.05));
    const size_t before = restored(names);
    const double others = sum_of({daemons[(i + 1) % 3].get(), daemons[(i + 2) % 3].get()}, "insight_rebalances_total");
    daemons[i]->signal(SIGTERM);
    EXPECT_EQ(daemons[i]->wait_exit(milliseconds(20000)), 0);
    produce(trail().part(at + 0.05, at + 0.1));
    config_ = configs[i];
    daemons[i] = start_daemon(names[i]);
    ASSERT_TRUE(eventually(all_hold));
    EXPECT_EQ(restored(names), before + 2) << "its own two, by itself";
    EXPECT_EQ(sum_of({daemons[(i + 1) % 3].get(), daemons[(i + 2) % 3].get()}, "insight_rebalances_total"), others);
    ASSERT_TRUE(all_judged()) << "nothing waits for longer than the restart took";
  }
  produce(trail().part(0.9, 1));
  ASSERT_TRUE(all_judged());
  expect_as_replayed();
}

// Two of one name would take the partitions from each other for ever: the one that had it first ends, with the reason.
TEST_F(Rebalance, ASecondOfTheSameNameEndsTheFirst) {
  configure(kAtTheClose, {{"group.instance.id", "insightd-0"}});
  create_events();
  const auto first = start_daemon("first");
  produce(trail().part(0, 0.6));
  ASSERT_TRUE(eventually([&] { return hold_everything({first.get()}); }));
  const auto second = start_daemon("second");
  ASSERT_EQ(first->wait_exit(), 1);
  EXPECT_NE(first->log().find("with group.instance.id every process needs one of its own"), std::string::npos)
      << first->log();
  produce(trail().part(0.6, 1));
  ASSERT_TRUE(all_judged());
  EXPECT_TRUE(second->running());
  expect_as_replayed();
}

// Ready is who has been given a share, of which there may be none for it.
TEST_F(Rebalance, AProcessWithoutAPartitionToReadIsReady) {
  configure();
  create_events(1);
  const auto one = start_daemon("one");
  ASSERT_TRUE(eventually([&] { return one->ready(); }));
  EXPECT_EQ(one->get("/readyz").body, "reading 1 partitions, detecting on 6\n");
  const auto two = start_daemon("two");
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get(), two.get()}); }));
  EXPECT_EQ(one->metric("insight_partitions_assigned{stage=\"intake\"}").value_or(0) +
                two->metric("insight_partitions_assigned{stage=\"intake\"}").value_or(0),
            1);
}

// Its name may be lost in one stage, of which the other hears nothing; or the other's producer begins before its
// membership is told. Whichever: the process ends, and does not take the name back.
TEST_F(Rebalance, AProcessThatLosesItsNameInOneStageEnds) {
  struct Nobody : kafka::RebalanceHandler {
    std::vector<kafka::Assignment> on_assigned(const std::vector<kafka::TopicPartition>&) override { return {}; }
    void on_revoked(const std::vector<kafka::TopicPartition>&) override {}
    void on_lost(const std::vector<kafka::TopicPartition>&) override {}
  };
  const kafka::Properties named = {{"group.instance.id", "insightd-0"}};
  kafka::LibrdkafkaCluster cluster;
  // The heartbeats are rare: a transaction is mostly refused before one is.
  configure(kAtTheClose,
            {{"group.instance.id", "insightd-0"}, {"heartbeat.interval.ms", "5000"}, {"session.timeout.ms", "15000"}});
  create_events();
  produce(trail().part(0, 0.2));
  const std::tuple<std::string, std::string, bool> kTaken[] = {
      {"intake", "events", false}, {"detect", "calls", false}, {"detect", "calls", true}};
  for (const auto& [stage, of, transactions] : kTaken) {
    SCOPED_TRACE(stage + (transactions ? " and its transactions" : ""));
    const auto daemon = start_daemon(stage + (transactions ? "-2" : ""));
    ASSERT_TRUE(eventually([&] { return hold_everything({daemon.get()}); }));
    std::unique_ptr<kafka::TransactionalProducer> producer;
    if (transactions) {
      producer = std::move(*cluster.transactional_producer(broker().client(), group("detect") + "-insightd-0"));
      ASSERT_TRUE(producer->init_transactions(kPatience).ok());
    }
    Nobody nobody;
    kafka::Consumer::Options options{broker().client(), group(stage)};
    options.client.properties = named;
    const auto taker = std::move(*cluster.consumer(options));
    ASSERT_FALSE(taker->subscribe({topic(of)}, nobody));
    const auto polled = [&](auto&& condition) {
      return eventually([&] {
        taker->poll_batch(milliseconds(10), 1, [](const kafka::Message&) {});
        return condition();
      });
    };
    EXPECT_TRUE(polled([&] { return !daemon->running(); })) << daemon->log();
    EXPECT_EQ(daemon->wait_exit(), 1);
    EXPECT_NE(daemon->log().find(stage + " is no longer a member of " + group(stage)), std::string::npos);
    EXPECT_TRUE(polled([&] { return !taker->assignment().empty(); }));
    EXPECT_FALSE(taker->health().snapshot().fatal) << "the name was taken back";
  }
}

// Scenario 14: more than the memory allows is not held with less in it, but left to others, which is said.
TEST_F(Rebalance, PartitionsThatDoNotFitTheMemoryAreRefusedAndNothingIsForgotten) {
  configure(std::string(kAtTheClose) + "limits:\n  memory: 64MiB\n  apis_per_partition: 4000\n");
  create_events();
  produce(trail().part(0, 0.6));
  const auto one = start_daemon("one");
  ASSERT_TRUE(eventually([&] { return one->metric("insight_refused_partitions") == 4; })) << one->log();
  ASSERT_TRUE(eventually([&] { return one->metric("insight_restoring_partitions") == 0; }));
  const HttpAnswer ready = one->get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("4 of 6 partitions do not fit limits.memory"), std::string::npos) << ready.body;
  EXPECT_NE(one->log().find("4 of 6 partitions are not read: limits.memory allows 2"), std::string::npos);

  // Others share the work; then one of them dies with it, and comes back.
  const auto two = start_daemon("two");
  auto three = start_daemon("three");
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get(), two.get(), three.get()}); }));
  produce(trail().part(0.6, 0.8));
  ASSERT_TRUE(all_judged());
  three->kill();
  ASSERT_TRUE(eventually([&] { return sum_of({one.get(), two.get()}, "insight_refused_partitions") == 2; }));
  produce(trail().part(0.8, 1));
  three = start_daemon("three");
  ASSERT_TRUE(all_judged());
  expect_as_replayed();
  for (const auto& record : broker().read_all(topic("state"))) EXPECT_TRUE(record.payload) << "a tombstone";
}

// Over a slow network, so that there is time to ask.
TEST_F(Rebalance, ARestoreSaysHowFarItIs) {
  TcpProxy proxy;
  KafkaBroker slow({{"log.retention.ms", "-1"}}, {{"PROXIED", "PLAINTEXT", proxy.port()}});
  proxy.forward_to(slow.port("PROXIED"));
  slow.create_topic(topic("events"), kInputPartitions);
  std::string text = config_text(kAtTheClose);
  replace_in(text, broker().address(), "127.0.0.1:" + std::to_string(proxy.port()));
  config_ = folder_ / "insightd.yaml";
  write_file(config_, text);
  {
    const auto before = start_daemon("before");
    ASSERT_TRUE(eventually([&] { return before->ready(); }));
    slow.produce(topic("events"), {trail().messages.front().payload});
    ASSERT_TRUE(eventually([&] { return before->metric("insight_apis") == 1 && before->ready(); }));
    before->signal(SIGTERM);
    EXPECT_EQ(before->wait_exit(), 0);
  }
  proxy.delay(milliseconds(150));
  const auto after = start_daemon("after");
  ASSERT_TRUE(eventually([&] {
    const HttpAnswer ready = after->get("/readyz");
    const bool says = ready.body.find(" offsets of the state topic read") != std::string::npos;
    return says && ready.status == 503 && ready.body.find(" of 0 offsets") == std::string::npos &&
           after->metric("insight_restore_remaining_offsets") > 0;
  })) << after->log();
  proxy.delay(milliseconds(0));
  ASSERT_TRUE(eventually([&] { return after->ready() && after->metric("insight_restore_remaining_offsets") == 0; }));
}

}  // namespace
}  // namespace insight::integration
