// The cooperative-sticky assignor: who reads what after a rebalance.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kafka/topics.h"

namespace insight::simulation {

// A member as the assignor sees it.
struct Candidate {
  std::vector<std::string> topics;
  std::set<kafka::TopicPartition> owned;   // what it may still be reading
};
using Candidates = std::map<std::string, Candidate>;                        // by member id
using Assignments = std::map<std::string, std::set<kafka::TopicPartition>>;  // by member id

// Shares differ by one at most where all members read the same topics, and as few partitions move as that allows. What
// moves away from a member that owns it is given to nobody in this round: its owner lets go first, and joins again.
Assignments assign_cooperatively(const Candidates& members, const std::map<std::string, int32_t>& partitions);

}  // namespace insight::simulation
