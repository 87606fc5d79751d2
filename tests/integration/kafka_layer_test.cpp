// The Kafka layer's promises, on a real broker and on the simulation's: topics, consumption, delivery.
// Rebalances are in kafka_rebalances_test.cpp, transactions in kafka_transactions_test.cpp.
#include <map>

#include "tests/integration/kafka_fixture.h"

namespace insight::integration {
namespace {

class Topics : public OnKafka {};
class Consumption : public OnKafka {};
class Delivery : public OnKafka {};

TEST_F(Topics, CreatingSaysWhatIsThere) {
  const std::string topic = unique("t");
  const auto made = broker.admin().ensure_topic(topic, 3, 1, {{"message.timestamp.type", "LogAppendTime"}}, kPatience);
  ASSERT_TRUE(made) << kafka::to_string(made.error);
  EXPECT_TRUE(made->created);
  EXPECT_EQ(made->partitions, 3);
  EXPECT_EQ(made->brokers, 1);
  const auto again = broker.admin().ensure_topic(topic, 12, 1, {}, kPatience);
  ASSERT_TRUE(again) << kafka::to_string(again.error);
  EXPECT_FALSE(again->created);
  EXPECT_EQ(again->partitions, 3);
  EXPECT_EQ(again->replication, 1);
  const auto config = broker.admin().topic_config(topic, kPatience);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->at("message.timestamp.type"), "LogAppendTime");
}

TEST_F(Topics, ABadConfigurationIsAnErrorThatNamesTheTopic) {
  const auto made = broker.admin().ensure_topic(unique("t"), 1, 1, {{"cleanup.policy", "nonsense"}}, kPatience);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error.text.find(unique("t")), std::string::npos) << made.error.text;
}

TEST_F(Topics, AskingForATopicDoesNotMakeIt) {
  for (int i = 0; i < 2; ++i) {
    const auto described = broker.admin().describe({unique("missing")}, kPatience);
    ASSERT_TRUE(described) << kafka::to_string(described.error);
    EXPECT_FALSE(described->front().exists);
  }
}

TEST_F(Topics, RecordsAreDeletedBelowAnOffset) {
  const std::string topic = make_topic("t");
  broker.produce(topic, numbers(0, 10));
  ASSERT_FALSE(broker.admin().delete_records({{topic, 0, 7, ""}}, kPatience));
  const auto left = broker.admin().watermarks({{topic, 0}}, kafka::Isolation::kReadUncommitted, kPatience);
  ASSERT_TRUE(left);
  EXPECT_EQ(left->front().low, 7);
  EXPECT_EQ(left->front().high, 10);
  EXPECT_EQ(broker.payloads(topic), numbers(7, 10));
}

TEST_F(Topics, OneMadeAnewHasAnotherIdAndNoCommits) {
  const std::string topic = make_topic("t");
  broker.produce(topic, numbers(0, 3));
  const auto before = broker.admin().describe({topic}, kPatience);
  ASSERT_TRUE(before);
  const std::string group = unique("g");
  Diary diary;
  auto consumer = make_consumer(group);
  ASSERT_FALSE(consumer->subscribe({topic}, diary));
  std::vector<std::string> seen;
  ASSERT_TRUE(eventually([&] {
    take(*consumer, seen);
    return seen.size() >= 3;
  }));
  ASSERT_FALSE(consumer->commit({{topic, 0, 3, ""}}));
  ASSERT_FALSE(consumer->close(kPatience));
  ASSERT_FALSE(broker.admin().delete_topic(topic, kPatience));
  ASSERT_TRUE(eventually([&] {
    const auto gone = broker.admin().describe({topic}, kPatience);
    return gone && !gone->front().exists;
  }));
  broker.create_topic(topic);
  const auto after = broker.admin().describe({topic}, kPatience);
  ASSERT_TRUE(after);
  EXPECT_NE(after->front().id, before->front().id);
  EXPECT_TRUE(eventually([&] { return broker.committed(group, topic, 0) == -1; }));
}

