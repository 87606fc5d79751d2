// How the layer tells what a broker answers, on librdkafka's mock cluster.
#include <gtest/gtest.h>
// The mock's header wants the library's before it.
#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include "kafka/cluster.h"
#include "kafka/deadline.h"
#include "kafka/producer.h"

namespace insight::kafka {
namespace {

constexpr Milliseconds kPatience{30000};
// Kafka's numbers of requests.
constexpr int16_t kHeartbeat = 12;
constexpr int16_t kInitProducerId = 22;
constexpr int16_t kEndTransaction = 26;
constexpr int16_t kTransactionOffsetCommit = 28;

class MockCluster {
 public:
  MockCluster() {
    char reason[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    cluster_ = rd_kafka_mock_cluster_new(handle_, 1);
    rd_kafka_mock_group_initial_rebalance_delay_ms(cluster_, 0);
    rd_kafka_mock_topic_create(cluster_, "topic", 2, 1);
  }
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(handle_);
  }
  // The next requests of this kind fail so.
  void fail(int16_t request, rd_kafka_resp_err_t code, int times = 1) {
    for (int i = 0; i < times; ++i) rd_kafka_mock_push_request_errors(cluster_, request, 1, code);
  }
  ClientOptions client(Properties properties = {}) const {
    ClientOptions options;
    options.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster_);
    options.properties = std::move(properties);
    return options;
  }

 private:
  rd_kafka_t* handle_;
  rd_kafka_mock_cluster_t* cluster_;
};

class Diary : public RebalanceHandler {
 public:
  std::vector<Assignment> on_assigned(const std::vector<TopicPartition>& partitions) override {
    assigned += partitions.size();
    return {};
  }
  void on_revoked(const std::vector<TopicPartition>& partitions) override { revoked += partitions.size(); }
  void on_lost(const std::vector<TopicPartition>& partitions) override { lost += partitions.size(); }

  size_t assigned = 0, revoked = 0, lost = 0;
};

class Outcomes : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = LibrdkafkaCluster().transactional_producer(cluster.client(), "id");
    ASSERT_TRUE(made) << to_string(made.error);
    producer = std::move(*made);
    auto member = LibrdkafkaCluster().consumer({cluster.client({{"heartbeat.interval.ms", "100"}}), "group"});
    ASSERT_TRUE(member) << to_string(member.error);
    consumer = std::move(*member);
  }
  void join() {
    ASSERT_FALSE(consumer->subscribe({"topic"}, diary));
    ASSERT_TRUE(polled_until([&] { return diary.assigned == 2; }));
  }
  template <class Condition>
  bool polled_until(Condition&& condition) {
    const Deadline deadline(kPatience);
    while (!condition()) {
      if (deadline.is_over()) return false;
      consumer->poll_batch(Milliseconds(20), 10, [](const Message&) {});
    }
    return true;
  }
  void open_transaction() {
    ASSERT_TRUE(producer->init_transactions(kPatience).ok());
    ASSERT_TRUE(producer->begin().ok());
    ASSERT_TRUE(producer->produce({"topic", 0, "", "x", 0, {}}, kPatience).ok());
  }

  MockCluster cluster;
  Diary diary;
  std::unique_ptr<TransactionalProducer> producer;
  std::unique_ptr<Consumer> consumer;
};

TEST_F(Outcomes, InitThatTimesOutIsRetriable) {
  cluster.fail(kInitProducerId, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 1000);
  EXPECT_EQ(producer->init_transactions(Milliseconds(300)).outcome, Outcome::kRetriable);
}

TEST_F(Outcomes, ACommitRetriesWhatIsRetriable) {
  open_transaction();
  cluster.fail(kEndTransaction, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, 3);
  const auto result = producer->commit(kPatience);
  EXPECT_TRUE(result.ok()) << to_string(result.error);
  EXPECT_FALSE(producer->in_transaction());
}

class Fences : public Outcomes, public ::testing::WithParamInterface<rd_kafka_resp_err_t> {};

TEST_P(Fences, AreFencesAndEndTheProducer) {
  open_transaction();
  cluster.fail(kEndTransaction, GetParam());
  const auto result = producer->commit(kPatience);
  EXPECT_EQ(result.outcome, Outcome::kFenced) << to_string(result.error);
  EXPECT_TRUE(result.must_restore());
  EXPECT_TRUE(producer->begin().must_restore());
}

INSTANTIATE_TEST_SUITE_P(Mock, Fences,
                         ::testing::Values(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
                                           RD_KAFKA_RESP_ERR_PRODUCER_FENCED));

TEST_F(Outcomes, AnAuthorizationFailureIsFatal) {
  open_transaction();
  cluster.fail(kEndTransaction, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  EXPECT_EQ(producer->commit(kPatience).outcome, Outcome::kFatal);
}

// What a broker says to a zombie, and to an owner in the middle of a rebalance alike.
class MembershipErrors : public Outcomes, public ::testing::WithParamInterface<rd_kafka_resp_err_t> {};

TEST_P(MembershipErrors, AreAbortableAndTheProducerGoesOn) {
  join();
  open_transaction();
  cluster.fail(kTransactionOffsetCommit, GetParam());
  const auto membership = consumer->group_metadata();
  ASSERT_TRUE(membership) << to_string(membership.error);
  const auto result = producer->send_offsets({{"topic", 0, 1, ""}}, *membership, kPatience);
  EXPECT_EQ(result.outcome, Outcome::kAbortable) << to_string(result.error);
  EXPECT_FALSE(result.must_restore());
  ASSERT_TRUE(producer->abort(kPatience).ok());
  EXPECT_TRUE(producer->begin().ok());
}

INSTANTIATE_TEST_SUITE_P(Mock, MembershipErrors,
                         ::testing::Values(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
                                           RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID));

TEST_F(Outcomes, AnExpelledMemberHearsThatItsPartitionsAreLost) {
  join();
  cluster.fail(kHeartbeat, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
  EXPECT_TRUE(polled_until([&] { return diary.lost == 2; }));
  EXPECT_EQ(diary.revoked, 0u);
}

TEST_F(Outcomes, MembershipIsNeverHandedOutUnchecked) {
  join();
  const uint64_t before = consumer->rebalances();
  cluster.fail(kHeartbeat, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
  // Asked without polling: by the time it is refused or renewed the loss has been told.
  const Deadline deadline(kPatience);
  for (;;) {
    ASSERT_FALSE(deadline.is_over());
    const auto membership = consumer->group_metadata();
    if (consumer->rebalances() == before) continue;
    EXPECT_EQ(diary.lost, 2u);
    if (membership) {
      EXPECT_FALSE(membership->member.empty());
      EXPECT_GE(membership->generation, 0);
    } else {
      EXPECT_TRUE(membership.error.abortable);
    }
    break;
  }
}

TEST_F(Outcomes, AnIdleProducerReportsWhatItCannotQueue) {
  Error error;
  auto small = LibrdkafkaCluster().producer(cluster.client({{"message.max.bytes", "1000"}}), nullptr);
  ASSERT_TRUE(small);
  EXPECT_EQ((*small)->produce({"topic", 0, "", std::string(2000, 'x'), 0, {}}, 1, &error), Produced::kRefused);
  EXPECT_TRUE(error);
  EXPECT_EQ((*small)->outstanding(), 0u);
}

}  // namespace
}  // namespace insight::kafka
