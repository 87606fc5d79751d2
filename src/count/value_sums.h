// How often each value of one attribute was seen in one minute.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace insight::count {

// Values are borrowed. The few that a minute usually has are looked for one after the other; more, by a hash.
// Keeps its memory when it is cleared. Not thread-safe.
class ValueSums {
 public:
  struct Entry {
    std::string_view value;
    uint64_t count = 0;
  };

  void add(std::string_view value, uint64_t count) {
    if (entries_.size() <= kWalkedMax) {
      for (auto& entry : entries_) {
        if (entry.value != value) continue;
        entry.count += count;
        return;
      }
      entries_.push_back({value, count});
      if (entries_.size() > kWalkedMax)
        for (uint32_t i = 0; i < entries_.size(); ++i) index_.emplace(entries_[i].value, i);
      return;
    }
    const auto [at, added] = index_.try_emplace(value, static_cast<uint32_t>(entries_.size()));
    if (added)
      entries_.push_back({value, count});
    else
      entries_[at->second].count += count;
  }

  // Each value once, in the order of their first calls.
  const std::vector<Entry>& entries() const { return entries_; }

  // Each value once: the most frequent first, ties by value. Nothing may be added behind it until clear().
  const std::vector<Entry>& sorted() {
    if (entries_.size() > 1)
      std::sort(entries_.begin(), entries_.end(), [](const Entry& x, const Entry& y) {
        return x.count != y.count ? x.count > y.count : x.value < y.value;
      });
    return entries_;
  }

  void clear() {
    entries_.clear();
    index_.clear();
  }

 private:
  static constexpr size_t kWalkedMax = 16;

  std::vector<Entry> entries_;
  absl::flat_hash_map<std::string_view, uint32_t> index_;   // of all values, once they are more than kWalkedMax
};

}  // namespace insight::count