TEST_F(Consumption, ABatchHandsOverInOrderAndStopsWhenTold) {
  const std::string topic = make_topic("t");
  broker.produce(topic, numbers(0, 100));
  auto consumer = make_consumer(unique("g"));
  ASSERT_FALSE(consumer->assign({{{topic, 0}, kafka::kOffsetBeginning, false}}));
  std::vector<std::string> seen;
  ASSERT_TRUE(eventually([&] {
    consumer->poll_batch(milliseconds(20), 1000, [&](const kafka::Message& message) {
      seen.emplace_back(message.payload);
      return seen.size() % 7 != 0;  // stop here and there: the rest must come next time
    });
    EXPECT_EQ(consumer->position({topic, 0}), seen.empty() ? kafka::kOffsetInvalid : static_cast<int64_t>(seen.size()));
    return seen.size() >= 100;
  }));
  EXPECT_EQ(seen, numbers(0, 100));
}

// The library forgets in a thread of its own where it stood.
TEST_F(Consumption, APartitionAssignedAgainAtOnceStandsNowhere) {
  const std::string topic = make_topic("t");
  broker.produce(topic, numbers(0, 20));
  auto consumer = make_consumer(unique("g"));
  for (int round = 0; round < 10; ++round) {
    ASSERT_FALSE(consumer->assign({{{topic, 0}, kafka::kOffsetBeginning, false}}));
    EXPECT_EQ(consumer->position({topic, 0}), kafka::kOffsetInvalid) << "round " << round;
    std::vector<std::string> seen;
    ASSERT_TRUE(eventually([&] {
      take(*consumer, seen);
      return seen.size() >= 20;
    }));
    EXPECT_EQ(consumer->position({topic, 0}), 20);
  }
}

TEST_F(Consumption, PositionReachesTheEndPastTransactionMarkers) {
  const std::string topic = make_topic("t");
  auto producer = make_transactional(unique("id"));
  ASSERT_TRUE(producer->begin().ok());
  ASSERT_TRUE(producer->produce({topic, 0, "", "only", 0, {}}, kPatience).ok());
  ASSERT_TRUE(producer->commit(kPatience).ok());
  auto consumer = make_consumer(unique("g"), {{"isolation.level", "read_committed"}});
  ASSERT_FALSE(consumer->assign({{{topic, 0}, kafka::kOffsetBeginning, false}}));
  std::vector<std::string> seen;
  EXPECT_TRUE(eventually([&] {
    take(*consumer, seen);
    return consumer->position({topic, 0}) == 2;  // one record, one marker
  }));
  const auto committed = broker.admin().watermarks({{topic, 0}}, kafka::Isolation::kReadCommitted, kPatience);
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->front().high, 2);
  EXPECT_EQ(seen, std::vector<std::string>{"only"});
}

TEST_F(Consumption, AReaderOfCommittedRecordsStopsAtAnOpenTransaction) {
  const std::string topic = make_topic("t");
  auto producer = make_transactional(unique("id"));
  ASSERT_TRUE(producer->begin().ok());
  ASSERT_TRUE(producer->produce({topic, 0, "", "open", 0, {}}, kPatience).ok());
  ASSERT_TRUE(eventually([&] {
    producer->poll();
    const auto all = broker.admin().watermarks({{topic, 0}}, kafka::Isolation::kReadUncommitted, kPatience);
    return all && all->front().high == 1;
  }));
  broker.produce(topic, {"after"});
  auto consumer = make_consumer(unique("g"), {{"isolation.level", "read_committed"}});
  auto all = make_consumer(unique("g2"), {{"isolation.level", "read_uncommitted"}});
  ASSERT_FALSE(consumer->assign({{{topic, 0}, kafka::kOffsetBeginning, false}}));
  ASSERT_FALSE(all->assign({{{topic, 0}, kafka::kOffsetBeginning, false}}));
  std::vector<std::string> seen;
  std::vector<std::string> seen_of_all;
  ASSERT_TRUE(eventually([&] {
    take(*consumer, seen);
    take(*all, seen_of_all);
    return seen_of_all.size() >= 2;
  }));
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(consumer->position({topic, 0}), kafka::kOffsetInvalid);
  const auto committed = broker.admin().watermarks({{topic, 0}}, kafka::Isolation::kReadCommitted, kPatience);
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->front().high, 0);
  ASSERT_TRUE(producer->commit(kPatience).ok());
  EXPECT_TRUE(eventually([&] {
    take(*consumer, seen);
    return seen.size() >= 2;
  }));
  EXPECT_EQ(seen, (std::vector<std::string>{"open", "after"}));
}

