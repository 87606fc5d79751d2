// What came at the same minute of the day before: daily and weekly jobs beside other traffic.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "models/bytes.h"
#include "models/rounded.h"

namespace insight::models {

// Remembers the last few short bursts of a series by their minute of the day, and says of a later minute how many calls
// a burst of that size at that time accounts for. A plain value; not thread-safe; constant size.
class Recurrence {
 public:
  static constexpr int kSlots = 6;
  static constexpr int kTolerance = 3;  // minutes early or late
  static constexpr int kMostMinutes = 15;  // of a burst; what lasts longer is no job
  static constexpr int64_t kForgotten = 8 * 1440 + 60;  // minutes without a hit: a little more than a week

  // The most calls beyond the usual that the minute may have because of bursts at this time of earlier days.
  double allowance(int64_t minute) const;

  // Calls beyond the usual of the largest burst remembered; 0 if none.
  double largest() const;

  // Each minute once, in order. `excess`: calls beyond the usual where the minute stands out, else 0.
  void observe(int64_t minute, double excess);

  struct Slot {
    KeptMinutes last_start;  // minute of its last burst
    Short size;  // calls beyond the usual; 0: a free slot
    uint8_t minutes = 1;  // it lasted
    bool again = false;  // it came more than once
  };
  const std::array<Slot, kSlots>& slots() const { return slots_; }

  // `now`: the last minute observed, or about; the same for both.
  void persist(ByteWriter& out, int64_t now) const;
  void restore(ByteReader& in, int64_t now);

 private:
  bool covers(const Slot& slot, int64_t minute) const;
  std::pair<bool, int64_t> worth(const Slot& slot) const;
  void finish();

  std::array<Slot, kSlots> slots_{};
  // The burst going on.
  KeptMinutes start_;
  KeptMinutes last_;  // its last minute that stood out
  Single sum_;  // 0: none going on
};

}  // namespace insight::models
