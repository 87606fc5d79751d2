// `insightd state move`: another number of calls partitions.
#pragma once

#include <cstdint>
#include <string>

#include "kafka/client.h"
#include "settings/settings.h"

namespace insight::app {

struct MoveArguments {
  uint32_t partitions = 0;     // of the new topics
  std::string calls_topic;     // the new ones; empty: the old name, a hyphen, the number of partitions
  std::string state_topic;
};

// Makes new calls and state topics, writes what was learned to the partitions that own it now, and lets intake read
// again what the new calls topic lacks. The old topics stay; the old state says that it was moved. One transaction, but
// for making the topics and setting intake's offsets back, which are done first and do no harm by themselves: it may be
// killed and run again. Exit status: 0 done, 1 Kafka could not do it, 2 bad usage, or it is not the time for it.
int move_state(const settings::Settings& settings, const kafka::Properties& properties, const MoveArguments& arguments);

}  // namespace insight::app