TEST_F(Consumption, SeekDropsWhatWasFetched) {
  const std::string topic = make_topic("t");
  broker.produce(topic, numbers(0, 50));
  auto consumer = make_consumer(unique("g"));
  ASSERT_FALSE(consumer->assign({{{topic, 0}, kafka::kOffsetBeginning, false}}));
  std::vector<std::string> seen;
  ASSERT_TRUE(eventually([&] { return take(*consumer, seen, 1) > 0; }));
  EXPECT_FALSE(consumer->serve());
  ASSERT_FALSE(consumer->seek({topic, 0}, 40, kPatience));
  seen.clear();
  ASSERT_TRUE(eventually([&] {
    take(*consumer, seen);
    return seen.size() >= 10;
  }));
  EXPECT_EQ(seen, numbers(40, 50));
}

TEST_F(Consumption, AnOffsetOutOfRangeIsSaidWhenResetIsAnError) {
  const std::string topic = make_topic("t");
  broker.produce(topic, numbers(0, 5));
  auto consumer = make_consumer(unique("g"), {{"auto.offset.reset", "error"}});
  ASSERT_FALSE(consumer->assign({{{topic, 0}, 1000, false}}));
  bool said = false;
  EXPECT_TRUE(eventually([&] {
    consumer->poll_batch(milliseconds(20), 10, [&](const kafka::Message& message) {
      said = message.error != nullptr && kafka::is_offset_reset(*message.error) && message.topic == topic;
    });
    return said;
  }));
}

TEST_F(Consumption, CommitsCarryMetadata) {
  const std::string topic = make_topic("t", 2);
  broker.produce(topic, numbers(0, 5));
  const std::string group = unique("g");
  Diary diary;
  auto consumer = make_consumer(group);
  ASSERT_FALSE(consumer->subscribe({topic}, diary));
  std::vector<std::string> seen;
  ASSERT_TRUE(eventually([&] {
    take(*consumer, seen);
    return diary.owned.size() == 2;
  }));
  const std::string metadata = "t=1733936400000 \xc3\xa4";
  ASSERT_FALSE(consumer->commit({{topic, 0, 3, metadata}}));
  bool committed = false;
  consumer->set_commit_handler([&](const kafka::Error& error, const auto& offsets) {
    committed = !error && offsets.size() == 1 && offsets[0].offset == 4;
  });
  ASSERT_FALSE(consumer->commit_async({{topic, 1, 4, "x"}}));
  ASSERT_TRUE(eventually([&] {
    consumer->serve();
    return committed;
  }));
  const auto own = consumer->committed({{topic, 0}, {topic, 1}}, kPatience);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->at(0), (kafka::TopicPartitionOffset{topic, 0, 3, metadata}));
  EXPECT_EQ(own->at(1), (kafka::TopicPartitionOffset{topic, 1, 4, "x"}));
  EXPECT_EQ(broker.committed(group, topic, 1), 4);
}

TEST_F(Delivery, AFailureIsReportedOnce) {
  const std::string topic = make_topic("t", 1, {{"max.message.bytes", "1000"}});
  std::vector<uint64_t> delivered;
  std::vector<uint64_t> failed;
  auto producer = broker.cluster().producer(broker.client(), [&](const kafka::Delivery& delivery) {
    (delivery.error ? failed : delivered).push_back(delivery.tag);
  });
  ASSERT_TRUE(producer) << kafka::to_string(producer.error);
  ASSERT_EQ((*producer)->produce({topic, 0, "k", "small", 0, {}}, 1), kafka::Produced::kQueued);
  ASSERT_TRUE((*producer)->flush(kPatience));
  ASSERT_EQ((*producer)->produce({topic, 0, "k", std::string(5000, 'x'), 0, {}}, 2), kafka::Produced::kQueued);
  EXPECT_TRUE((*producer)->flush(kPatience));
  EXPECT_EQ(delivered, std::vector<uint64_t>{1});
  EXPECT_EQ(failed, std::vector<uint64_t>{2});
  EXPECT_EQ((*producer)->outstanding(), 0u);
}

