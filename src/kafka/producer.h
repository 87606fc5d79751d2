// Idempotent and transactional production.
#pragma once

#include <span>
#include <utility>

#include "kafka/consumer.h"

namespace insight::kafka {

// A record to be produced. Borrowed until the call returns; the layer copies it.
struct Record {
  std::string_view topic;
  int32_t partition = -1;                       // -1: by the key
  std::string_view key;                         // empty: none
  std::optional<std::string_view> payload;      // nullopt: a tombstone
  int64_t timestamp_ms = 0;                     // 0: the client's clock
  std::span<const std::pair<std::string_view, std::string_view>> headers;
};

enum class Produced : uint8_t {
  kQueued,     // its delivery report will come
  kQueueFull,  // not taken: poll and try again
  kRefused,    // not taken and never will be (too large, fatal client, ...)
};

// What became of a queued record. Borrowed until the handler returns.
struct Delivery {
  uint64_t tag = 0;
  std::string_view topic;
  Error error;                          // 0: acknowledged by all in-sync replicas
  std::optional<int64_t> appended_ms;   // by the broker's clock, where the topic has LogAppendTime
};

// Called once per queued record, in poll, flush or purge, in the thread that calls them. Must not throw or call the
// producer.
using DeliveryHandler = std::function<void(const Delivery& delivery)>;

// Delivers every record once and in order per partition, or says that it could not. One thread owns it. Fixed:
// enable.idempotence=true, one request on its way to a broker. Default: message.timeout.ms=0 (a record is never given up
// for its age: a gap that later records overtake would be worse than waiting). After any delivery failure the order is
// broken: destroy it.
class Producer {
 public:
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  // Drops what is still queued (without reports); waits for nothing.
  virtual ~Producer() = default;

  virtual const Health& health() const = 0;

  virtual Produced produce(const Record& record, uint64_t tag, Error* why = nullptr) = 0;
  // Serves delivery reports and errors. Returns how many events were served.
  virtual int poll(Milliseconds timeout) = 0;
  // Waits until all is reported; false when time was up before.
  virtual bool flush(Milliseconds timeout) = 0;
  // Gives up everything queued and in flight; reports come as failures in here.
  virtual void purge() = 0;
  // Records not yet reported.
  virtual size_t outstanding() const = 0;
  virtual uint64_t queued() const = 0;
  virtual uint64_t delivered() const = 0;
  virtual uint64_t failed() const = 0;

 protected:
  Producer() = default;
};

// How a transactional call ended. There is no third path beside going on, aborting and starting anew.
enum class Outcome : uint8_t {
  kOk,
  kAbortable,  // flush, abort, serve the rebalance, send the same output again for what is still owned
  kRetriable,  // nothing happened; call again later (init_transactions only)
  kFenced,  // another producer with this transactional.id took over: destroy, drop, restore
  kFatal,  // destroy, drop, restore
  kUnknown,  // the transaction may or may not have been committed: destroy, drop, restore
};
std::string_view to_string(Outcome outcome);

struct TransactionResult {
  Outcome outcome = Outcome::kOk;
  Error error;

  bool ok() const { return outcome == Outcome::kOk; }
  // The producer is of no more use.
  bool must_restore() const { return outcome >= Outcome::kFenced; }
};

// One transaction at a time: begin, produce..., send_offsets, commit; or abort. One thread owns it. Fixed:
// transactional.id, enable.idempotence, one request on its way to a broker. Default: transaction.timeout.ms=10000. What
// librdkafka calls retriable is retried inside, until the call's timeout.
class TransactionalProducer {
 public:
  TransactionalProducer(const TransactionalProducer&) = delete;
  TransactionalProducer& operator=(const TransactionalProducer&) = delete;
  // An open transaction is left to the broker's timeout, or to the next init_transactions with the same id.
  virtual ~TransactionalProducer() = default;

  virtual const Health& health() const = 0;

  // Once, before anything else: fences older producers of the same id and ends their transactions.
  virtual TransactionResult init_transactions(Milliseconds timeout) = 0;
  virtual TransactionResult begin() = 0;
  // Queues a record; waits for room up to `timeout` when the queue is full.
  virtual TransactionResult produce(const Record& record, Milliseconds timeout) = 0;
  // Waits until everything produced is acknowledged, then makes the offsets part of the transaction. Nothing is
  // produced after it.
  virtual TransactionResult send_offsets(const std::vector<TopicPartitionOffset>& offsets,
                                         const GroupMetadata& membership, Milliseconds timeout) = 0;
  // Time up: kUnknown.
  virtual TransactionResult commit(Milliseconds timeout) = 0;
  // Drops what is queued, and aborts. Time up: kUnknown.
  virtual TransactionResult abort(Milliseconds timeout) = 0;
  // Serves errors and delivery reports. Cheap; call it at least every few seconds.
  virtual void poll() = 0;

  virtual bool in_transaction() const = 0;

 protected:
  TransactionalProducer() = default;
};

}  // namespace insight::kafka
