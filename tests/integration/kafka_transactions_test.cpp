// The exactly-once rules. Proven on a real broker (librdkafka's mock has no true transactions), and the same of the
// simulation's, so that what is shown on that one can be believed.
#include "tests/integration/kafka_fixture.h"

namespace insight::integration {
namespace {

class Transactions : public OnKafka {
 protected:
  // A consumer in `group` that owns partition 0 of `topic`.
  std::unique_ptr<kafka::Consumer> join(const std::string& group, const std::string& topic, Diary& diary,
                                        const kafka::Properties& properties = {}) {
    auto consumer = make_consumer(group, properties);
    EXPECT_FALSE(consumer->subscribe({topic}, diary));
    std::vector<std::string> ignored;
    EXPECT_TRUE(eventually([&] {
      take(*consumer, ignored);
      return diary.owned.contains({topic, 0});
    }));
    return consumer;
  }
  static kafka::Record record(const std::string& topic, std::string_view payload) {
    return {topic, 0, "", payload, 0, {}};
  }
};

TEST_F(Transactions, AbortedOutputIsHiddenFromReadCommitted) {
  const std::string topic = make_topic("out");
  auto producer = make_transactional(unique("id"));
  ASSERT_TRUE(producer->begin().ok());
  ASSERT_TRUE(producer->produce(record(topic, "aborted"), kPatience).ok());
  ASSERT_TRUE(producer->abort(kPatience).ok());
  ASSERT_TRUE(producer->begin().ok());
  ASSERT_TRUE(producer->produce(record(topic, "committed"), kPatience).ok());
  ASSERT_TRUE(producer->commit(kPatience).ok());
  EXPECT_EQ(broker.payloads(topic), std::vector<std::string>{"committed"});
}

TEST_F(Transactions, OutputInFlightWhenAbortedIsHiddenToo) {
  const std::string topic = make_topic("out");
  auto producer = make_transactional(unique("id"));
  ASSERT_TRUE(producer->begin().ok());
  const std::string large(100000, 'x');
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(producer->produce(record(topic, large), kPatience).ok());
  ASSERT_TRUE(producer->abort(kPatience).ok());
  ASSERT_TRUE(producer->begin().ok());
  ASSERT_TRUE(producer->produce(record(topic, "after"), kPatience).ok());
  ASSERT_TRUE(producer->commit(kPatience).ok());
  EXPECT_EQ(broker.payloads(topic), std::vector<std::string>{"after"});
}

TEST_F(Transactions, OffsetsAreCommittedWithTheOutputOrNotAtAll) {
  const std::string input = make_topic("in");
  const std::string output = make_topic("out");
  const std::string group = unique("group");
  broker.produce(input, {"a", "b"});
  Diary diary;
  auto consumer = join(group, input, diary);
  auto producer = make_transactional(unique("id"));
  const auto attempt = [&](int64_t offset, std::string_view payload, bool commit) {
    ASSERT_TRUE(producer->begin().ok());
    ASSERT_TRUE(producer->produce(record(output, payload), kPatience).ok());
    const auto membership = consumer->group_metadata();
    ASSERT_TRUE(membership) << kafka::to_string(membership.error);
    ASSERT_TRUE(producer->send_offsets({{input, 0, offset, ""}}, *membership, kPatience).ok());
    ASSERT_TRUE(commit ? producer->commit(kPatience).ok() : producer->abort(kPatience).ok());
  };
  attempt(1, "one", true);
  attempt(2, "two", false);
  EXPECT_EQ(broker.committed(group, input, 0), 1);
  EXPECT_EQ(broker.payloads(output), std::vector<std::string>{"one"});
}

TEST_F(Transactions, OffsetsThatAnOpenOneMayChangeAreNotTold) {
  const std::string input = make_topic("in");
  const std::string group = unique("group");
  Diary diary;
  auto consumer = join(group, input, diary, {{"isolation.level", "read_committed"}});
  auto producer = make_transactional(unique("id"));
  ASSERT_TRUE(producer->begin().ok());
  const auto membership = consumer->group_metadata();
  ASSERT_TRUE(membership) << kafka::to_string(membership.error);
  ASSERT_TRUE(producer->send_offsets({{input, 0, 5, "note"}}, *membership, kPatience).ok());
  EXPECT_FALSE(consumer->committed({{input, 0}}, milliseconds(300)));
  ASSERT_TRUE(producer->commit(kPatience).ok());
  const auto committed = consumer->committed({{input, 0}}, kPatience);
  ASSERT_TRUE(committed) << kafka::to_string(committed.error);
  EXPECT_EQ(committed->front(), (kafka::TopicPartitionOffset{input, 0, 5, "note"}));
}

TEST_F(Transactions, ASecondProducerWithTheSameIdFencesTheFirst) {
  const std::string topic = make_topic("out");
  auto first = make_transactional(unique("id"));
  ASSERT_TRUE(first->begin().ok());
  ASSERT_TRUE(first->produce(record(topic, "of the first"), kPatience).ok());
  auto second = make_transactional(unique("id"));
  const auto result = first->commit(kPatience);
  EXPECT_EQ(result.outcome, kafka::Outcome::kFenced) << kafka::to_string(result.error);
  EXPECT_TRUE(result.must_restore());
  ASSERT_TRUE(second->begin().ok());
  ASSERT_TRUE(second->produce(record(topic, "of the second"), kPatience).ok());
  ASSERT_TRUE(second->commit(kPatience).ok());
  EXPECT_EQ(broker.payloads(topic), std::vector<std::string>{"of the second"});
}

TEST_F(Transactions, ACommitThatIsNotAnsweredInTimeIsUnknown) {
  const std::string topic = make_topic("out");
  auto producer = make_transactional(unique("id"));
  ASSERT_TRUE(producer->begin().ok());
  ASSERT_TRUE(producer->produce(record(topic, "in doubt"), kPatience).ok());
  broker.freeze();
  const auto result = producer->commit(milliseconds(500));
  broker.thaw();
  EXPECT_EQ(result.outcome, kafka::Outcome::kUnknown) << kafka::to_string(result.error);
  EXPECT_TRUE(result.must_restore());
  producer.reset();
  // The next of the same id ends it, one way or the other.
  auto next = make_transactional(unique("id"));
  ASSERT_TRUE(next->begin().ok());
  ASSERT_TRUE(next->produce(record(topic, "after"), kPatience).ok());
  ASSERT_TRUE(next->commit(kPatience).ok());
  EXPECT_EQ(broker.payloads(topic).back(), "after");
}

TEST_F(Transactions, ATransactionThatTheBrokerTimedOutMustBeRestored) {
  const std::string topic = make_topic("out");
  auto made = broker.cluster().transactional_producer(
      broker.client({{"transaction.timeout.ms", "1000"}, {"message.timeout.ms", "900"}}), unique("id"));
  ASSERT_TRUE(made);
  auto& producer = **made;
  ASSERT_TRUE(producer.init_transactions(kPatience).ok());
  ASSERT_TRUE(producer.begin().ok());
  ASSERT_TRUE(producer.produce(record(topic, "too slow"), kPatience).ok());
  // The broker aborts it: the end of what is stable reaches the end of the log, the abort marker included.
  ASSERT_TRUE(eventually([&] {
    producer.poll();
    const auto all = broker.admin().watermarks({{topic, 0}}, kafka::Isolation::kReadUncommitted, kPatience);
    const auto stable = broker.admin().watermarks({{topic, 0}}, kafka::Isolation::kReadCommitted, kPatience);
    return all && stable && all->front().high == 2 && stable->front().high == 2;
  }));
  const auto result = producer.commit(kPatience);
  EXPECT_FALSE(result.ok());
  EXPECT_NE(result.outcome, kafka::Outcome::kRetriable);
  EXPECT_TRUE(broker.payloads(topic).empty());
}

TEST_F(Transactions, ARecordTheBrokerRefusesMakesTheTransactionAbortable) {
  const std::string input = make_topic("in");
  const std::string output = make_topic("out", 1, {{"max.message.bytes", "1000"}});
  broker.produce(input, {"a"});
  Diary diary;
  auto consumer = join(unique("group"), input, diary);
  auto producer = make_transactional(unique("id"));
  ASSERT_TRUE(producer->begin().ok());
  std::string noise(5000, ' ');
  for (size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<char>(' ' + (i * 7919 + i * i * 31) % 90);
  ASSERT_TRUE(producer->produce(record(output, noise), kPatience).ok());
  const auto membership = consumer->group_metadata();
  ASSERT_TRUE(membership);
  const auto result = producer->send_offsets({{input, 0, 1, ""}}, *membership, kPatience);
  EXPECT_EQ(result.outcome, kafka::Outcome::kAbortable) << kafka::to_string(result.error);
  EXPECT_TRUE(producer->abort(kPatience).ok());
  // The next may be abortable as well: the refused record left a gap in the producer's sequence. Never more than that.
  bool committed = false;
  for (int attempt = 0; attempt < 2 && !committed; ++attempt) {
    ASSERT_TRUE(producer->begin().ok());
    ASSERT_TRUE(producer->produce(record(output, "small"), kPatience).ok());
    const auto again = producer->commit(kPatience);
    committed = again.ok();
    if (committed) break;
    ASSERT_EQ(again.outcome, kafka::Outcome::kAbortable) << kafka::to_string(again.error);
    ASSERT_TRUE(producer->abort(kPatience).ok());
  }
  EXPECT_TRUE(committed);
  EXPECT_EQ(broker.payloads(output), std::vector<std::string>{"small"});
}

TEST_F(Transactions, AConsumerThatIsNoMemberGetsNoMetadata) {
  auto consumer = make_consumer(unique("group"));
  const auto membership = consumer->group_metadata();
  ASSERT_FALSE(membership);
  EXPECT_TRUE(membership.error.abortable);
}

// A process that is stopped for longer than its session while it has a transaction open, and woken after another
// member took over. It must not commit, whatever it believes.
class ZombieMember : public Transactions, public ::testing::WithParamInterface<const char*> {};

TEST_P(ZombieMember, CannotCommitWhatIsAnothers) {
  const std::string input = make_topic("in");
  const std::string output = make_topic("out");
  const std::string group = unique("group");
  broker.produce(input, {"a"});
  const bool early = std::string(GetParam()) == "metadata-early";
  const auto zombie = start_member({group, input, output, unique("zombie"), early});
  ASSERT_EQ(zombie->listen(), "ready");
  zombie->stop();

  Diary diary;  // its session is over once this one owns the partition
  auto heir = join(group, input, diary, {{"session.timeout.ms", "1000"}, {"heartbeat.interval.ms", "200"}});
  auto producer = make_transactional(unique("heir"));
  ASSERT_TRUE(producer->begin().ok());
  ASSERT_TRUE(producer->produce(record(output, "from the heir"), kPatience).ok());
  const auto membership = heir->group_metadata();
  ASSERT_TRUE(membership);
  ASSERT_TRUE(producer->send_offsets({{input, 0, 1, ""}}, *membership, kPatience).ok());
  ASSERT_TRUE(producer->commit(kPatience).ok());

  zombie->wake();
  if (std::string(GetParam()) == "metadata-late-and-slow") {
    // Time for its client to rejoin behind its back, were there no callback to wait for.
    const uint64_t before = heir->rebalances();
    std::vector<std::string> ignored;
    eventually(
        [&] {
          take(*heir, ignored);
          return heir->rebalances() != before;
        },
        milliseconds(3000));
  }
  zombie->go();
  const std::string outcome = zombie->listen();
  EXPECT_TRUE(outcome == "abortable" || outcome == "lost before the commit" || outcome == "no member") << outcome;
  EXPECT_EQ(zombie->listen(), "lost");
  EXPECT_EQ(broker.payloads(output), std::vector<std::string>{"from the heir"});
  EXPECT_EQ(broker.committed(group, input, 0), 1);
}

INSTANTIATE_TEST_SUITE_P(Kafka, ZombieMember,
                         ::testing::Values("metadata-late", "metadata-early", "metadata-late-and-slow"));

}  // namespace
}  // namespace insight::integration
