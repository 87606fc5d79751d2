// The one-minute bounds that were fixed ahead of time, so that what crosses early also crosses at the close.
#pragma once

#include <optional>
#include <vector>

#include "core/time.h"

namespace insight::detect {

// A bound per minute for the minutes after the last one closed. Bound of minute m is fixed when minute
// m - lateness - 1 closes. Holds `horizon` minutes.
template <typename Bound>
class FixedBounds {
 public:
  explicit FixedBounds(int32_t horizon) : slots_(static_cast<size_t>(horizon)) {}

  void fix(core::Minute minute, const Bound& bound) { slot(minute) = {minute, bound}; }

  const Bound* at(core::Minute minute) const {
    const Slot& found = slot(minute);
    return found.minute == minute ? &found.bound : nullptr;
  }

  // Calls `each(minute, bound)` for every bound of a minute after `closed`, in order.
  template <typename F>
  void for_each_after(core::Minute closed, F&& each) const {
    for (int32_t i = 1; i <= horizon(); ++i)
      if (const Bound* bound = at(closed + i)) each(closed + i, *bound);
  }

  int32_t horizon() const { return static_cast<int32_t>(slots_.size()); }

 private:
  struct Slot {
    core::Minute minute = core::kNoMinute;
    Bound bound;
  };

  Slot& slot(core::Minute minute) { return slots_[index(minute)]; }
  const Slot& slot(core::Minute minute) const { return slots_[index(minute)]; }
  size_t index(core::Minute minute) const {
    const int32_t rest = minute.value % horizon();
    return static_cast<size_t>(rest < 0 ? rest + horizon() : rest);
  }

  std::vector<Slot> slots_;
};

}  // namespace insight::detect
