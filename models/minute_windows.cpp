// Sliding sums over a ring of minutes: one addition and one subtraction per window length and minute. The sums are
// persisted with the ring, rounding and all, so that a restored model goes on with the same bits.
//
// Censored counts are not whole. Were they kept as double, their rounding would stay behind in the sums, and three
// calls might be seen as 2.9999999999999996, below the three that an increase needs. As float (24 bits) their sums
// are exact in a double as long as large and small counts of a window differ by less than 2^21.
//
// Blind to: counts of more than 2^24 in a minute are rounded to 24 bits.
#include "models/minute_windows.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/bytes.h"

namespace insight::models {

void MinuteWindows::push(int64_t index, double count, double expected) {
  const auto kept = static_cast<float>(count);
  sums_[0] = {static_cast<double>(kept), expected};   // one minute
  for (size_t w = 1; w < kScales; ++w) {
    sums_[w].count += static_cast<double>(kept);
    sums_[w].expected += expected;
    const int64_t gone = index - kMinutes[w];
    if (gone < 0) continue;
    sums_[w].count -= static_cast<double>(counts_[slot(gone)]);
    sums_[w].expected -= expected_[slot(gone)];
  }
  counts_[slot(index)] = kept;
  expected_[slot(index)] = expected;
}

void MinuteWindows::censor(int64_t index, int minutes, double ratio) {
  for (int back = 0; back < minutes; ++back) {
    const size_t at = slot(index - back);
    counts_[at] = static_cast<float>(expected_[at] * ratio);
  }
  double sum = 0.0;
  int64_t back = 0;
  for (size_t w = 0; w < kScales; ++w) {
    const int64_t length = std::min<int64_t>(kMinutes[w], index + 1);
    for (; back < length; ++back) sum += static_cast<double>(counts_[slot(index - back)]);
    sums_[w].count = sum;
  }
}

void MinuteWindows::persist(std::string& out, int64_t index) const {
  for (const Sums& sums : sums_) {
    put_double(out, sums.count);
    put_double(out, sums.expected);
  }
  const auto used = static_cast<size_t>(std::min<int64_t>(index + 1, kCapacity));
  for (size_t i = 0; i < used; ++i) {
    // Whole counts are even numbers; a censored one keeps its bits in an odd number.
    const float count = counts_[i];
    const bool whole = count < 0x1p62F && std::trunc(count) == count;
    put_varint(out, whole ? static_cast<uint64_t>(count) << 1 : uint64_t{std::bit_cast<uint32_t>(count)} << 1 | 1);
    put_double(out, expected_[i]);
  }
}

bool MinuteWindows::restore(std::string_view& in, int64_t index) {
  for (Sums& sums : sums_) {
    if (!take_double(in, sums.count) || !take_double(in, sums.expected)) return false;
  }
  counts_.fill(0.0F);
  expected_.fill(0.0);
  const auto used = static_cast<size_t>(std::min<int64_t>(index + 1, kCapacity));
  for (size_t i = 0; i < used; ++i) {
    uint64_t coded = 0;
    if (!take_varint(in, coded) || !take_double(in, expected_[i])) return false;
    counts_[i] =
        coded % 2 == 0 ? static_cast<float>(coded >> 1) : std::bit_cast<float>(static_cast<uint32_t>(coded >> 1));
    if (!std::isfinite(counts_[i]) || counts_[i] < 0.0F) return false;
  }
  return true;
}

}  // namespace insight::models
