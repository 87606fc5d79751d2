// The incidents of a live trail: a scenario's own, one after the other and again, so that something is always about to
// go wrong.
#pragma once

#include <vector>

#include "trail-generator/scenario.h"

namespace insight::trail {

// Incidents that take turns: the first begins at `first`, the next one `every` minutes later, and after the last one the
// first again, without end. Each lasts as long as its scenario says, so they may overlap.
class Turns {
 public:
  // `incidents` may be empty; `every` is at least 1.
  Turns(std::vector<Incident> incidents, core::Minute first, int every);

  // Those that cover `minute`, with the times of their turn; in order of their beginning.
  std::vector<Incident> at(core::Minute minute) const;
  // The one that begins in `minute`, or nullptr.
  const Incident* begins(core::Minute minute) const;

 private:
  std::vector<Incident> incidents_;
  core::Minute first_;
  int every_;
  int longest_ = 0;
};

}  // namespace insight::trail
