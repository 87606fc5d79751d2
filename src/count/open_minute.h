// The calls of one API in one minute that is not closed yet.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/time.h"
#include "count/call_ids.h"

namespace insight::count {

// Counts each call once, per signature slot of its API. Not thread-safe.
class OpenMinute {
 public:
  // Makes room for `expected` calls.
  explicit OpenMinute(core::Minute minute, size_t expected = 0) : minute_(minute) { ids_.reserve(expected); }

  core::Minute minute() const { return minute_; }

  // Counts the call unless it was counted before; whether it was new. `weight`: calls it stands for.
  bool add(uint64_t id, uint32_t slot, uint32_t weight) {
    if (!ids_.insert(id, slot)) return false;
    if (slot >= counts_.size()) {
      counts_.resize(slot + 1, 0);
      used_.resize(slot + 1, false);
    }
    counts_[slot] += weight;
    used_[slot] = true;
    changed_ = true;
    if (ids_.over_full()) thin();
    return true;
  }

  // Whether a call was counted since this was last asked.
  bool take_changed() { return std::exchange(changed_, false); }

  // Whether a call of this slot was ever counted; the slot is then in use, thinned out or not.
  bool holds(uint32_t slot) const { return slot < used_.size() && used_[slot]; }

  // Calls `each(slot)` for every slot in use.
  template <typename F>
  void for_each_slot(F&& each) const {
    for (uint32_t slot = 0; slot < used_.size(); ++slot)
      if (used_[slot]) each(slot);
  }

  // Calls per signature slot, scaled; calls `each(slot, calls)` for those that have any, by slot.
  template <typename F>
  void for_each(F&& each) const {
    for (uint32_t slot = 0; slot < counts_.size(); ++slot)
      if (counts_[slot] > 0) each(slot, counts_[slot] * ids_.scale());
  }

  // Ids kept.
  size_t size() const { return ids_.size(); }
  bool thinned() const { return ids_.thinned(); }

 private:
  void thin() {
    ids_.thin([&](uint32_t slot) { --counts_[slot]; });
  }

  core::Minute minute_;
  CallIds ids_;
  std::vector<uint64_t> counts_;   // by slot, of kept ids
  std::vector<bool> used_;         // by slot
  bool changed_ = false;
};

}  // namespace insight::count
