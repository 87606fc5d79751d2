// A calls partition in memory: what intake would have written, as bytes, for a task to read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/insight.h"
#include "partition/task.h"
#include "progress/reading.h"
#include "route/batch_builder.h"

namespace insight::partition::test {

// 2024-12-02T00:00Z, a Monday.
constexpr core::Minute kMonday{20059 * core::kMinutesPerDay};
constexpr core::Duration kLateness = std::chrono::minutes(10);
constexpr int32_t kLatenessMinutes = 10;

// One audited call as the tests say it.
struct Call {
  core::Minute minute;
  std::string name = "RunInstances";
  std::string error = "";
  std::string principal = "arn:aws:iam::111122223333:role/deploy";
  std::string agent = "aws-cli";
  std::string account = "111122223333";
  std::string region = "eu-central-1";
  core::Category category = core::Category::kManagement;
  std::string resource = "";
  uint64_t id = 0;            // 0: one of its own
  uint32_t origin = 0;        // partition of the input topic
  int64_t offset = -1;        // -1: the partition's next
  uint32_t weight = 1;
  bool attributed = true;
};

// Writes batches with the progress that intake says in them. Not for speed.
class CallsLog {
 public:
  struct Entry {
    std::string bytes;
    core::Timestamp appended;
    size_t rows = 0;
  };

  explicit CallsLog(uint32_t origins = 1);

  // Reads a call from the input: it goes into the next batch.
  void add(const Call& call);
  void add(const Call& call, int times) {
    for (int i = 0; i < times; ++i) add(call);
  }
  // Says that an event was read that is not selected: it moves the partition's time alone.
  void note_event(core::Minute minute, uint32_t origin = 0);
  void note_caught_up(uint32_t origin, core::Timestamp clock) { reading_.on_caught_up(origin, clock); }
  void note_missing(core::Minute first, core::Minute last) { reading_.on_missing(first, last); }
  // Says that offsets were read whose rows may come later: what a batch lost on its way looks like.
  int64_t skip_offset(uint32_t origin);
  int64_t next_offset(uint32_t origin) const { return reading_.next_offset(origin); }

  // Writes the batch; appended one second after the newest event, or when told.
  void send();
  void send(core::Timestamp appended);

  const std::vector<Entry>& entries() const { return entries_; }
  size_t size() const { return entries_.size(); }

 private:
  progress::Reading reading_;
  route::BatchBuilder builder_;
  std::vector<Entry> entries_;
  core::Timestamp newest_{};
  uint64_t next_id_ = 0;
};

// Gives the task one batch, or all from `first` on.
void process(Task& task, const CallsLog& log, size_t index);
void process_all(Task& task, const CallsLog& log, size_t first = 0);

// Options of the shipped configuration.
Options shipped_options();

// Every field of a record, for comparing and for reading.
std::string text_of(const core::Insight& insight);
std::vector<std::string> texts_of(const std::vector<core::Insight>& insights);

// The persisted bytes of every API, by its name.
std::map<std::string, std::string> states_of(Task& task);

}  // namespace insight::partition::test
