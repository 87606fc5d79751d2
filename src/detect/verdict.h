// What scoring says of one series and minute, in the words that detection needs.
#pragma once

#include <algorithm>

#include "core/bytes.h"
#include "core/insight.h"
#include "core/time.h"

namespace insight::detect {

// The judgement of a closed minute, or of the rows that an open one has so far.
struct Verdict {
  bool alarming = false;       // enough to open an insight
  bool abnormal = false;       // enough to keep one open
  bool outside = false;        // the minute itself is outside its one-minute bounds
  core::Reason reason = core::Reason::kIncrease;
  double score = 0;            // -log10 of the expected number of such minutes a day
  core::Expected expected;     // of the deciding window; filled in when alarming
  int32_t window_minutes = 1;  // the deciding window
  int32_t suffix_minutes = 1;  // how many of its last minutes belong to the anomaly
};

// When a series may open insights: by what it has seen of itself, not by a clock. It must be known: first
// seen six hours ago, or two hours ago and active in most minutes since; what was before the engine's history is
// none. From a day of that history on, an API never seen before is news as well.
struct Acquaintance {
  core::Minute first_seen = core::kNoMinute;   // first minute with a call
  int32_t active_minutes = 0;                  // minutes with a call, since

  void note(core::Minute minute) {
    if (first_seen == core::kNoMinute) first_seen = minute;
    ++active_minutes;
  }
  // `history_minutes`: minutes of history behind `now`.
  bool armed(core::Minute now, int32_t history_minutes) const {
    if (history_minutes >= kNoveltyAfter) return true;
    if (first_seen == core::kNoMinute) return false;
    const int32_t known_minutes = std::min(now - first_seen, history_minutes);
    if (known_minutes >= kKnownAfter) return true;
    return known_minutes >= kSteadyAfter && active_minutes * 2 >= known_minutes;
  }

  void persist(core::ByteWriter& out) const {
    out.zigzag(first_seen.value);
    out.varint(static_cast<uint64_t>(active_minutes));
  }
  bool restore(core::ByteReader& in) {
    first_seen = {static_cast<int32_t>(in.zigzag())};
    active_minutes = static_cast<int32_t>(in.varint_up_to(INT32_MAX));
    return in.ok();
  }

  static constexpr int32_t kNoveltyAfter = 24 * 60;
  static constexpr int32_t kKnownAfter = 6 * 60;
  static constexpr int32_t kSteadyAfter = 2 * 60;
};

}  // namespace insight::detect
