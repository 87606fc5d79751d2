// Counts of a series' values by minute, in a few bytes each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"

namespace insight::count {

// A list of (minute, slot of the value, count) that grows at its end and is cut at its beginning. An API that is called every
// minute has 360 entries of each attribute: as numbers of variable length, times as steps from the entry before, they take
// 2 bytes each and not 16. Read from the beginning only. Keeps exactly what was added. Not thread-safe.
class MinuteCounts {
 public:
  static constexpr uint32_t kSlots = 64;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // `minute`: not before the entry that was added last. `slot`: below kSlots.
  void add(core::Minute minute, uint32_t slot, uint64_t count) {
    if (empty()) before_ = last_ = minute;
    core::ByteWriter out(bytes_);
    out.varint(uint64_t{static_cast<uint32_t>(minute - last_)} * kSlots + slot);
    out.varint(count);
    last_ = minute;
    ++size_;
  }

  // Calls `each(minute, slot, count)` for every entry, in order.
  template <typename F>
  void for_each(F&& each) const {
    core::ByteReader in(bytes_);
    core::Minute minute = before_;
    while (!in.at_end()) {
      const Entry entry = read(in, minute);
      each(minute, entry.slot, entry.count);
    }
  }

  // Takes out all entries before `oldest`.
  void drop_before(core::Minute oldest) {
    core::ByteReader in(bytes_);
    core::Minute minute = before_;
    size_t kept = bytes_.size();
    while (!in.at_end()) {
      const core::Minute previous = minute;
      read(in, minute);
      if (minute >= oldest) {
        before_ = previous;
        bytes_.erase(0, bytes_.size() - kept);
        return;
      }
      kept = in.remaining();
      --size_;
    }
    bytes_.clear();
  }

  // Slot `moved[i]` for i.
  void renumber(const std::vector<uint32_t>& moved) {
    MinuteCounts renumbered;
    for_each([&](core::Minute minute, uint32_t slot, uint64_t count) { renumbered.add(minute, moved[slot], count); });
    *this = std::move(renumbered);
  }

 private:
  struct Entry {
    uint32_t slot = 0;
    uint64_t count = 0;
  };

  // `minute`: of the entry before, and then of this one.
  static Entry read(core::ByteReader& in, core::Minute& minute) {
    const uint64_t step_and_slot = in.varint();
    minute = minute + static_cast<int32_t>(step_and_slot / kSlots);
    return {static_cast<uint32_t>(step_and_slot % kSlots), in.varint()};
  }

  std::string bytes_;
  uint32_t size_ = 0;
  core::Minute before_;  // what the first entry's step is from
  core::Minute last_;
};

}  // namespace insight::count
