// A task that loses its memory and comes back from the state topic and the calls.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "partition/task.h"
#include "tests/unit/partition/calls_log.h"

namespace insight::partition::test {

// What the detect worker does with a task, without Kafka: transactions into a compacted log in memory, a crash
// that forgets all since the last, and restoring.
class CrashingTask {
 public:
  CrashingTask(const Options& options, const CallsLog& log)
      : options_(options), log_(log), task_(std::make_unique<Task>(options)) {}

  // Reads the next batch.
  void step() { process(*task_, log_, next_++); }
  bool at_end() const { return next_ == log_.size(); }
  // Batches that memory holds.
  size_t next() const { return next_; }

  // One transaction: insights and records become durable together.
  void commit(bool all);
  // Loses everything since the last commit, and restores. Restoring itself must decide nothing.
  void crash();

  Task& task() { return *task_; }
  const std::vector<std::string>& insights() const { return insights_; }   // committed
  const std::map<std::string, std::string>& records() const { return records_; }
  // What the last restore found wrong: empty if it decided nothing and could read everything.
  const std::string& complaint() const { return complaint_; }

 private:
  Options options_;
  const CallsLog& log_;
  std::unique_ptr<Task> task_;
  size_t next_ = 0;
  std::map<std::string, std::string> records_;
  std::vector<std::string> insights_;
  std::string complaint_;
};

}  // namespace insight::partition::test