TEST_F(Delivery, IsTimedByTheBrokersClockWhereTheTopicIs) {
  const std::string stamped = make_topic("stamped", 1, {{"message.timestamp.type", "LogAppendTime"}});
  const std::string plain = make_topic("plain");
  std::map<std::string, std::optional<int64_t>> appended_ms;
  auto producer = broker.cluster().producer(broker.client(), [&](const kafka::Delivery& delivery) {
    appended_ms[std::string(delivery.topic)] = delivery.appended_ms;
  });
  ASSERT_TRUE(producer) << kafka::to_string(producer.error);
  constexpr int64_t kByTheProducer = 1'000'000'000'000;
  for (const auto& topic : {stamped, plain})
    ASSERT_EQ((*producer)->produce({topic, 0, "k", "v", kByTheProducer, {}}, 1), kafka::Produced::kQueued);
  ASSERT_TRUE((*producer)->flush(kPatience));
  ASSERT_EQ(appended_ms.size(), 2u);
  EXPECT_EQ(appended_ms[plain], std::nullopt);
  EXPECT_EQ(appended_ms[stamped], broker.read_all(stamped).at(0).timestamp_ms);
  EXPECT_GT(appended_ms[stamped], kByTheProducer);
}

TEST_F(Delivery, AFullQueueIsSaidAndRecordsAreNotGivenUp) {
  const std::string topic = make_topic("t");
  auto producer =
      broker.cluster().producer(broker.client({{"queue.buffering.max.messages", "10"}, {"linger.ms", "5"}}), nullptr);
  ASSERT_TRUE(producer) << kafka::to_string(producer.error);
  broker.freeze();
  int queued = 0;
  kafka::Error error;
  kafka::Produced last = kafka::Produced::kQueued;
  while (queued <= 10 && last == kafka::Produced::kQueued) {
    last = (*producer)->produce({topic, 0, "", std::to_string(queued), 0, {}}, 0, &error);
    if (last == kafka::Produced::kQueued) ++queued;
  }
  EXPECT_EQ(last, kafka::Produced::kQueueFull) << kafka::to_string(error);
  EXPECT_FALSE((*producer)->flush(milliseconds(200)));
  broker.thaw();
  EXPECT_TRUE((*producer)->flush(kPatience));
  EXPECT_EQ((*producer)->delivered(), 10u);
  EXPECT_EQ(broker.payloads(topic), numbers(0, 10));
}

TEST_F(Delivery, APurgeFailsWhatIsOutstanding) {
  const std::string topic = make_topic("t");
  auto producer = broker.cluster().producer(broker.client(), nullptr);
  ASSERT_TRUE(producer);
  broker.freeze();
  for (int i = 0; i < 5; ++i) (*producer)->produce({topic, 0, "", "x", 0, {}}, 0);
  (*producer)->purge();
  EXPECT_TRUE((*producer)->flush(milliseconds(5000)));
  broker.thaw();
  EXPECT_EQ((*producer)->failed(), 5u);
}

TEST_F(Delivery, OutlivesABrokerThatComesBackAndHealthSaysSo) {
  const std::string topic = make_topic("t");
  auto producer = broker.cluster().producer(broker.client(), nullptr);
  ASSERT_TRUE(producer);
  (*producer)->produce({topic, 0, "", "before", 0, {}}, 0);
  ASSERT_TRUE((*producer)->flush(kPatience));
  EXPECT_TRUE((*producer)->health().snapshot().connected);
  broker.kill();
  EXPECT_TRUE(eventually([&] {
    (*producer)->poll(milliseconds(20));
    return !(*producer)->health().snapshot().connected;
  }));
  (*producer)->produce({topic, 0, "", "meanwhile", 0, {}}, 0);
  broker.start();
  ASSERT_TRUE((*producer)->flush(kPatience));
  EXPECT_TRUE((*producer)->health().snapshot().connected);
  EXPECT_EQ((*producer)->failed(), 0u);
  EXPECT_EQ(broker.payloads(topic), (std::vector<std::string>{"before", "meanwhile"}));
}

}  // namespace
}  // namespace insight::integration
