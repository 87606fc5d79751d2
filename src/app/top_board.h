// What is shown by name: the busiest APIs and the open insights of the partitions that a process holds.
#pragma once

#include <map>
#include <span>

#include "inspect/leaders.h"
#include "partition/task.h"
#include "telemetry/metrics.h"

namespace insight::app {

// Holds nothing while `most` is 0. Not thread-safe.
class TopBoard {
 public:
  // `most`: telemetry.top_apis.
  explicit TopBoard(size_t most) : most_(most) {}

  // From now on `task` (borrowed, until release) is watched.
  void add(int32_t partition, partition::Task& task);
  void release(int32_t partition);
  // The task is restored: the insights that are open in it are shown. Who caused them is no longer known.
  void restored(int32_t partition, const partition::Task& task);
  // These records were committed.
  void committed(int32_t partition, std::span<const core::Insight> insights);
  // Shows the busiest APIs and the newest insights of all partitions.
  void publish(telemetry::Metrics& metrics) const;

 private:
  struct Open {
    core::Minute start;
    telemetry::TopInsight insight;
  };
  struct Watched {
    inspect::Leaders leaders;
    std::map<std::pair<core::ApiKey, std::string>, Open> open;   // by API and error code; "": of calls
  };

  size_t most_;
  std::map<int32_t, Watched> watched_;
};

}  // namespace insight::app
