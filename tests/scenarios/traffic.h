// The calls of a scenario.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/scenarios/scenario.h"

namespace insight::scenarios {

// One event as it arrives. Strings are borrowed from the scenario.
struct Arrival {
  core::Timestamp arrives;
  core::Timestamp time;
  uint64_t id = 0;             // of the call: a copy has its original's
  const Api* api = nullptr;
  std::string_view principal;
  std::string_view error;
};

// All calls in order of their arrival: the same for the same scenario. What a minute of an API has depends on
// the seed, the API's place in the file and the minute alone, so one more line changes nothing else.
std::vector<Arrival> make_traffic(const Scenario& scenario);

}  // namespace insight::scenarios
