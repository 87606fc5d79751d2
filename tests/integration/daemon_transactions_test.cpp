// The real binary and transactions that are interrupted where it hurts: between the request and its answer.
#include <signal.h>

#include <array>
#include <atomic>

#include "tests/integration/daemon_fixture.h"
#include "tests/integration/tcp_proxy.h"

namespace insight::integration {
namespace {

constexpr char kAtTheClose[] = "detection:\n  early_start: false\n";

const Trail& trail() {
  static const Trail made = make_trail(2, kInputPartitions, 1012);
  return made;
}

// A broker with a door of its own for one instance, behind a proxy.
struct Cut {
  TcpProxy proxy;
  KafkaBroker broker{{{"log.retention.ms", "-1"}}, {{"PROXIED", "PLAINTEXT", proxy.port()}}};

  Cut() { proxy.forward_to(broker.port("PROXIED")); }
  static Cut& get() {
    static Cut cut;
    return cut;
  }
};

class InterruptedTransaction : public OnDaemon {
 protected:
  KafkaBroker& broker() override { return Cut::get().broker; }
  TcpProxy& proxy() { return Cut::get().proxy; }
  ~InterruptedTransaction() override {
    proxy().set_rule(nullptr);
    proxy().release();
  }

  std::unique_ptr<Daemon> start_behind_proxy(const std::string& name, const kafka::Properties& properties = {}) {
    std::string text = config_text(kAtTheClose, properties);
    const std::string plain = broker().address();
    text.replace(text.find(plain), plain.size(), "127.0.0.1:" + std::to_string(proxy().port()));
    config_ = folder_ / (name + ".yaml");
    write_file(config_, text);
    return start_daemon(name);
  }
  std::unique_ptr<Daemon> start_directly(const std::string& name, const kafka::Properties& properties = {}) {
    configure(kAtTheClose, properties);
    return start_daemon(name);
  }

  // Stops the daemon when the request that commits is on its way: all is written and the offsets are sent.
  void stop_before_commit(Daemon& daemon) {
    std::atomic<bool> held{false};
    proxy().set_rule([&held](int16_t api) {
      if (api != TcpProxy::kEndTxn) return Passage::kPass;
      held = true;
      return Passage::kHold;
    });
    ASSERT_TRUE(eventually([&] { return held.load(); }));
    daemon.signal(SIGSTOP);
    proxy().set_rule(nullptr);
  }
  void expect_offsets_grow() {
    const auto now = committed("detect", "calls", kCallsPartitions);
    for (size_t p = 0; p < now.size(); ++p) {
      EXPECT_GE(now[p], highest_[p]) << "the group's offset of partition " << p << " went back";
      highest_[p] = std::max(highest_[p], now[p]);
    }
  }
  void expect_as_replayed() { OnDaemon::expect_as_replayed(trail()); }

  std::vector<int64_t> highest_ = std::vector<int64_t>(kCallsPartitions, INT64_MIN);
};

size_t count(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

// Scenario 10: another takes over, publishes and commits; then the first wakes, and its commit arrives.
TEST_F(InterruptedTransaction, OfAZombieNeverBecomesVisible) {
  create_events();
  produce(trail().part(0, 0.6));
  const auto one = start_behind_proxy("one", {{"transaction.timeout.ms", "5000"}});
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get()}); }));
  produce(trail().part(0.6, 0.7));
  stop_before_commit(*one);

  const auto two = start_directly("two");
  ASSERT_TRUE(eventually([&] { return hold_everything({two.get()}); }));
  produce(trail().part(0.7, 0.9));
  ASSERT_TRUE(all_judged());
  expect_offsets_grow();
  one->signal(SIGCONT);
  proxy().release();
  produce(trail().part(0.9, 1));
  ASSERT_TRUE(eventually([&] {
    expect_offsets_grow();
    return hold_everything({one.get(), two.get()});
  }));
  ASSERT_TRUE(all_judged());
  expect_offsets_grow();
  expect_as_replayed();
}

// Scenario 10 with static membership: whoever has the name next ends what is open without waiting for its time to be up.
TEST_F(InterruptedTransaction, OfAStaticMemberIsEndedByItsSuccessor) {
  create_events();
  produce(trail().part(0, 0.6));
  // Left to itself, the transaction would stay open for longer than anybody here waits.
  const kafka::Properties member = {{"group.instance.id", "insightd-0"}, {"transaction.timeout.ms", "600000"}};
  const auto one = start_behind_proxy("one", member);
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get()}); }));
  produce(trail().part(0.6, 0.7));
  stop_before_commit(*one);

  const auto successor = start_directly("successor", member);
  ASSERT_TRUE(eventually([&] { return hold_everything({successor.get()}); }));
  produce(trail().part(0.7, 0.9));
  ASSERT_TRUE(all_judged());
  expect_offsets_grow();
  one->signal(SIGCONT);
  proxy().release();
  ASSERT_TRUE(eventually([&] { return count(one->log(), "fenced") > 0; })) << one->log();
  one->kill();
  // The woken one may have taken the name back before it died, and whoever loses its name ends: a StatefulSet starts it
  // anew.
  successor->kill();
  const auto again = start_directly("again", member);
  produce(trail().part(0.9, 1));
  ASSERT_TRUE(all_judged());
  expect_offsets_grow();
  expect_as_replayed();
}

