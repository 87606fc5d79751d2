// `insightd state seed`: what a replay learned of history becomes the state that a daemon begins with.
#pragma once

#include <string>
#include <vector>

#include "kafka/client.h"
#include "settings/settings.h"

namespace insight::app {

struct SeedArguments {
  std::vector<std::string> paths;   // as replay has them
  std::string format = "auto";
  std::string until;                // RFC 3339; empty: input.lateness before the newest event
};

// Writes to an empty state topic, in one transaction; the topics are made if they are absent. Exit status: 0 done,
// 1 something could not be read or written, 2 bad usage, or a daemon has worked with the group.
int seed_state(const settings::Settings& settings, const kafka::Properties& properties, const SeedArguments& arguments);

}  // namespace insight::app
