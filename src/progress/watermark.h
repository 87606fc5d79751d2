// Detect's side of progress: what all intakes together have read, and the watermark that follows from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/batch.h"
#include "core/bytes.h"
#include "progress/history.h"

namespace insight::progress {

// Merges the progress of batches by maximum. The watermark is the time of the slowest input partition less
// `lateness`; it never goes back, and no clock alone moves it. A pure function of the batches and their
// append times, in order. Not thread-safe. Source: docs/design (Progress).
class Watermark {
 public:
  explicit Watermark(core::Duration lateness) : lateness_(lateness) {}

  // Takes in one batch's progress. `appended`: the broker's time of the batch (LogAppendTime).
  void merge(const core::Batch& batch, core::Timestamp appended);

  // All before `time` is complete, whatever the inputs will say; of these nothing is known any more.
  void begin_at(core::Timestamp time);

  // All minutes before it are complete, but for late rows. Nothing before the first event anywhere.
  std::optional<core::Timestamp> time() const { return watermark_; }
  // The newest event of any partition.
  std::optional<core::Timestamp> newest() const;
  // The oldest event of any input partition.
  std::optional<core::Timestamp> oldest() const;
  // Where the events of the inputs known now begin, less what lies before a break (History).
  std::optional<core::Timestamp> inputs_since() const;
  // All that was ever heard, of whatever input partitions: nothing before the first event anywhere.
  const std::optional<History>& history() const { return history_; }
  // Whether an earlier batch said that this offset was read.
  bool covered(std::string_view topic, uint32_t partition, int64_t offset) const;

  void persist(core::ByteWriter& out) const;
  // False: the bytes are damaged; the object is then unusable.
  bool restore(core::ByteReader& in);

 private:
  struct Topic {
    uint32_t partitions = 0;
    core::Timestamp named;     // append time of the last batch that named it
  };
  struct Partition {
    int64_t next_offset = 0;
    std::optional<History> history;
    std::optional<core::Timestamp> oldest;
    std::optional<core::Timestamp> caught_up_at;
    core::Timestamp changed;   // append time at which the newest event last changed or the partition was first named
  };
  using Name = std::pair<std::string, uint32_t>;

  void merge_topics(const core::Batch& batch, core::Timestamp appended);
  void merge_partitions(const core::Batch& batch, core::Timestamp appended);
  std::optional<core::Timestamp> time_of(const Partition& partition, core::Timestamp appended,
                                         core::Timestamp newest_of_all) const;

  core::Duration lateness_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::map<Name, Partition> partitions_;   // of every topic named, heard of or not
  std::optional<History> history_;
  std::optional<core::Timestamp> watermark_;
};

}  // namespace insight::progress
