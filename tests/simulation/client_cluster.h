// What the simulated clients have in common.
#pragma once

#include <algorithm>
#include <string>

#include "tests/simulation/broker.h"

namespace insight::simulation {

// Options, health and time of a client of one instance.
class SimulatedClient {
 public:
  SimulatedClient(SimulatedCluster& cluster, const kafka::ClientOptions& options)
      : cluster_(cluster), options_(options) {}

 protected:
  ~SimulatedClient() = default;

  core::Timestamp now() const { return cluster_.now(); }
  std::string property(const std::string& name, const std::string& otherwise) const;
  int64_t number(const std::string& name, int64_t otherwise) const;
  // Makes an error of what a request came to, and notes in the client's health how it went.
  kafka::Error note(Code code, const std::string& what);
  void note_connection();

  SimulatedCluster& cluster_;
  kafka::ClientOptions options_;
  kafka::Health health_;
};

// How long is left until `end`, never negative.
inline core::Duration left_until(core::Timestamp end, core::Timestamp now) {
  return std::max(core::Duration(0), end - now);
}

}  // namespace insight::simulation
