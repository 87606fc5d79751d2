// Batch consumption with cooperative rebalances.
#pragma once

#include <deque>
#include <set>
#include <type_traits>

#include "kafka/topics.h"

struct rd_kafka_message_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_partition_list_s;
struct rd_kafka_consumer_group_metadata_s;

namespace insight::kafka {

enum class TimestampType : uint8_t { kNone, kCreateTime, kLogAppendTime };

// One message, or one event of a partition. Everything is borrowed: valid inside the callback that gets it.
struct Message {
  std::string_view topic;
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = 0;                // 0 when there is none
  TimestampType timestamp_type = TimestampType::kNone;
  bool tombstone = false;                  // no payload at all, unlike an empty one
  std::string_view key;
  std::string_view payload;
  const Error* error = nullptr;            // set: no message; the partition (or topic) has this error
  const rd_kafka_message_s* raw = nullptr; // for header()
};

// The last value of a message's header, or nullopt.
std::optional<std::string_view> header(const Message& message, const char* name);

// What newly assigned partitions shall start with.
struct Assignment {
  TopicPartition partition;
  int64_t offset = kOffsetStored;
  bool paused = false;
};

// Told of every change of ownership, in the thread that polls, inside poll_batch, serve, group_metadata or close.
// Must not throw, and must not call the consumer's poll_batch or serve. Each call names only partitions that change
// (cooperative): what is not named is kept. Calls may name no partition; those are not passed on.
class RebalanceHandler {
 public:
  virtual ~RebalanceHandler() = default;
  // These partitions are now ours. The returned list says where each starts; one left out starts at its committed
  // offset.
  virtual std::vector<Assignment> on_assigned(const std::vector<TopicPartition>& partitions) = 0;
  // These go to another member once this returns: the last moment to commit them.
  virtual void on_revoked(const std::vector<TopicPartition>& partitions) = 0;
  // These are another's already: drop what is pending for them, commit nothing.
  virtual void on_lost(const std::vector<TopicPartition>& partitions) = 0;
};

// Proof of membership at one moment: what the broker checks a transaction's offsets against. Never one that the
// broker would not check (without member or generation).
class GroupMetadata {
 public:
  explicit GroupMetadata(rd_kafka_consumer_group_metadata_s* raw);
  ~GroupMetadata();
  GroupMetadata(GroupMetadata&& other) noexcept;
  GroupMetadata& operator=(GroupMetadata&& other) noexcept;

  const rd_kafka_consumer_group_metadata_s* raw() const { return raw_; }
  int32_t generation() const;
  std::string member() const;

 private:
  rd_kafka_consumer_group_metadata_s* raw_;
};

// Reads partitions: as a member of a group (subscribe) or by itself (assign). One thread owns it; only wake() and
// health() may be called from others. Offsets are the caller's: nothing is stored or committed by itself. Fixed:
// enable.auto.commit=false, enable.auto.offset.store=false, a rebalance callback. Defaults:
// session.timeout.ms=10000, heartbeat.interval.ms=3000, partition.assignment.strategy=cooperative-sticky.
class Consumer : public Client {
 public:
  struct Options {
    ClientOptions client;   // isolation.level and auto.offset.reset go into client.properties
    std::string group;      // never empty; a consumer that only assigns commits nothing under it
  };

  static Result<std::unique_ptr<Consumer>> create(const Options& options);
  // Without close(): leaves the group without telling the handler; waits two seconds at most.
  ~Consumer();

  // Joins the group for `topics`. `handler` is borrowed and outlives the consumer.
  Error subscribe(const std::vector<std::string>& topics, RebalanceHandler& handler);
  // Reads exactly these, without the group; replaces what was assigned before.
  Error assign(const std::vector<Assignment>& partitions);

