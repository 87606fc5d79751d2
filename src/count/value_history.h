// How often each value of one attribute was seen on a series: day totals for a week and a day, and minute
// by minute for the last six hours. The sums that records report come from here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"
#include "count/minute_counts.h"

namespace insight::count {

// A value and its calls.
struct ValueCount {
  std::string value;
  uint64_t count = 0;
  bool operator==(const ValueCount&) const = default;
};

// Exact while at most `kValuesMax` different values are alive (seen within nine days). Past that the value
// seen least gives its place, and its day totals, to the new one (SpaceSaving: Metwally, Agrawal, El Abbadi
// 2005): a total is then too large by at most the series' total / kValuesMax. Minutes are added in order;
// values of one minute in an order that depends on their content alone. Not thread-safe.
class ValueHistory {
 public:
  static constexpr size_t kValuesMax = MinuteCounts::kSlots;
  static constexpr int32_t kDaysKept = 9;
  static constexpr int32_t kMinutesKept = 6 * 60;

  // Adds calls of a minute, which must not be older than the newest added.
  void add(core::Minute minute, std::string_view value, uint64_t count);

  // Calls of all values from 00:00 UTC of `first_day`'s day (or the oldest kept) up to `end`, exclusive.
  // `end` is at most six hours before the newest minute added.
  uint64_t total(core::Minute first_day, core::Minute end) const;
  // The same per value, unordered; values without calls are left out.
  std::vector<ValueCount> by_value(core::Minute first_day, core::Minute end) const;

  // Calls in [first, end), by minute: both within the last six hours.
  uint64_t recent_total(core::Minute first, core::Minute end) const;
  std::vector<ValueCount> recent_by_value(core::Minute first, core::Minute end) const;

  // Keeps every minute from `first` on until release(), however old.
  void hold_from(core::Minute first) { held_from_ = first; }
  void release() { held_from_ = core::kNoMinute; }
  // Forgets what is older than nine days, or six hours by minute.
  void prune(core::Minute now);
  bool empty() const { return days_.empty(); }

  void persist(core::ByteWriter& out) const;
  bool restore(core::ByteReader& in);

 private:
  struct DayCount {
    int32_t day = 0;       // minute / 1440
    uint32_t slot = 0;
    uint64_t count = 0;
  };

  uint32_t slot_of(std::string_view value);
  uint32_t replace_least(std::string_view value);
  void drop_dead_values();
  template <typename F>
  void for_each_recent(core::Minute first, core::Minute end, F&& add) const;
  template <typename F>
  void for_each_until(core::Minute first_day, core::Minute end, F&& add) const;
  std::vector<ValueCount> named(const std::vector<uint64_t>& sums) const;

  std::vector<std::string> values_;      // by slot
  std::vector<DayCount> days_;           // by day
  MinuteCounts minutes_;
  core::Minute pruned_ = core::kNoMinute;      // when it was last done
  core::Minute held_from_ = core::kNoMinute;   // kNoMinute: nothing is held
  bool may_hold_dead_ = true;                  // values whose last call may have been pruned
};

}  // namespace insight::count
