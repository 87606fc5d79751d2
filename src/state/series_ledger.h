// What was counted of one series: the numbers and names that its records report.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/insight.h"
#include "count/value_history.h"
#include "count/value_sums.h"

namespace insight::state {

// Calls of one series in one minute, and who made them. Values are borrowed.
struct MinuteSums {
  uint64_t total = 0;
  std::array<count::ValueSums, core::kAttributeCount> values;   // by core::Attribute

  void clear() {
    total = 0;
    for (auto& list : values) list.clear();
  }
};

// Calls of one series over some minutes, and who made them. Lists are unordered and name a value once.
struct Sums {
  uint64_t total = 0;
  std::array<std::vector<count::ValueCount>, core::kAttributeCount> values;   // by core::Attribute

  void add(const Sums& other);
  void add(const MinuteSums& minute);
  // Orders the lists by value: the same sums then have the same bytes, whatever order the calls came in.
  void sort();
};

// The baseline an insight is reported against: [start - minutes, start).
struct Baseline {
  int32_t minutes = 0;
  Sums sums;
  bool final = false;      // all its minutes were closed when it was taken
};

// Totals and attributions of a series: exact for the week's baseline, and by minute for six hours or for as
// long as an insight is open. Not thread-safe.
class SeriesLedger {
 public:
  // Enters a closed minute. Minutes ascend. Values are entered in an order that depends on them alone.
  void enter(core::Minute minute, MinuteSums& sums);

  // Sums of [history_begin or seven days before start's day, start), and the window's length.
  Baseline baseline(core::Minute start, core::Minute history_begin) const;
  // Sums of [first, end), which must lie within the minutes kept.
  Sums window(core::Minute first, core::Minute end) const;

  // Keeps every minute from `first` on, until release(): an End reports its whole span.
  void hold_from(core::Minute first);
  void release();
  // Forgets what is too old to be reported.
  void prune(core::Minute now);
  bool empty() const;

  void rest();

  void persist(core::ByteWriter& out) const;
  // It rests then. `in` reads from `record`.
  bool restore(core::ByteReader& in, std::string_view record);

 private:
  struct Histories {
    count::ValueHistory totals;
    std::array<count::ValueHistory, core::kAttributeCount> values;   // by core::Attribute

    void persist(core::ByteWriter& out) const;
    bool restore(core::ByteReader& in);
  };

  Histories& wake();
  // At rest: a copy that is unpacked in `place`.
  const Histories& unpacked(Histories& place) const;

  std::unique_ptr<Histories> awake_;
  std::string packed_;   // while it rests; empty: nothing was entered yet
};

// Length of the baseline window of an insight that starts at `start`, in minutes (docs/insight-record).
int32_t baseline_minutes(core::Minute start, core::Minute history_begin);

void persist(core::ByteWriter& out, const Baseline& baseline);
bool restore(core::ByteReader& in, Baseline& baseline);

}  // namespace insight::state
