// The Kafka layer's promises, on a real broker and on the simulation's: who comes and goes in a group.
#include "tests/integration/kafka_fixture.h"

namespace insight::integration {
namespace {

class Rebalances : public OnKafka {};

TEST_F(Rebalances, AreCooperativeBetweenTwoConsumers) {
  const std::string topic = make_topic("t", 4);
  const std::string group = unique("g");
  Diary first_diary;
  Diary second_diary;
  std::vector<std::string> ignored;
  auto first = make_consumer(group);
  ASSERT_FALSE(first->subscribe({topic}, first_diary));
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    return first_diary.owned.size() == 4;
  }));
  auto second = make_consumer(group);
  ASSERT_FALSE(second->subscribe({topic}, second_diary));
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    take(*second, ignored);
    return first_diary.owned.size() == 2 && second_diary.owned.size() == 2;
  }));
  // Only what moved was named: the first kept two all the while.
  EXPECT_EQ(first_diary.assigned.size(), 4u);
  EXPECT_EQ(first_diary.revoked.size(), 2u);
  EXPECT_TRUE(first_diary.lost.empty());
  EXPECT_EQ(first->assignment().size(), 2u);

  ASSERT_FALSE(second->close(kPatience));
  EXPECT_EQ(second_diary.revoked.size(), 2u);
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    return first_diary.owned.size() == 4;
  }));
}

TEST_F(Rebalances, WhoDoesNotPollLosesItsPartitionsAndItsVoice) {
  const std::string topic = make_topic("t", 2);
  const std::string group = unique("g");
  const kafka::Properties hasty = {{"session.timeout.ms", "1000"}, {"max.poll.interval.ms", "1000"}};
  Diary first_diary;
  Diary second_diary;
  std::vector<std::string> ignored;
  auto first = make_consumer(group, hasty);
  ASSERT_FALSE(first->subscribe({topic}, first_diary));
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    return first_diary.owned.size() == 2;
  }));
  auto second = make_consumer(group, hasty);
  ASSERT_FALSE(second->subscribe({topic}, second_diary));
  ASSERT_TRUE(eventually([&] {
    take(*second, ignored);
    return second_diary.owned.size() == 2;
  }));
  EXPECT_TRUE(first->commit({{topic, 0, 1, ""}}));
  EXPECT_EQ(broker.committed(group, topic, 0), -1);
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    take(*second, ignored);
    // One was to move before: its revocation was waiting to be told, and still is told as one.
    return first_diary.lost.size() == 1 && first_diary.revoked.size() == 1;
  }));
}

// The broker checks who commits and in which generation, not what is whose.
TEST_F(Rebalances, AnOffsetOfAnothersPartitionIsTaken) {
  const std::string topic = make_topic("t", 2);
  const std::string group = unique("g");
  Diary first_diary;
  Diary second_diary;
  std::vector<std::string> ignored;
  auto first = make_consumer(group);
  auto second = make_consumer(group);
  ASSERT_FALSE(first->subscribe({topic}, first_diary));
  ASSERT_FALSE(second->subscribe({topic}, second_diary));
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    take(*second, ignored);
    return first_diary.owned.size() == 1 && second_diary.owned.size() == 1;
  }));
  const int32_t of_second = second_diary.owned.begin()->partition;
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    take(*second, ignored);
    return !first->commit({{topic, of_second, 7, ""}});
  }));
  EXPECT_EQ(broker.committed(group, topic, of_second), 7);
}

TEST_F(Rebalances, AStaticMemberComesBackToWhatItHadAndNobodyElseHears) {
  const std::string topic = make_topic("t", 2);
  const std::string group = unique("g");
  Diary first_diary;
  Diary second_diary;
  std::vector<std::string> ignored;
  auto first = make_consumer(group, {{"group.instance.id", "first"}});
  auto second = make_consumer(group, {{"group.instance.id", "second"}});
  ASSERT_FALSE(first->subscribe({topic}, first_diary));
  ASSERT_FALSE(second->subscribe({topic}, second_diary));
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    take(*second, ignored);
    return first_diary.owned.size() == 1 && second_diary.owned.size() == 1;
  }));
  const auto had = first_diary.owned;
  const uint64_t heard = second->rebalances();
  ASSERT_FALSE(first->close(kPatience));
  first = make_consumer(group, {{"group.instance.id", "first"}});
  Diary again;
  ASSERT_FALSE(first->subscribe({topic}, again));
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    take(*second, ignored);
    return !again.owned.empty();
  }));
  EXPECT_EQ(again.owned, had);
  EXPECT_EQ(second->rebalances(), heard);
}

TEST_F(Rebalances, ASecondOfTheSameNameEndsTheFirst) {
  const std::string topic = make_topic("t");
  const std::string group = unique("g");
  Diary first_diary;
  Diary second_diary;
  std::vector<std::string> ignored;
  auto first = make_consumer(group, {{"group.instance.id", "name"}});
  ASSERT_FALSE(first->subscribe({topic}, first_diary));
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    return first_diary.owned.size() == 1;
  }));
  auto second = make_consumer(group, {{"group.instance.id", "name"}});
  ASSERT_FALSE(second->subscribe({topic}, second_diary));
  ASSERT_TRUE(eventually([&] {
    take(*second, ignored);
    take(*first, ignored);
    return second_diary.owned.size() == 1 && first->health().snapshot().fatal;
  }));
  EXPECT_TRUE(first->commit({{topic, 0, 1, ""}}));
  EXPECT_FALSE(second->commit({{topic, 0, 2, ""}}));
  EXPECT_EQ(broker.committed(group, topic, 0), 2);
}

TEST_F(Rebalances, ArePassedToServeWithMessagesWaiting) {
  const std::string topic = make_topic("t", 2);
  const std::string group = unique("g");
  Diary first_diary;
  Diary second_diary;
  std::vector<std::string> ignored;
  auto first = make_consumer(group);
  ASSERT_FALSE(first->subscribe({topic}, first_diary));
  ASSERT_TRUE(eventually([&] {
    take(*first, ignored);
    return first_diary.owned.size() == 2;
  }));
  for (int32_t partition = 0; partition < 2; ++partition) {
    broker.produce(topic, std::vector<std::string>(20, "p" + std::to_string(partition)), partition);
  }
  std::vector<std::string> seen;
  ASSERT_TRUE(eventually([&] { return take(*first, seen, 1) > 0; }));
  auto second = make_consumer(group);
  ASSERT_FALSE(second->subscribe({topic}, second_diary));
  ASSERT_TRUE(eventually([&] {
    take(*second, ignored);
    first->serve();
    return first_diary.revoked.size() == 1;
  }));
  // Nothing of the partition that went is handed over, though it had been fetched.
  const std::string gone = "p" + std::to_string(first_diary.revoked[0].partition);
  seen.clear();
  ASSERT_TRUE(eventually([&] {
    take(*second, ignored);
    take(*first, seen);
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
