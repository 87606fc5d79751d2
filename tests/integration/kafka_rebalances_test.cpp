// The Kafka layer's promises, on a real broker and on the simulation's: who comes and goes in a group.
#include "tests/integration/kafka_fixture.h"

namespace insight::integration {
namespace {

class Rebalances : public OnKafka {
 protected:
  // Who takes what it is given, and remembers.
  struct Member {
    Diary diary;
    std::unique_ptr<kafka::Consumer> consumer;

    kafka::Consumer* operator->() { return consumer.get(); }
  };
  // Joins the group of this test, for the test's topic.
  void join(Member& member, const kafka::Properties& properties = {}) {
    member.consumer = make_consumer(group_, properties);
    const auto error = member->subscribe({unique("t")}, member.diary);
    if (error) throw std::runtime_error(kafka::to_string(error));
  }
  // Whether the condition comes to hold while these poll; what they read is passed over.
  bool holds_while_polling(const std::vector<Member*>& members, const std::function<bool()>& condition) {
    return eventually([&] {
      std::vector<std::string> ignored;
      for (Member* member : members) take(*member->consumer, ignored);
      return condition();
    });
  }

  const std::string group_ = unique("g");
};

TEST_F(Rebalances, AreCooperativeBetweenTwoConsumers) {
  make_topic("t", 4);
  Member first;
  Member second;
  join(first);
  ASSERT_TRUE(holds_while_polling({&first}, [&] { return first.diary.owned.size() == 4; }));
  join(second);
  ASSERT_TRUE(holds_while_polling({&first, &second},
                                  [&] { return first.diary.owned.size() == 2 && second.diary.owned.size() == 2; }));
  // Only what moved was named: the first kept two all the while.
  EXPECT_EQ(first.diary.assigned.size(), 4u);
  EXPECT_EQ(first.diary.revoked.size(), 2u);
  EXPECT_TRUE(first.diary.lost.empty());
  EXPECT_EQ(first->assignment().size(), 2u);

  ASSERT_FALSE(second->close(kPatience));
  EXPECT_EQ(second.diary.revoked.size(), 2u);
  ASSERT_TRUE(holds_while_polling({&first}, [&] { return first.diary.owned.size() == 4; }));
}

TEST_F(Rebalances, WhoDoesNotPollLosesItsPartitionsAndItsVoice) {
  const std::string topic = make_topic("t", 2);
  const kafka::Properties hasty = {{"session.timeout.ms", "1000"}, {"max.poll.interval.ms", "1000"}};
  Member first;
  Member second;
  join(first, hasty);
  ASSERT_TRUE(holds_while_polling({&first}, [&] { return first.diary.owned.size() == 2; }));
  join(second, hasty);
  ASSERT_TRUE(holds_while_polling({&second}, [&] { return second.diary.owned.size() == 2; }));
  EXPECT_TRUE(first->commit({{topic, 0, 1, ""}}));
  EXPECT_EQ(broker.committed(group_, topic, 0), -1);
  // One was to move before: its revocation was waiting to be told, and still is told as one.
  ASSERT_TRUE(holds_while_polling({&first, &second},
                                  [&] { return first.diary.lost.size() == 1 && first.diary.revoked.size() == 1; }));
}

// The broker checks who commits and in which generation, not what is whose.
TEST_F(Rebalances, AnOffsetOfAnothersPartitionIsTaken) {
  const std::string topic = make_topic("t", 2);
  Member first;
  Member second;
  join(first);
  join(second);
  ASSERT_TRUE(holds_while_polling({&first, &second},
                                  [&] { return first.diary.owned.size() == 1 && second.diary.owned.size() == 1; }));
  const int32_t of_second = second.diary.owned.begin()->partition;
  ASSERT_TRUE(holds_while_polling({&first, &second}, [&] { return !first->commit({{topic, of_second, 7, ""}}); }));
  EXPECT_EQ(broker.committed(group_, topic, of_second), 7);
}

TEST_F(Rebalances, AStaticMemberComesBackToWhatItHadAndNobodyElseHears) {
  make_topic("t", 2);
  Member first;
  Member second;
  join(first, {{"group.instance.id", "first"}});
  join(second, {{"group.instance.id", "second"}});
  ASSERT_TRUE(holds_while_polling({&first, &second},
                                  [&] { return first.diary.owned.size() == 1 && second.diary.owned.size() == 1; }));
  const auto had = first.diary.owned;
  const uint64_t heard = second->rebalances();
  ASSERT_FALSE(first->close(kPatience));
  Member again;
  join(again, {{"group.instance.id", "first"}});
  ASSERT_TRUE(holds_while_polling({&again, &second}, [&] { return !again.diary.owned.empty(); }));
  EXPECT_EQ(again.diary.owned, had);
  EXPECT_EQ(second->rebalances(), heard);
}

TEST_F(Rebalances, ASecondOfTheSameNameEndsTheFirst) {
  const std::string topic = make_topic("t");
  Member first;
  Member second;
  join(first, {{"group.instance.id", "name"}});
  ASSERT_TRUE(holds_while_polling({&first}, [&] { return first.diary.owned.size() == 1; }));
  join(second, {{"group.instance.id", "name"}});
  ASSERT_TRUE(holds_while_polling({&second, &first},
                                  [&] { return second.diary.owned.size() == 1 && first->health().snapshot().fatal; }));
  EXPECT_TRUE(first->commit({{topic, 0, 1, ""}}));
  EXPECT_FALSE(second->commit({{topic, 0, 2, ""}}));
  EXPECT_EQ(broker.committed(group_, topic, 0), 2);
}

TEST_F(Rebalances, ArePassedToServeWithMessagesWaiting) {
  const std::string topic = make_topic("t", 2);
  Member first;
  Member second;
  join(first);
  ASSERT_TRUE(holds_while_polling({&first}, [&] { return first.diary.owned.size() == 2; }));
  for (int32_t partition = 0; partition < 2; ++partition) {
    broker.produce(topic, std::vector<std::string>(20, "p" + std::to_string(partition)), partition);
  }
  std::vector<std::string> seen;
  ASSERT_TRUE(eventually([&] { return take(*first.consumer, seen, 1) > 0; }));
  join(second);
  ASSERT_TRUE(holds_while_polling({&second}, [&] {
    first->serve();
    return first.diary.revoked.size() == 1;
  }));
  // Nothing of the partition that went is handed over, though it had been fetched.
  const std::string gone = "p" + std::to_string(first.diary.revoked[0].partition);
  seen.clear();
  ASSERT_TRUE(holds_while_polling({&second}, [&] {
    take(*first.consumer, seen);
    return seen.size() >= 19;
  }));
  EXPECT_EQ(std::count(seen.begin(), seen.end(), gone), 0);
}

TEST_F(Rebalances, APartitionAssignedPausedStartsWhereItIsSoughtTo) {
  const std::string topic = make_topic("t");
  broker.produce(topic, numbers(0, 20));
  Diary diary;
  diary.paused = true;
  diary.start = 5;
  auto consumer = make_consumer(unique("g"));
  ASSERT_FALSE(consumer->subscribe({topic}, diary));
  std::vector<std::string> seen;
  ASSERT_TRUE(eventually([&] {
    take(*consumer, seen);
    return !diary.owned.empty();
  }));
  for (int i = 0; i < 20; ++i) take(*consumer, seen);
  EXPECT_TRUE(seen.empty());
  ASSERT_FALSE(consumer->seek({topic, 0}, 12, kPatience));
  for (int i = 0; i < 5; ++i) take(*consumer, seen);
  EXPECT_TRUE(seen.empty());
  ASSERT_FALSE(consumer->resume({{topic, 0}}));
  ASSERT_TRUE(eventually([&] {
    take(*consumer, seen);
    return seen.size() >= 8;
  }));
  EXPECT_EQ(seen, numbers(12, 20));
}

TEST_F(Rebalances, PausedPartitionsStayPausedAndKeepTheirPlace) {
  const std::string topic = make_topic("t");
  broker.produce(topic, numbers(0, 20));
  Diary diary;
  auto consumer = make_consumer(unique("g"));
  ASSERT_FALSE(consumer->subscribe({topic}, diary));
  std::vector<std::string> seen;
  ASSERT_TRUE(eventually([&] { return take(*consumer, seen, 3) > 0; }));
  ASSERT_FALSE(consumer->serve());
  ASSERT_FALSE(consumer->pause({{topic, 0}}));
  const size_t before = seen.size();
  for (int i = 0; i < 10; ++i) take(*consumer, seen);
  EXPECT_EQ(seen.size(), before);
  ASSERT_FALSE(consumer->resume({{topic, 0}}));
  ASSERT_TRUE(eventually([&] {
    take(*consumer, seen);
    return seen.size() >= 20;
  }));
  EXPECT_EQ(seen, numbers(0, 20));
}

TEST_F(Rebalances, ClosingGivesUpAtItsDeadline) {
  const std::string topic = make_topic("t");
  Diary diary;
  auto consumer = make_consumer(unique("g"));
  ASSERT_FALSE(consumer->subscribe({topic}, diary));
  std::vector<std::string> ignored;
  ASSERT_TRUE(eventually([&] {
    take(*consumer, ignored);
    return !diary.owned.empty();
  }));
  broker.freeze();
  const auto begun = broker.now();
  consumer->close(milliseconds(1000));
  const auto took = broker.now() - begun;
  broker.thaw();
  EXPECT_LT(took, std::chrono::seconds(15));
  EXPECT_EQ(diary.revoked.size(), 1u);
}

}  // namespace
}  // namespace insight::integration
