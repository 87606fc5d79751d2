// A call as CloudTrail writes it.
#pragma once

#include <string>
#include <vector>

#include "trail-generator/traffic.h"

namespace insight::trail {

// Writes CloudTrail records (eventVersion 1.09) of about 1.3 KB: who (with sessions), from where, what on which
// resource, and how it ended. What is random in a record comes from the call's id.
class RecordWriter {
 public:
  // `scenario` is borrowed and outlives this.
  RecordWriter(const Scenario& scenario, uint64_t seed);

  std::string write(const Call& call) const;

 private:
  // The part of a record that is the same for all calls of one principal's session.
  struct Session {
    std::string identity;    // the value of userIdentity, up to its creation date
    std::string address;
  };
  Session make_session(const Principal& principal, uint64_t number) const;

  const Scenario& scenario_;
  uint64_t seed_;
  std::vector<std::vector<Session>> sessions_;   // by principal
};

}  // namespace insight::trail
