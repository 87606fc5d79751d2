// Intake's side of progress: what this process has read of each input partition.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/batch.h"
#include "progress/history.h"

namespace insight::progress {

// Collects what was read, to be said in every batch after the rows it covers. A statement about data, not
// about owners: a zombie's is true too. Pure: every clock is an argument. Not thread-safe.
class Reading {
 public:
  // All input topics with their partition counts; order fixes their index. A topic's count may grow.
  void set_topics(std::vector<std::pair<std::string, uint32_t>> topics);
  uint32_t topic_index(std::string_view name) const;

  // Index of the partition in the `origins` of every batch.
  uint32_t origin(uint32_t topic, uint32_t partition);

  // One event was read at `offset`. `kafka_time` caps how far it can move the partition's time (absent, or
  // 0 or less: caps nothing); so does the clock.
  void on_event(uint32_t origin, core::Timestamp event_time, std::optional<core::Timestamp> kafka_time,
                core::Timestamp clock);
  // Everything below `next_offset` was read.
  void on_offset(uint32_t origin, int64_t next_offset);
  // A query that was made after `time`, by the broker's clock, showed nothing left to read.
  void on_caught_up(uint32_t origin, core::Timestamp time);
  // Events of these minutes are lost: the log was cut before it was read.
  void on_missing(core::Minute first, core::Minute last) { missing_.push_back({first, last}); }
  // The partition is no longer read here.
  void forget(uint32_t origin);

  // The partition's time: its newest event; nothing before its first event.
  std::optional<core::Timestamp> newest(uint32_t origin) const { return entries_[origin].newest(); }
  std::optional<core::Timestamp> oldest(uint32_t origin) const { return entries_[origin].oldest; }
  int64_t next_offset(uint32_t origin) const { return entries_[origin].next_offset; }

  // Writes topics, origins, progress and missing minutes into the batch, over what is there.
  void write_to(core::Batch& batch) const;

 private:
  struct Entry {
    core::Origin origin;
    bool read_here = false;
    int64_t next_offset = 0;
    std::optional<History> history;
    std::optional<core::Timestamp> oldest;
    std::optional<core::Timestamp> caught_up_at;

    std::optional<core::Timestamp> newest() const { return history ? std::optional(history->newest) : std::nullopt; }
  };

  std::vector<std::pair<std::string, uint32_t>> topics_;
  std::vector<Entry> entries_;
  std::vector<core::MissingMinutes> missing_;
};

}  // namespace insight::progress
