// The last four hours of a series: counts, expectations, and their sums over five window lengths.
#pragma once

#include <array>
#include <cstdint>

#include "models/bytes.h"
#include "models/minute_ring.h"
#include "models/rounded.h"

namespace insight::models {

// Minutes are indexed by the series' own count of them, from 0. push() must be given consecutive indices. Counts are
// kept exactly up to 2^31 - 1 in a minute, counts that are not whole to 2^-12 (from 2^19 on, to whole ones); expectations
// to 9 significant bits (`kept`). The sums are of what is kept and are whole numbers themselves, so they never drift
// and follow from the minutes.
class MinuteWindows {
 public:
  static constexpr int kScales = 5;
  static constexpr int kShortScales = 3;  // the first three are short windows
  static constexpr std::array<int, kScales> kMinutes = {1, 5, 15, 60, 240};  // window lengths
  static constexpr int kCapacity = MinuteRing::kMinutes;

  static constexpr bool is_short(int scale) { return scale < kShortScales; }
  static constexpr int length(int scale) { return kMinutes[static_cast<size_t>(scale)]; }
  // The scale of the shortest window that covers so many minutes.
  static constexpr int covering(int minutes) {
    int scale = 0;
    while (scale < kScales - 1 && length(scale) < minutes) ++scale;
    return scale;
  }

  struct Sums {
    double count = 0.0;
    double expected = 0.0;
  };

  // What is kept of an expectation: at least 2^-22.
  static double kept(double expected) { return static_cast<double>(rounded(expected).whole()) * kExpectedUnit; }

  void push(int64_t index, double count, double expected);

  // Of the last kMinutes[scale] minutes.
  Sums sums(int scale) const {
    const Totals& totals = totals_[static_cast<size_t>(scale)];
    return {static_cast<double>(totals.count) * kCountUnit, static_cast<double>(totals.expected) * kExpectedUnit};
  }
  double count_at(int64_t index) const { return static_cast<double>(units(ring_.count(slot(index)))) * kCountUnit; }
  double expected_at(int64_t index) const {
    return static_cast<double>(ring_.expected(slot(index)).whole()) * kExpectedUnit;
  }

  // Replaces the counts of the last `minutes` up to `index` by `ratio` times what was expected.
  void censor(int64_t index, int minutes, double ratio);

  // `index`: the last one pushed, -1 if none.
  void persist(ByteWriter& out, int64_t index) const;
  void restore(ByteReader& in, int64_t index);

 private:
  static constexpr int kCountBits = 12;
  static constexpr double kCountUnit = 0x1p-12;
  static constexpr double kExpectedUnit = 0x1p-22;
  static constexpr uint32_t kFraction = MinuteRing::kFraction;  // marks a count in units; without it, whole counts

  struct Totals {  // in units
    uint64_t count = 0;
    uint64_t expected = 0;
  };

  static size_t slot(int64_t index) { return static_cast<size_t>(index % kCapacity); }
  static Short rounded(double expected);
  static uint32_t coded(double count);
  static uint64_t units(uint32_t coded) {
    return coded >= kFraction ? coded - kFraction : uint64_t{coded} << kCountBits;
  }
  void recount(const MinuteRing::Minutes& minutes, int64_t index);

  std::array<Totals, kScales> totals_{};
  MinuteRing ring_;
};

}  // namespace insight::models
