// Which events count, and for which insight types.
#pragma once

#include <string>
#include <vector>

#include "core/call_event.h"

namespace insight::select {

// A rule of the configuration. Empty patterns match everything; a pattern may begin or end with `*`.
struct Rule {
  std::string account, region, source, name;
  bool include = true;                           // false: events that match are not counted at all
  bool call_rate = true, error_rate = true;      // of included events: which insight types they count for
};

// AWS's own rules (docs/insight-record), narrowed by the configuration's: call rates of management events
// that write and of all data events, error rates of both, reads and writes; nothing of other categories.
// With rules, the first that matches decides; an event that none matches counts by AWS's rules alone.
// Immutable; thread-safe.
class Selector {
 public:
  Selector() = default;
  explicit Selector(std::vector<Rule> rules) : rules_(std::move(rules)) {}

  core::Selection select(const core::CallEvent& event) const;

 private:
  std::vector<Rule> rules_;
};

}  // namespace insight::select
