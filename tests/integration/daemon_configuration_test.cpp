// The real binary with a configuration that does not fit, and what it says of it.
#include <signal.h>

#include "tests/integration/daemon_fixture.h"

namespace insight::integration {
namespace {

size_t lines_with(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (const auto& line : split_lines(text)) found += line.find(what) != std::string::npos ? 1 : 0;
  return found;
}

class Configuration : public OnDaemon {};

TEST_F(Configuration, AMistakeIsOneSentenceAndStatusTwo) {
  configure("", {{"no.such.property", "1"}});
  const auto property = run_insightd({"run", "--config", config_.string()}, folder_);
  EXPECT_EQ(property.status, 2);
  EXPECT_EQ(split_lines(property.error).size(), 1u) << property.error;
  EXPECT_NE(property.error.find("no.such.property"), std::string::npos) << property.error;

  configure("detection:\n  alert_budget: lots\n");
  const auto value = run_insightd({"run", "--config", config_.string()}, folder_);
  EXPECT_EQ(value.status, 2);
  EXPECT_EQ(split_lines(value.error).size(), 1u) << value.error;
  EXPECT_NE(value.error.find("detection.alert_budget"), std::string::npos) << value.error;

  const auto none = run_insightd({"run", "--config", (folder_ / "none.yaml").string()}, folder_);
  EXPECT_EQ(none.status, 2);
  EXPECT_EQ(run_insightd({"run"}, folder_).status, 2);
}

TEST_F(Configuration, AStateTopicOfAnotherShapeIsOneSentenceAndStatusOne) {
  configure();
  create_events();
  broker().create_topic(topic("calls"), 6);
  broker().create_topic(topic("state"), 5);
  const auto daemon = start_daemon("one");
  EXPECT_EQ(daemon->wait_exit(), 1);
  EXPECT_EQ(lines_with(daemon->log(), " error "), 1u) << daemon->log();
  EXPECT_EQ(lines_with(daemon->log(), topic("state") + " has 5 partitions but " + topic("calls") + " has 6"), 1u);
}

TEST_F(Configuration, ACallsTopicThatIsThereDecidesTheNumberOfPartitions) {
  configure("detection:\n  early_start: false\n");
  create_events();
  broker().create_topic(topic("calls"), 3, {{"message.timestamp.type", "LogAppendTime"}, {"retention.ms", "-1"}});
  const Trail trail = make_trail(2, kInputPartitions, 77);
  produce(trail.messages);
  const auto daemon = start_daemon("one");
  ASSERT_TRUE(eventually([&] { return daemon->ready(); }));
  ASSERT_TRUE(all_judged(3));
  EXPECT_EQ(daemon->metric("insight_partitions_assigned{stage=\"detect\"}"), 3);
  EXPECT_EQ(lines_with(daemon->log(), topic("calls") + " has 3 partitions; kafka.partitions (6)"), 1u) << daemon->log();
  daemon->signal(SIGINT);
  EXPECT_EQ(daemon->wait_exit(milliseconds(20000)), 0);

  std::string text = read_file(config_);
  replace_in(text, "partitions: 6", "partitions: 3");
  write_file(config_, text);
  const std::string until = iso(trail.decided_until_ms);
  EXPECT_EQ(difference(decided_before(insights(), until), decided_before(replay(trail.ndjson), until)), "");
}

TEST_F(Configuration, SecretsAreInNoLog) {
  constexpr char kSecret[] = "hunter2-hunter2";
  configure(
      "logging:\n  level: trace\n",
      {{"sasl.password", kSecret}, {"ssl.key.password", kSecret}, {"sasl.username", "someone"}, {"debug", "all"}});
  create_events();
  const auto daemon = start_daemon("one");
  ASSERT_TRUE(eventually([&] { return hold_everything({daemon.get()}); }));
  daemon->signal(SIGINT);
  EXPECT_EQ(daemon->wait_exit(milliseconds(20000)), 0);
  const std::string log = daemon->log();
  EXPECT_GT(split_lines(log).size(), 100u) << "the client's own debug lines are there";
  EXPECT_EQ(log.find(kSecret), std::string::npos);
  const auto shown = run_insightd({"config", "print", "--config", config_.string()}, folder_);
  EXPECT_EQ(shown.out.find(kSecret), std::string::npos);
}

// However short the producer's queue is.
TEST_F(Configuration, EveryRecordThatCannotBeReadIsKeptAsADeadLetter) {
  std::string text = config_text("", {{"queue.buffering.max.messages", "2"}});
  replace_in(text, "  topics:\n", "  topics:\n    dead_letters: " + topic("dead") + "\n");
  config_ = folder_ / "insightd.yaml";
  write_file(config_, text);
  create_events();
  std::string bad;
  for (int i = 0; i < 200; ++i) bad += (i == 0 ? "" : ",") + std::string("{\"number\":") + std::to_string(i) + "}";
  broker().produce(topic("events"), {"{\"Records\":[" + bad + "]}"});
  const auto daemon = start_daemon("one");
  ASSERT_TRUE(eventually([&] { return hold_everything({daemon.get()}); }));
  ASSERT_TRUE(all_read());
  const Lines kept = broker().payloads(topic("dead"));
  ASSERT_EQ(kept.size(), 200u);
  EXPECT_EQ(kept.front(), "{\"number\":0}");
  EXPECT_EQ(kept.back(), "{\"number\":199}");
}

// What an aborted transaction leaves holds offsets, but nothing that is ever handed over.
TEST_F(Configuration, StateOfAbortedTransactionsAloneIsNoState) {
  configure();
  create_events();
  broker().create_topic(topic("state"), kCallsPartitions, {{"cleanup.policy", "compact"}});
  auto producer = kafka::LibrdkafkaCluster().transactional_producer(broker().client(), name_ + "-aborted");
  ASSERT_TRUE(producer);
  ASSERT_TRUE((*producer)->init_transactions(kPatience).ok());
  ASSERT_TRUE((*producer)->begin().ok());
  kafka::Record record;
  const std::string state = topic("state");
  record.topic = state;
  record.partition = 2;
  record.key = "meta";
  record.payload = "never committed";
  ASSERT_TRUE((*producer)->produce(record, kPatience).ok());
  const bool stored = eventually([&] {
    (*producer)->poll();
    const auto range = broker().admin().watermarks({{state, 2}}, kafka::Isolation::kReadUncommitted, kPatience);
    return range && range->front().high > 0;
  });
  ASSERT_TRUE(stored);
  ASSERT_TRUE((*producer)->abort(kPatience).ok());
  const auto daemon = start_daemon("one");
  EXPECT_TRUE(eventually([&] { return hold_everything({daemon.get()}); }));
}

// The client library remembers a pause beyond the assignment in which it was made.
TEST_F(Configuration, APartitionThatWasPausedWhenItWentComesBackReading) {
  create_events(1);
  const std::string events = topic("events");
  broker().produce(events, {"a", "b", "c"});
  auto made = kafka::LibrdkafkaCluster().consumer({broker().client(), name_});
  ASSERT_TRUE(made);
  auto& consumer = **made;
  const std::vector<kafka::Assignment> start = {{{events, 0}, kafka::kOffsetBeginning, false}};
  const auto reads_all = [&] {
    size_t seen = 0;
    return eventually(
        [&] {
          seen += consumer.poll_batch(milliseconds(20), 100, [](const kafka::Message&) {});
          return seen >= 3;
        },
        milliseconds(10'000));
  };
  ASSERT_FALSE(consumer.assign(start));
  ASSERT_TRUE(reads_all());
  ASSERT_FALSE(consumer.pause({{events, 0}}));
  ASSERT_FALSE(consumer.assign({}));
  ASSERT_FALSE(consumer.assign(start));
  EXPECT_TRUE(reads_all());
}

}  // namespace
}  // namespace insight::integration
