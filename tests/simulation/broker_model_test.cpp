// The model of Kafka by itself. Against a real one it is held by kafka_model_test.
#include <gtest/gtest.h>

#include "tests/simulation/broker_model.h"

namespace insight::simulation {
namespace {

using kafka::Isolation;
using kafka::TopicPartition;

const TopicPartition kAt{"t", 0};

Timestamp at(int64_t ms) { return Timestamp(Duration(ms)); }

ProducedRecord record(const std::string& payload, const std::string& key = "", int64_t ms = 0) {
  return {key, payload, at(ms), {}};
}

class Model : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(model.create_topic("t", 2, {}), Code::kNone); }

  std::vector<std::string> payloads(Isolation isolation = Isolation::kReadCommitted) {
    std::vector<std::string> found;
    const PartitionLog& log = *model.log(kAt);
    for (int64_t offset = log.low();;) {
      const auto next = log.find(offset, isolation);
      if (next.record == nullptr) return found;
      found.push_back(next.record->content.payload.value_or("(tombstone)"));
      offset = next.next;
    }
  }
  // One record in a transaction of `id`, left open.
  KafkaModel::Producer open(const std::string& id, const std::string& payload, int64_t ms = 0) {
    const auto initialized = model.init_transactions(id, Duration(10'000), at(ms));
    EXPECT_EQ(initialized.code, Code::kNone);
    EXPECT_EQ(model.add_to_transaction(id, initialized.producer, kAt, at(ms)), Code::kNone);
    const ProducerStamp stamp{initialized.producer.id, initialized.producer.epoch, 0};
    EXPECT_EQ(model.produce_in_transaction(id, kAt, record(payload), stamp, at(ms)).code, Code::kNone);
    return initialized.producer;
  }

  KafkaModel model;
};

using Log = Model;
using ModelTransactions = Model;
using ModelGroups = Model;

TEST_F(Log, ARecordSentTwiceIsKeptOnceAndAGapIsRefused) {
  const auto producer = model.init_producer();
  const auto send = [&](int32_t sequence) {
    return model.produce(kAt, record(std::to_string(sequence)), {producer.id, producer.epoch, sequence}, at(0));
  };
  EXPECT_EQ(send(0).offset, 0);
  EXPECT_EQ(send(1).offset, 1);
  EXPECT_EQ(send(0).offset, 0);
  EXPECT_EQ(send(3).code, Code::kOutOfOrderSequence);
  EXPECT_EQ(payloads(), (std::vector<std::string>{"0", "1"}));
}

TEST_F(Log, TimeIsTheProducersOrTheBrokers) {
  ASSERT_EQ(model.create_topic("stamped", 1, {{"message.timestamp.type", "LogAppendTime"}}), Code::kNone);
  model.produce(kAt, record("a", "", 5), at(100));
  model.produce({"stamped", 0}, record("a", "", 5), at(100));
  EXPECT_EQ(model.log(kAt)->records().front().content.timestamp, at(5));
  EXPECT_EQ(model.log({"stamped", 0})->records().front().content.timestamp, at(100));
}

TEST_F(Log, WhatIsDeletedIsOutOfRange) {
  for (int i = 0; i < 5; ++i) model.produce(kAt, record("x", "", i), at(i));
  EXPECT_EQ(model.delete_records(kAt, 6), Code::kOffsetOutOfRange);
  EXPECT_EQ(model.delete_records(kAt, 3), Code::kNone);
  EXPECT_EQ(model.log(kAt)->find(2, Isolation::kReadUncommitted).code, Code::kOffsetOutOfRange);
  EXPECT_EQ(model.log(kAt)->find(6, Isolation::kReadUncommitted).code, Code::kOffsetOutOfRange);
  EXPECT_EQ(model.log(kAt)->find(5, Isolation::kReadUncommitted).code, Code::kNone);
  EXPECT_EQ(model.log(kAt)->low(), 3);
}

TEST_F(Log, TheCleanerKeepsTheNewestCommittedOfEachKeyAndAllOffsets) {
  ASSERT_EQ(model.create_topic("c", 1, {{"cleanup.policy", "compact"}, {"delete.retention.ms", "1000"}}), Code::kNone);
  const TopicPartition compacted{"c", 0};
  model.produce(compacted, record("old", "k"), at(0));
  model.produce(compacted, record("new", "k"), at(0));
  model.produce(compacted, {"gone", std::nullopt, at(0), {}}, at(0));
  model.produce(compacted, {"going", std::nullopt, at(1500), {}}, at(1500));
  model.clean("c", at(2000));
  std::vector<int64_t> offsets;
  for (const LogEntry& entry : model.log(compacted)->records()) offsets.push_back(entry.offset);
  EXPECT_EQ(offsets, (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(model.log(compacted)->high(), 4);
  EXPECT_EQ(model.log(compacted)->removed().size(), 2u);
}

TEST_F(Log, TheCleanerTakesNothingAboveAnOpenTransaction) {
  ASSERT_EQ(model.delete_topic("t"), Code::kNone);
  ASSERT_EQ(model.create_topic("t", 1, {{"cleanup.policy", "compact"}}), Code::kNone);
  open("id", "open");
  model.produce(kAt, record("one", "k"), at(0));
  model.produce(kAt, record("two", "k"), at(0));
  model.clean("t", at(1));
  EXPECT_EQ(model.log(kAt)->records().size(), 3u);
}

TEST_F(ModelTransactions, ReadersOfCommittedRecordsWaitForTheOldestOpenOne) {
  const auto first = open("first", "of the first");
  const auto second = open("second", "of the second");
  ASSERT_EQ(model.end_transaction("second", second, true, at(1)), Code::kNone);
  EXPECT_TRUE(payloads().empty());
  EXPECT_EQ(model.log(kAt)->stable(), 0);
  ASSERT_EQ(model.end_transaction("first", first, false, at(2)), Code::kNone);
  EXPECT_EQ(payloads(), std::vector<std::string>{"of the second"});
  EXPECT_EQ(payloads(Isolation::kReadUncommitted), (std::vector<std::string>{"of the first", "of the second"}));
  EXPECT_EQ(model.log(kAt)->stable(), 4);   // two records, two markers
}

TEST_F(ModelTransactions, AnOlderEpochIsFencedEverywhere) {
  const auto old = open("id", "old");
  open("id", "new");
  EXPECT_EQ(model.end_transaction("id", old, true, at(1)), Code::kProducerFenced);
  EXPECT_EQ(model.add_to_transaction("id", old, kAt, at(1)), Code::kProducerFenced);
  EXPECT_EQ(model.send_offsets("id", old, "g", {}, {{"t", 0, 1, ""}}, at(1)), Code::kProducerFenced);
  EXPECT_EQ(model.produce_in_transaction("id", kAt, record("late"), {old.id, old.epoch, 1}, at(1)).code,
            Code::kInvalidProducerEpoch);
}

TEST_F(ModelTransactions, TheBrokerAbortsWhatIsOpenTooLong) {
  const auto producer = open("id", "too slow");
  model.advance(at(10'000));
  EXPECT_EQ(model.open_transactions(), 1u);
  model.advance(at(10'001));
  EXPECT_EQ(model.open_transactions(), 0u);
  EXPECT_EQ(model.end_transaction("id", producer, true, at(10'001)), Code::kProducerFenced);
}

TEST_F(ModelTransactions, AnEndAskedForAgainIsAnsweredAsTheFirstAndTheOtherEndIsRefused) {
  const auto producer = open("id", "x");
  EXPECT_EQ(model.end_transaction("id", producer, true, at(1)), Code::kNone);
  EXPECT_EQ(model.end_transaction("id", producer, true, at(1)), Code::kNone);
  EXPECT_EQ(model.end_transaction("id", producer, false, at(1)), Code::kInvalidTransactionState);
}

TEST_F(ModelTransactions, MarkersAndOffsetsMayFollowTheDecisionLate) {
  model.marker_delay = [] { return Duration(50); };
  const auto producer = open("id", "x");
  ASSERT_EQ(model.send_offsets("id", producer, "g", {}, {{"t", 0, 7, "note"}}, at(0)), Code::kNone);
  ASSERT_EQ(model.end_transaction("id", producer, true, at(0)), Code::kNone);
  EXPECT_TRUE(payloads().empty());
  EXPECT_FALSE(model.group("g").committed(kAt, true));
  EXPECT_EQ(model.group("g").committed(kAt, false), CommittedOffset{});
  EXPECT_EQ(model.add_to_transaction("id", producer, kAt, at(1)), Code::kConcurrentTransactions);
  model.advance(at(50));
  EXPECT_EQ(payloads(), std::vector<std::string>{"x"});
  EXPECT_EQ(model.group("g").committed(kAt, true), (CommittedOffset{7, "note"}));
  EXPECT_EQ(model.add_to_transaction("id", producer, kAt, at(51)), Code::kNone);
}

TEST_F(ModelTransactions, ARecordThatComesAfterTheEndBeginsNothing) {
  const auto producer = open("id", "x");
  ASSERT_EQ(model.end_transaction("id", producer, true, at(1)), Code::kNone);
  EXPECT_EQ(model.produce_in_transaction("id", kAt, record("late"), {producer.id, producer.epoch, 1}, at(2)).code,
            Code::kInvalidTransactionState);
  EXPECT_EQ(model.open_transactions(), 0u);
}

TEST_F(ModelGroups, AShareIsBalancedAndMovesInTwoRounds) {
  JoinRequest first;
  first.topics = {"t"};
  const std::string one = model.join("g", first, at(0)).member;
  const Group::Heard alone = model.group("g").heartbeat({one, 1, ""}, at(0));
  ASSERT_EQ(alone.code, Code::kNone);
  EXPECT_EQ(alone.share.size(), 2u);

  const std::string two = model.join("g", first, at(1)).member;
  EXPECT_EQ(model.group("g").heartbeat({one, 1, ""}, at(1)).code, Code::kRebalanceInProgress);
  EXPECT_EQ(model.group("g").check({one, 1, ""}, false), Code::kNone);  // the old generation is valid until all joined
  JoinRequest again = first;
  again.member = one;
  again.owned = alone.share;
  again.generation = 1;
  model.join("g", again, at(2));
  const Group::Heard kept = model.group("g").heartbeat({one, 2, ""}, at(2));
  EXPECT_EQ(kept.share.size(), 1u);
  EXPECT_TRUE(model.group("g").heartbeat({two, 2, ""}, at(2)).share.empty());  // its owner lets go first
  EXPECT_EQ(model.group("g").check({one, 1, ""}, false), Code::kIllegalGeneration);

  again.owned = kept.share;
  again.generation = 2;
  model.join("g", again, at(3));
  JoinRequest other = first;
  other.member = two;
  other.generation = 2;
  model.join("g", other, at(3));
  EXPECT_EQ(model.group("g").heartbeat({one, 3, ""}, at(3)).share, kept.share);
  EXPECT_EQ(model.group("g").heartbeat({two, 3, ""}, at(3)).share.size(), 1u);
}

TEST_F(ModelGroups, WhoIsSilentForASessionIsExpelled) {
  JoinRequest request;
  request.topics = {"t"};
  const std::string member = model.join("g", request, at(0)).member;
  model.advance(at(10'000));
  EXPECT_EQ(model.group("g").members(), 1u);
  model.advance(at(10'001));
  EXPECT_EQ(model.group("g").members(), 0u);
  EXPECT_EQ(model.group("g").heartbeat({member, 1, ""}, at(10'002)).code, Code::kUnknownMember);
  EXPECT_EQ(model.group("g").commit({member, 1, ""}, {{"t", 0, 1, ""}}), Code::kUnknownMember);
}

TEST_F(ModelGroups, WhoDoesNotJoinInTimeIsExpelled) {
  JoinRequest request;
  request.topics = {"t"};
  request.session_timeout = Duration(1'000'000);
  request.rebalance_timeout = Duration(1000);
  model.join("g", request, at(0));
  const std::string second = model.join("g", request, at(0)).member;
  model.advance(at(999));
  EXPECT_EQ(model.group("g").heartbeat({second, 2, ""}, at(999)).code, Code::kRebalanceInProgress);
  model.advance(at(1000));
  EXPECT_EQ(model.group("g").heartbeat({second, 2, ""}, at(1000)).share.size(), 2u);
}

TEST_F(ModelGroups, AStaticMemberComesBackToItsShareAndItsFormerSelfIsFenced) {
  JoinRequest request;
  request.topics = {"t"};
  request.instance = "name";
  const std::string before = model.join("g", request, at(0)).member;
  ASSERT_EQ(model.group("g").heartbeat({before, 1, "name"}, at(0)).share.size(), 2u);
  const std::string after = model.join("g", request, at(1)).member;
  const Group::Heard heard = model.group("g").heartbeat({after, 1, "name"}, at(1));
  EXPECT_EQ(heard.code, Code::kNone);
  EXPECT_EQ(heard.generation, 1);
  EXPECT_EQ(heard.share.size(), 2u);
  EXPECT_EQ(model.group("g").heartbeat({before, 1, "name"}, at(1)).code, Code::kFencedInstance);
  EXPECT_EQ(model.group("g").check({before, 1, "name"}, true), Code::kFencedInstance);
}

TEST_F(ModelGroups, ATopicsOffsetsGoWithIt) {
  ASSERT_EQ(model.group("g").commit({}, {{"t", 0, 3, ""}, {"u", 0, 4, ""}}), Code::kNone);
  model.delete_topic("t");
  EXPECT_EQ(model.group("g").committed(kAt, true), CommittedOffset{});
  EXPECT_EQ(model.group("g").committed({"u", 0}, true)->offset, 4);
}

TEST(Assignor, SharesDifferByOneAndNothingMovesWithoutNeed) {
  const std::map<std::string, int32_t> topics = {{"t", 7}};
  Candidates members;
  for (const char* id : {"a", "b", "c"}) members[id].topics = {"t"};
  Assignments shares = assign_cooperatively(members, topics);
  for (auto& [id, member] : members) {
    EXPECT_GE(shares[id].size(), 2u);
    EXPECT_LE(shares[id].size(), 3u);
    member.owned = shares[id];
  }
  EXPECT_EQ(assign_cooperatively(members, topics), shares);
  // One goes: what it owned is given away at once, and what the others own stays.
  const auto of_a = members["a"].owned;
  members.erase("a");
  const Assignments rest = assign_cooperatively(members, topics);
  size_t sum = 0;
  for (const auto& [id, share] : rest) {
    sum += share.size();
    for (const TopicPartition& owned : members[id].owned) EXPECT_TRUE(share.contains(owned));
  }
  EXPECT_EQ(sum, 7u);
}

}  // namespace
}  // namespace insight::simulation
