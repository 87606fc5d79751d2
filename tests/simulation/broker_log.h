// One partition's log, as Kafka keeps it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/time.h"
#include "kafka/topics.h"
#include "tests/simulation/broker_codes.h"

namespace insight::simulation {

using core::Duration;
using core::Timestamp;
using Headers = std::vector<std::pair<std::string, std::string>>;

// Transactions are numbered in the order in which they began, over all producers.
using TransactionNumber = int64_t;
constexpr TransactionNumber kNoTransaction = -1;

// What a producer sends.
struct ProducedRecord {
  std::string key;                      // empty: none
  std::optional<std::string> payload;   // nullopt: a tombstone
  Timestamp timestamp{};                     // the producer's; replaced where the log has LogAppendTime
  Headers headers;

  size_t bytes() const { return key.size() + (payload ? payload->size() : 0); }
};

struct LogEntry {
  int64_t offset = 0;
  ProducedRecord content;
  TransactionNumber transaction = kNoTransaction;
  bool marker = false;                  // the end of a transaction: holds an offset, is never handed over
};

// Who produced: what an idempotent producer is known by.
struct ProducerStamp {
  int64_t id = -1;                      // -1: not idempotent
  int16_t epoch = -1;
  int32_t sequence = -1;                // of this record among the producer's in this partition
};

// Offsets only grow and are never given twice. Ends of transactions are markers in it; what is read committed ends
// at the first record of the oldest open transaction (the last stable offset), and leaves out what was aborted.
// Single-threaded.
class PartitionLog {
 public:
  struct Appended {
    Code code = Code::kNone;
    int64_t offset = -1;                // where it lies, also if it had been appended before
    std::optional<Timestamp> appended{};   // when it was, where the log has LogAppendTime
  };
  // Idempotence as in Kafka: a sequence number seen before is answered as a success and appended once; a gap in the
  // sequence and an older epoch are refused.
  Appended append(ProducedRecord record, const ProducerStamp& stamp, TransactionNumber transaction, bool append_time,
                  Timestamp now);
  // Ends `transaction` here. Older epochs of its producer are refused from now on.
  void end_transaction(TransactionNumber transaction, bool commit, int64_t producer, int16_t epoch, Timestamp now);

  struct Found {
    Code code = Code::kNone;
    const LogEntry* record = nullptr;  // valid until the log changes; null: nothing more to read now
    int64_t next = 0;                   // after the record, or after all that was passed over
  };
  // The first record at or after `offset` that a reader of this isolation may see.
  Found find(int64_t offset, kafka::Isolation isolation) const;

  int64_t low() const { return low_; }
  int64_t high() const { return next_; }
  int64_t stable() const { return open_.empty() ? next_ : first_open(); }
  int64_t end(kafka::Isolation isolation) const {
    return isolation == kafka::Isolation::kReadCommitted ? stable() : high();
  }
  // The first offset whose timestamp is `time` or later; the end if there is none.
  int64_t offset_at(Timestamp time) const;

  // Removes what lies before `offset` (-1: all). False: there is no such offset.
  bool delete_before(int64_t offset);
  // Removes records from the beginning up to the first that is not older than `before`.
  void expire(Timestamp before);
  // What the log cleaner does below `until` (never at or past the last stable offset): keeps the newest committed
  // record of each key, drops aborted ones, and tombstones older than `tombstones_before`.
  void compact(int64_t until, Timestamp tombstones_before);

  const std::deque<LogEntry>& records() const { return records_; }
  // What was deleted, retained no longer or cleaned away, in no order.
  const std::deque<LogEntry>& removed() const { return removed_; }
  bool is_visible(const LogEntry& record, kafka::Isolation isolation) const;

 private:
  struct Sequence {
    int16_t epoch = -1;
    int32_t last = -1;
    struct Recent {
      int32_t sequence = 0;
      int64_t offset = 0;
      std::optional<Timestamp> appended;
    };
    std::deque<Recent> recent;   // the last ones
  };

  int64_t first_open() const;
  std::deque<LogEntry>::const_iterator at_or_after(int64_t offset) const;

  std::deque<LogEntry> records_;       // by offset, which may have gaps
  std::deque<LogEntry> removed_;
  int64_t low_ = 0;
  int64_t next_ = 0;
  std::map<int64_t, Sequence> producers_;
  std::map<TransactionNumber, int64_t> open_;   // their first offsets
  std::set<TransactionNumber> aborted_;
};

}  // namespace insight::simulation
