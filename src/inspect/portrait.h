// What was learned of an API, as a person reads it.
#pragma once

#include <span>
#include <string>

#include "partition/pooled_profiles.h"
#include "state/api_state.h"

namespace insight::inspect {

// What a portrait is drawn by.
struct Sight {
  double call_threshold = 0;    // scores at which insights open
  double error_threshold = 0;
  int minutes = 15;             // how many of the last ones are shown
};

// An API with the profiles of its partition. Borrowed.
struct Subject {
  const state::ApiState* api = nullptr;
  const partition::PooledProfiles* profiles = nullptr;
};

// One API, in words, small pictures and a table of its last minutes: the level, day and week, spread, extremes, cadence
// and present state of its calls; then each of its error codes. Everything is in UTC. Ends with a line end.
std::string portrait(const Subject& subject, const Sight& sight);

// A line for each API. One sentence if there is none.
std::string listing(std::span<const Subject> subjects);

// Whether a person means this API: `pattern` is its event name, or with slashes its account/region/source/name; `*`
// stands for any text.
bool is_meant(const core::ApiKeyView& key, std::string_view pattern);

}  // namespace insight::inspect
