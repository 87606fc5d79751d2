// What should have come out: a single thread that never crashes, over the same calls and over the same events.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "partition/task.h"
#include "settings/settings.h"
#include "tests/simulation/broker.h"

namespace insight::simulation {

// Names of the differences found; empty: none. At most a few are told in full.
using Findings = std::vector<std::string>;

// What the engine should have made of all batches of the calls topic, one task per partition.
class Reference {
 public:
  // Reads every batch that was ever written. `partitions`: of the calls topic.
  Reference(const Broker& broker, const settings::Settings& settings, uint32_t partitions);

  const std::vector<std::unique_ptr<partition::Task>>& tasks() const { return tasks_; }
  // The Insights records, by partition and Kafka key, in the order in which they were decided.
  const std::map<std::string, std::vector<std::string>>& records() const { return records_; }
  // All rows, and those that came after their minute was closed.
  uint64_t rows() const;
  uint64_t late() const;
  uint64_t redelivered() const;
  // Up to here every partition has closed its minutes.
  core::Minute closed() const;
  const std::vector<core::Insight>& insights() const { return insights_; }

 private:
  std::vector<std::unique_ptr<partition::Task>> tasks_;
  std::map<std::string, std::vector<std::string>> records_;
  std::vector<core::Insight> insights_;
};

// The insights topic holds exactly the reference's records: none lost, none twice, none else, in order by series.
Findings compare_insights(const Broker& broker, const settings::Settings& settings, const Reference& reference);
// What can be restored from the state topic (and the calls it still needs) is what the reference holds, to the byte.
Findings compare_state(const Broker& broker, const settings::Settings& settings, Reference& reference);
// No committed state record says less than one before it: nobody commits what another has taken over.
Findings check_frontiers(const Broker& broker, const settings::Settings& settings);
// The calls topic has a row of every event that happened, in its partition, and of no other.
Findings compare_calls(const Broker& broker, const std::vector<std::string>& events, const settings::Settings& settings,
                       uint32_t partitions);
// A replay of the events that happened gives the same insights. Says nothing where rows came late.
Findings compare_replay(const std::vector<std::string>& events, const settings::Settings& settings,
                        const Reference& reference);
// Starts and Ends take turns, and none is there twice. `open`: how many of those that started before `calm` have not
// ended (detection may keep one open for a day, in a replay as well).
Findings check_pairs(const Reference& reference, core::Minute calm, uint64_t& open);

}  // namespace insight::simulation
