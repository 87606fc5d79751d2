// A member of a consumer group that tests stop past its session and wake.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "kafka/cluster.h"

namespace insight::integration {

// What became of its partitions.
class Ownership final : public kafka::RebalanceHandler {
 public:
  std::vector<kafka::Assignment> on_assigned(const std::vector<kafka::TopicPartition>& partitions) override {
    std::vector<kafka::Assignment> starts;
    for (const auto& at : partitions) starts.push_back({at, kafka::kOffsetBeginning, false});
    return starts;
  }
  void on_revoked(const std::vector<kafka::TopicPartition>&) override {}
  void on_lost(const std::vector<kafka::TopicPartition>&) override { lost = true; }

  bool lost = false;
};

// Joins, reads one record of the input, opens a transaction, writes "from TRANSACTIONAL_ID" to the output and says
// "ready". Told to go on it tries to commit the next offset: with membership taken then, or taken before it said "ready"
// (early). Says one line, the outcome; then aborts if it must, serves until it lost its partitions, and says "lost".
class GroupMemberRun {
 public:
  struct Plan {
    std::string group, input, output, transactional_id;
    bool metadata_early = false;
  };
  using Say = std::function<void(const std::string&)>;
  using Wait = std::function<bool()>;  // until told to go on; false: never

  GroupMemberRun(kafka::Cluster& cluster, kafka::ClientOptions options, Plan plan)
      : cluster_(cluster), options_(std::move(options)), plan_(std::move(plan)) {}

  void run(const Say& say, const Wait& wait) {
    join();
    const kafka::TopicPartitionOffset next{plan_.input, 0, read_one() + 1, ""};
    check(producer_->begin(), "begin");
    const std::string payload = "from " + plan_.transactional_id;
    check(producer_->produce({plan_.output, 0, "", payload, 0, {}}, kLong), "produce");
    auto membership = consumer_->group_metadata();
    say("ready");
    if (!wait()) return;
    if (!plan_.metadata_early) membership = consumer_->group_metadata();
    const std::string outcome = ownership_.lost ? "lost before the commit" : try_to_commit(next, membership);
    say(outcome);
    if (outcome != "ok") check(producer_->abort(kLong), "abort");
    while (!ownership_.lost) consumer_->poll_batch(kStep, 1, [](const kafka::Message&) {});
    say("lost");
  }

 private:
  static constexpr kafka::Milliseconds kLong{30'000};
  static constexpr kafka::Milliseconds kStep{100};

  static void check(const kafka::TransactionResult& result, const char* what) {
    if (!result.ok()) throw std::runtime_error(std::string(what) + ": " + kafka::to_string(result.error));
  }

  void join() {
    kafka::ClientOptions member = options_;
    member.properties["session.timeout.ms"] = "1000";
    member.properties["heartbeat.interval.ms"] = "200";
    auto consumer = cluster_.consumer({member, plan_.group});
    auto producer = cluster_.transactional_producer(options_, plan_.transactional_id);
    if (!consumer || !producer) throw std::runtime_error("no clients");
    consumer_ = std::move(*consumer);
    producer_ = std::move(*producer);
    check(producer_->init_transactions(kLong), "init");
    if (const auto error = consumer_->subscribe({plan_.input}, ownership_))
      throw std::runtime_error(kafka::to_string(error));
  }

  int64_t read_one() {
    int64_t offset = kafka::kOffsetInvalid;
    while (offset == kafka::kOffsetInvalid) {
      consumer_->poll_batch(kStep, 1, [&](const kafka::Message& message) {
        if (message.error != nullptr) throw std::runtime_error(kafka::to_string(*message.error));
        offset = message.offset;
      });
    }
    return offset;
  }

  std::string try_to_commit(const kafka::TopicPartitionOffset& next,
                            const kafka::Result<kafka::GroupMetadata>& membership) {
    if (!membership) return "no member";
    auto result = producer_->send_offsets({next}, *membership, kLong);
    if (result.ok()) result = producer_->commit(kLong);
    return std::string(kafka::to_string(result.outcome));
  }

  kafka::Cluster& cluster_;
  kafka::ClientOptions options_;
  Plan plan_;
  Ownership ownership_;
  std::unique_ptr<kafka::Consumer> consumer_;
  std::unique_ptr<kafka::TransactionalProducer> producer_;
};

}  // namespace insight::integration