// Scenario 12: the broker commits, and nobody hears of it.
TEST_F(InterruptedTransaction, WhoseAnswersAreCutOffIsCommittedOnce) {
  create_events();
  produce(trail().part(0, 0.6));
  const auto one = start_behind_proxy("one");
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get()}); }));
  std::atomic<int> cut{0};
  std::atomic<int> asked{0};
  proxy().set_rule([&](int16_t api) {
    if (api != TcpProxy::kEndTxn || ++asked % 3 == 0) return Passage::kPass;
    ++cut;
    return asked % 3 == 1 ? Passage::kCutAnswer : Passage::kCut;
  });
  produce(trail().part(0.6, 0.9));
  ASSERT_TRUE(all_judged());
  produce(trail().part(0.9, 1));
  ASSERT_TRUE(all_judged());
  EXPECT_GE(cut, 4);
  proxy().set_rule(nullptr);
  expect_as_replayed();
}

// Scenario 12: no answer at all for longer than a commit waits. Producer and tasks are made anew.
TEST_F(InterruptedTransaction, OfUnknownOutcomeIsFoundOutByARestore) {
  create_events();
  produce(trail().part(0, 0.6));
  const auto one = start_behind_proxy("one");
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get()}); }));
  const size_t restored = count(one->log(), "APIs restored");
  proxy().set_rule([](int16_t api) { return api == TcpProxy::kEndTxn ? Passage::kCutAnswer : Passage::kPass; });
  produce(trail().part(0.6, 0.8));
  ASSERT_TRUE(eventually([&] { return count(one->log(), "transaction not committed (unknown)") > 0; })) << one->log();
  proxy().set_rule(nullptr);
  produce(trail().part(0.8, 1));
  ASSERT_TRUE(all_judged());
  EXPECT_GE(count(one->log(), "APIs restored"), restored + kCallsPartitions) << "in full";
  expect_as_replayed();
}

// ---- questions for the ends of partitions that nobody answers

// The client library calls an end that it could not ask for a success.
TEST_F(InterruptedTransaction, EndsThatNobodyToldAreErrors) {
  create_events();
  kafka::ClientOptions client;
  client.bootstrap_servers = "127.0.0.1:" + std::to_string(proxy().port());
  auto admin = kafka::LibrdkafkaCluster().admin(client);
  ASSERT_TRUE(admin) << kafka::to_string(admin.error);
  const kafka::TopicPartition at{topic("events"), 0};
  const auto ask = [&](milliseconds timeout) {
    return (*admin)->watermarks({at}, kafka::Isolation::kReadUncommitted, timeout);
  };
  ASSERT_TRUE(eventually([&] { return static_cast<bool>(ask(kPatience)); }));
  for (const bool only_the_first : {true, false}) {
    std::atomic<int> asked{0};
    proxy().set_rule([&](int16_t api) {
      if (api != TcpProxy::kListOffsets) return Passage::kPass;
      return ++asked % 2 == 0 && only_the_first ? Passage::kPass : Passage::kCut;
    });
    const auto told = ask(milliseconds(1000));
    EXPECT_TRUE(!told || (told->front().low >= 0 && told->front().high >= 0));
    EXPECT_TRUE(only_the_first || !told);
    proxy().set_rule(nullptr);
  }
}

TEST_F(InterruptedTransaction, ARestoreThatIsNotToldWhereStateEndsAsksAgain) {
  create_events();
  produce(trail().part(0, 0.6));
  const auto one = start_behind_proxy("one");
  ASSERT_TRUE(all_judged());
  one->signal(SIGTERM);
  ASSERT_EQ(one->wait_exit(), 0);
  // Not before it has looked at its topics: then its stages ask.
  std::atomic<bool> joined{false};
  std::atomic<int> cut{0};
  proxy().set_rule([&](int16_t api) {
    joined = joined || api == TcpProxy::kJoinGroup;
    if (api != TcpProxy::kListOffsets || !joined || cut >= 12) return Passage::kPass;
    ++cut;
    return Passage::kCut;
  });
  const auto two = start_behind_proxy("two");
  produce(trail().part(0.6, 1));
  ASSERT_TRUE(all_judged());
  EXPECT_EQ(cut, 12);
  expect_as_replayed();
}

}  // namespace
}  // namespace insight::integration
