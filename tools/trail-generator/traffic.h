// The calls of every minute.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trail-generator/random.h"
#include "trail-generator/scenario.h"

namespace insight::trail {

// One call, before it is a record.
struct Call {
  core::Timestamp time;
  size_t api = 0;          // index into Scenario::apis
  size_t principal = 0;    // index into Scenario::principals
  std::string error;       // empty: it succeeded
  uint64_t id = 0;         // unique: the stream of all that is random in its record
};

// Draws calls from a scenario. Which calls a minute has depends on seed, scenario, scale and that minute only.
class Traffic {
 public:
  // `scenario` is borrowed and outlives this. `scale` multiplies every rate.
  Traffic(const Scenario& scenario, uint64_t seed, double scale) : scenario_(scenario), seed_(seed), scale_(scale) {}

  // Appends the calls of `minute`, in no order.
  void draw(core::Minute minute, std::vector<Call>& calls);

 private:
  void draw_usual(core::Minute minute, size_t api, std::vector<Call>& calls);
  void draw_job(core::Minute minute, size_t index, std::vector<Call>& calls);
  void draw_burst(core::Minute minute, size_t index, std::vector<Call>& calls);
  const Incident* incident_at(core::Minute minute, Incident::Kind kind, size_t api) const;
  bool is_stopped(core::Minute minute, const std::string& job) const;
  uint64_t stream(core::Minute minute, uint64_t part) const;

  const Scenario& scenario_;
  uint64_t seed_;
  double scale_;
};

// Calls a minute that `api` is due at `minute`: the day's wave and the weekend applied.
double expected_rate(const Api& api, core::Minute minute);

}  // namespace insight::trail