  // Hands up to `max` messages to `on_message(const Message&)`, which returns nothing, or false to stop: that
  // message counts as taken, the rest is kept for the next call. Waits up to `timeout` for the first, then takes
  // what is there. Serves rebalances and errors meanwhile: a message is never handed over after its partition went.
  // on_message must not call this consumer. Returns the number handed over.
  template <class F>
  size_t poll_batch(Milliseconds timeout, size_t max, F&& on_message) {
    return poll_messages(
        timeout, max,
        [](void* f, const Message& message) -> bool {
          auto& call = *static_cast<std::remove_reference_t<F>*>(f);
          if constexpr (std::is_void_v<decltype(call(message))>) {
            call(message);
            return true;
          } else {
            return call(message);
          }
        },
        const_cast<void*>(static_cast<const void*>(&on_message)));
  }

  // Serves rebalances and errors that are due, without waiting and without handing over messages. Returns whether a
  // rebalance was served. Keeps at most one message a call aside for the next poll_batch: alternate the two.
  bool serve();

  // Makes a poll_batch in progress return soon. From any thread.
  void wake();

  // Current membership, with every rebalance that is due served after it was taken: an owner that lost its
  // partitions has heard so before it holds this. Not a member: an error that is abortable.
  Result<GroupMetadata> group_metadata();
  // How many rebalance callbacks have been served: a change says that ownership may have changed.
  uint64_t rebalances() const { return rebalances_; }
  // What is assigned now.
  std::vector<TopicPartition> assignment() const;

  // Commits these offsets (of a member: checked against its generation).
  Error commit(const std::vector<TopicPartitionOffset>& offsets);
  // Same without waiting; the outcome goes to the handler of set_commit_handler, in poll_batch or serve.
  Error commit_async(const std::vector<TopicPartitionOffset>& offsets);
  void set_commit_handler(std::function<void(const Error&, const std::vector<TopicPartitionOffset>&)> handler);
  // Committed offset and metadata of each, in the order asked; kOffsetInvalid: none.
  Result<std::vector<TopicPartitionOffset>> committed(const std::vector<TopicPartition>& partitions,
                                                      Milliseconds timeout);

  // Continues at `offset`; what was fetched before is dropped. The partition must be assigned.
  Error seek(const TopicPartition& partition, int64_t offset, Milliseconds timeout);
  // Paused partitions hand nothing over; their position stays. Rebalances do not resume them while they are kept; one
  // that comes back starts as its Assignment says.
  Error pause(const std::vector<TopicPartition>& partitions);
  Error resume(const std::vector<TopicPartition>& partitions);
  // Next offset to be handed over, transaction markers passed included (so it reaches the end of a topic whose last
  // record is a marker); kOffsetInvalid: nothing was handed over yet.
  int64_t position(const TopicPartition& partition) const;
  // Asks the partition's leader. The end is as this consumer's isolation.level sees it: with read_committed the first
  // offset of the oldest open transaction. (Admin::watermarks can be asked for either.)
  Result<Watermarks> query_watermarks(const TopicPartition& partition, Milliseconds timeout);

  // Leaves the group: serves the revocation (on_revoked) and waits for the broker, at most `deadline`. Idempotent.
  Error close(Milliseconds deadline);

 private:
  using MessageCall = bool (*)(void*, const Message&);
  struct Callbacks;

  Consumer() = default;
  size_t poll_messages(Milliseconds timeout, size_t max, MessageCall call, void* context);
  size_t consume(Milliseconds timeout, size_t max);
  size_t hand_over(size_t max, MessageCall call, void* context);
  void handle_rebalance(int code, rd_kafka_topic_partition_list_s* partitions);
  void assign_partitions(rd_kafka_topic_partition_list_s* partitions, bool incremental);
  void unassign_partitions(rd_kafka_topic_partition_list_s* partitions, bool incremental);
  Error set_paused(const std::vector<TopicPartition>& partitions, bool paused);
  void drop_held(const std::vector<TopicPartition>& partitions);
  void destroy(bool closed);

  std::function<void(const Error&, const std::vector<TopicPartitionOffset>&)> on_commit_;
  RebalanceHandler* handler_ = nullptr;
  rd_kafka_queue_s* queue_ = nullptr;
  std::deque<rd_kafka_message_s*> held_;  // fetched, not yet handed over
  std::vector<rd_kafka_message_s*> fetched_;  // scratch of consume()
  std::set<TopicPartition> paused_;
  uint64_t rebalances_ = 0;
};

}  // namespace insight::kafka
