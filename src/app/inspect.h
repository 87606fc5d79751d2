// `insightd state inspect`: shows a person what was learned.
#pragma once

#include <string>
#include <vector>

#include "kafka/client.h"
#include "settings/settings.h"

namespace insight::app {

struct InspectArguments {
  std::vector<std::string> apis;  // event names or account/region/source/name, `*` for any text; none: a list of all
  std::string state;  // a file that `replay --state` wrote; empty: the state topic
  int minutes = 15;  // how many of the last ones are shown
};

// Reads everything, changes nothing; `properties` serve to read the topic. Exit status: 0 done, 1 Kafka could not be read, 2 bad usage or configuration, a
// file that is no state, or no such API.
int inspect_state(const settings::Settings& settings, const kafka::Properties& properties,
                  const InspectArguments& arguments);

}  // namespace insight::app
