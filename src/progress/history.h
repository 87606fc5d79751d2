// Since when events were heard without a break that makes what was before it worthless.
#pragma once

#include <algorithm>

#include "core/time.h"

namespace insight::progress {

// Events from `since` to `newest`. One event with a wrong date, decades ago, is no history: what lies before a
// break of more than eight days counts only if it is longer than the break. (Weeks that were heard stay known
// through a fortnight of silence.) A plain value.
struct History {
  static constexpr core::Duration kBreak = std::chrono::days(8);

  core::Timestamp since;
  core::Timestamp newest;

  // Takes in what else was heard: an event, another statement, another partition. Does not depend on the order,
  // unless the one falls into a break of the other.
  void join(const History& other) {
    const History& earlier = other.newest < newest ? other : *this;
    const History& later = other.newest < newest ? *this : other;
    const core::Duration gap = later.since - earlier.newest;
    const bool broken = gap > kBreak && gap > earlier.newest - earlier.since;
    *this = {broken ? later.since : std::min(earlier.since, later.since), later.newest};
  }
};

}  // namespace insight::progress
