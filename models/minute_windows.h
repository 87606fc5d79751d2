// The last four hours of a series: counts, expectations, and their sums over five window lengths.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace insight::models {

// Minutes are indexed by the series' own count of them, from 0. push() must be given consecutive indices.
// Counts are kept as float: exact to 2^24 in a minute, beyond that to 6e-8 of themselves, and the sums are of
// what is kept, so they do not drift.
class MinuteWindows {
 public:
  static constexpr int kScales = 5;
  static constexpr int kShortScales = 3;                                     // the first three are short windows
  static constexpr std::array<int, kScales> kMinutes = {1, 5, 15, 60, 240};  // window lengths
  static constexpr int kCapacity = 240;

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

  void push(int64_t index, double count, double expected);

  // Of the last kMinutes[scale] minutes.
  const Sums& sums(int scale) const { return sums_[static_cast<size_t>(scale)]; }
  double count_at(int64_t index) const { return counts_[slot(index)]; }
  double expected_at(int64_t index) const { return expected_[slot(index)]; }

  // Replaces the counts of the last `minutes` up to `index` by `ratio` times what was expected.
  void censor(int64_t index, int minutes, double ratio);

  // `index`: the last one pushed, -1 if none.
  void persist(std::string& out, int64_t index) const;
  bool restore(std::string_view& in, int64_t index);

 private:
  static size_t slot(int64_t index) { return static_cast<size_t>(index % kCapacity); }

  std::array<Sums, kScales> sums_{};
  std::array<float, kCapacity> counts_{};
  std::array<double, kCapacity> expected_{};
};

}  // namespace insight::models
