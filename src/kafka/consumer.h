// Batch consumption with cooperative rebalances.
#pragma once

#include <type_traits>

#include "kafka/topics.h"

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
};

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
struct GroupMetadata {
  std::string group;
  std::string member;
  std::string instance;      // group.instance.id of a static member; empty: none
  int32_t generation = -1;
};

// Reads partitions: as a member of a group (subscribe) or by itself (assign). One thread owns it; only wake() and
// health() may be called from others. Offsets are the caller's: nothing is stored or committed by itself. Fixed:
// enable.auto.commit=false, enable.auto.offset.store=false, a rebalance callback. Defaults:
// session.timeout.ms=10000, heartbeat.interval.ms=3000, partition.assignment.strategy=cooperative-sticky.
class Consumer {
 public:
  struct Options {
    ClientOptions client;   // isolation.level and auto.offset.reset go into client.properties
    std::string group;      // never empty; a consumer that only assigns commits nothing under it
  };

  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  // Without close(): leaves the group without telling the handler; waits two seconds at most.
  virtual ~Consumer() = default;

  // Whatever serves also learns whether this is the end of the member (fatal): nothing else tells.
  virtual const Health& health() const = 0;

  // Joins the group for `topics`. `handler` is borrowed and outlives the consumer.
  virtual Error subscribe(const std::vector<std::string>& topics, RebalanceHandler& handler) = 0;
  // Reads exactly these, without the group; replaces what was assigned before.
  virtual Error assign(const std::vector<Assignment>& partitions) = 0;

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
  virtual bool serve() = 0;

  // Makes a poll_batch in progress return soon. From any thread.
  virtual void wake() = 0;

  // Current membership, with every rebalance that is due served after it was taken: an owner that lost its
  // partitions has heard so before it holds this. Not a member: an error that is abortable.
  virtual Result<GroupMetadata> group_metadata() = 0;
  // How many rebalance callbacks have been served: a change says that ownership may have changed.
  virtual uint64_t rebalances() const = 0;
  // What is assigned now.
  virtual std::vector<TopicPartition> assignment() const = 0;

  // Commits these offsets (of a member: checked against its generation).
  virtual Error commit(const std::vector<TopicPartitionOffset>& offsets) = 0;
  // Same without waiting; the outcome goes to the handler of set_commit_handler, in poll_batch or serve.
  virtual Error commit_async(const std::vector<TopicPartitionOffset>& offsets) = 0;
  virtual void set_commit_handler(
      std::function<void(const Error&, const std::vector<TopicPartitionOffset>&)> handler) = 0;
  // Committed offset and metadata of each, in the order asked; kOffsetInvalid: none.
  virtual Result<std::vector<TopicPartitionOffset>> committed(const std::vector<TopicPartition>& partitions,
                                                              Milliseconds timeout) = 0;

  // Continues at `offset`; what was fetched before is dropped. The partition must be assigned.
  virtual Error seek(const TopicPartition& partition, int64_t offset, Milliseconds timeout) = 0;
  // Paused partitions hand nothing over; their position stays. Rebalances do not resume them while they are kept; one
  // that comes back starts as its Assignment says.
  virtual Error pause(const std::vector<TopicPartition>& partitions) = 0;
  virtual Error resume(const std::vector<TopicPartition>& partitions) = 0;
  // Next offset to be handed over, transaction markers passed included (so it reaches the end of a topic whose last
  // record is a marker); kOffsetInvalid: nothing was handed over yet.
  virtual int64_t position(const TopicPartition& partition) const = 0;

  // Leaves the group: serves the revocation (on_revoked) and waits for the broker, at most `deadline`. Idempotent.
  virtual Error close(Milliseconds deadline) = 0;

 protected:
  using MessageCall = bool (*)(void*, const Message&);

  Consumer() = default;

 private:
  virtual size_t poll_messages(Milliseconds timeout, size_t max, MessageCall call, void* context) = 0;
};

}  // namespace insight::kafka
