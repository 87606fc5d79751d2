// The one-minute bounds that were fixed ahead of time, so that what crosses early also crosses at the close.
#pragma once

#include <algorithm>
#include <memory>

#include "core/time.h"

namespace insight::detect {

// A bound per minute for the minutes after the last one closed. Bound of minute m is fixed when minute
// m - lateness - 1 closes, in order of time. Holds the last `horizon` minutes, in memory from the first one fixed on.
// `Bound{}` says that a minute has none. Copyable; not thread-safe.
template <typename Bound>
class FixedBounds {
 public:
  explicit FixedBounds(int32_t horizon) : horizon_(horizon) {}
  FixedBounds(const FixedBounds& other) { *this = other; }
  FixedBounds& operator=(const FixedBounds& other) {
    if (this == &other) return *this;
    horizon_ = other.horizon_;
    last_ = other.last_;
    slots_.reset();
    if (other.slots_) slots_ = std::make_unique<Bound[]>(size());
    if (other.slots_) std::copy_n(other.slots_.get(), size(), slots_.get());
    return *this;
  }
  FixedBounds(FixedBounds&&) = default;
  FixedBounds& operator=(FixedBounds&&) = default;
  ~FixedBounds() = default;

  // `minute`: after those before, or the last of them again.
  void fix(core::Minute minute, const Bound& bound) {
    if (!slots_) {
      slots_ = std::make_unique<Bound[]>(size());
      last_ = minute;
    }
    if (distance(last_, minute) >= horizon_) {
      std::fill_n(slots_.get(), size(), Bound{});
      last_ = minute;
    }
    while (last_ < minute) slots_[index(++last_)] = Bound{};
    slots_[index(minute)] = bound;
  }

  // nullptr: the minute has none.
  const Bound* at(core::Minute minute) const {
    if (!slots_ || minute > last_ || distance(minute, last_) >= horizon_) return nullptr;
    const Bound& found = slots_[index(minute)];
    return found == Bound{} ? nullptr : &found;
  }

  // Calls `each(minute, bound)` for every bound of a minute after `closed`, in order.
  template <typename F>
  void for_each_after(core::Minute closed, F&& each) const {
    for (int32_t i = 1; i <= horizon(); ++i)
      if (const Bound* bound = at(closed + i)) each(closed + i, *bound);
  }

  int32_t horizon() const { return horizon_; }

 private:
  // Minutes of a damaged record may be as far apart as can be.
  static int64_t distance(core::Minute first, core::Minute last) { return int64_t{last.value} - first.value; }
  size_t size() const { return static_cast<size_t>(horizon_); }
  size_t index(core::Minute minute) const {
    const int32_t rest = minute.value % horizon();
    return static_cast<size_t>(rest < 0 ? rest + horizon() : rest);
  }

  std::unique_ptr<Bound[]> slots_;   // none before the first bound
  core::Minute last_;                // the last one fixed
  int32_t horizon_ = 0;
};

}  // namespace insight::detect
