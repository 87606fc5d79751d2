// Private to src/kafka: the consumer on librdkafka.
#pragma once

#include <deque>
#include <set>

#include "kafka/consumer.h"
#include "kafka/handle.h"

namespace insight::kafka {

class LibrdkafkaConsumer final : public Consumer, private Client {
 public:
  static Result<std::unique_ptr<LibrdkafkaConsumer>> create(const Options& options);
  ~LibrdkafkaConsumer() override;

  const Health& health() const override { return health_; }
  Error subscribe(const std::vector<std::string>& topics, RebalanceHandler& handler) override;
  Error assign(const std::vector<Assignment>& partitions) override;
  bool serve() override;
  void wake() override;
  Result<GroupMetadata> group_metadata() override;
  uint64_t rebalances() const override { return rebalances_; }
  std::vector<TopicPartition> assignment() const override;
  Error commit(const std::vector<TopicPartitionOffset>& offsets) override;
  Error commit_async(const std::vector<TopicPartitionOffset>& offsets) override;
  void set_commit_handler(std::function<void(const Error&, const std::vector<TopicPartitionOffset>&)> handler) override;
  Result<std::vector<TopicPartitionOffset>> committed(const std::vector<TopicPartition>& partitions,
                                                      Milliseconds timeout) override;
  Error seek(const TopicPartition& partition, int64_t offset, Milliseconds timeout) override;
  Error pause(const std::vector<TopicPartition>& partitions) override;
  Error resume(const std::vector<TopicPartition>& partitions) override;
  int64_t position(const TopicPartition& partition) const override;
  Error close(Milliseconds deadline) override;

 private:
  struct Callbacks;

  LibrdkafkaConsumer() = default;
  size_t poll_messages(Milliseconds timeout, size_t max, MessageCall call, void* context) override;
  size_t consume(Milliseconds timeout, size_t max);
  void note_end();
  size_t hand_over(size_t max, MessageCall call, void* context);
  void handle_rebalance(int code, rd_kafka_topic_partition_list_t* partitions);
  void assign_partitions(rd_kafka_topic_partition_list_t* partitions, bool incremental);
  void unassign_partitions(rd_kafka_topic_partition_list_t* partitions, bool incremental);
  Error set_paused(const std::vector<TopicPartition>& partitions, bool paused);
  void drop_held(const std::vector<TopicPartition>& partitions);
  Error forget_positions(const std::vector<TopicPartition>& partitions);
  bool any_position(const std::vector<TopicPartition>& partitions) const;
  void destroy(bool closed);

  std::string group_;
  std::string instance_;                  // group.instance.id
  std::function<void(const Error&, const std::vector<TopicPartitionOffset>&)> on_commit_;
  RebalanceHandler* handler_ = nullptr;
  rd_kafka_queue_t* queue_ = nullptr;
  std::deque<rd_kafka_message_t*> held_;  // fetched, not yet handed over
  std::vector<rd_kafka_message_t*> fetched_;  // scratch of consume()
  std::set<TopicPartition> paused_;
  uint64_t rebalances_ = 0;
  bool incremental_ = false;              // the group's rebalance protocol
  bool ended_ = false;                    // a fatal error was noted
};

// How long the library may take to forget where a partition stood that is no longer assigned.
constexpr Milliseconds kForgetDeadline{1000};

// Serves what a consumer that closes still has to say, on the queue it was told to, until it is closed. False: time was up
// before.
bool serve_until_closed(rd_kafka_t* handle, rd_kafka_queue_t* queue, Milliseconds timeout);

}  // namespace insight::kafka
