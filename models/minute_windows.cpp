// Sliding sums over a ring of minutes: one addition and one subtraction per window length and minute.
//
// Everything is kept in whole numbers of a unit, so that the sums are exact: three calls are never seen as
// 2.9999999999999996, below the three that an increase needs, and the sums of a year of minutes are those of the last
// four hours. Sums are not persisted, because they follow from the minutes. Expectations lie close
// to lines within an hour, or where a pattern within the hour is followed, to those of the hour before: their
// differences from that take a bit or two.
//
// Blind to: counts of more than 2^31 - 1 in a minute are taken as that many.
#include "models/minute_windows.h"

#include <algorithm>
#include <cmath>

#include "models/packing.h"

namespace insight::models {

Short MinuteWindows::rounded(double expected) { return Short(std::max(expected / kExpectedUnit, 1.0)); }

uint32_t MinuteWindows::coded(double count) {
  constexpr double kMost = kFraction - 1.0;
  const bool whole = std::trunc(count) == count;
  if (!whole && count < kMost * kCountUnit) return kFraction | static_cast<uint32_t>(std::lround(count / kCountUnit));
  return static_cast<uint32_t>(std::min(std::floor(count + 0.5), kMost));
}

void MinuteWindows::push(int64_t index, double count, double expected) {
  const uint32_t kept_count = coded(count);
  const Short kept_expected = rounded(expected);
  const uint64_t count_units = units(kept_count);
  const uint64_t expected_units = kept_expected.whole();
  totals_[0] = {count_units, expected_units};  // one minute
  for (size_t w = 1; w < kScales; ++w) {
    totals_[w].count += count_units;
    totals_[w].expected += expected_units;
    const int64_t gone = index - kMinutes[w];
    if (gone < 0) continue;
    totals_[w].count -= units(ring_.count(slot(gone)));
    totals_[w].expected -= ring_.expected(slot(gone)).whole();
  }
  ring_.set(slot(index), kept_count, kept_expected);
}

void MinuteWindows::censor(int64_t index, int minutes, double ratio) {
  MinuteRing::Minutes all = ring_.minutes();
  for (int back = 0; back < minutes; ++back) {
    all.counts[slot(index - back)] = coded(expected_at(index - back) * ratio);
  }
  ring_.assign(all, slot(index));
  recount(all, index);
}

void MinuteWindows::recount(const MinuteRing::Minutes& minutes, int64_t index) {
  Totals sum;
  int64_t back = 0;
  for (size_t w = 0; w < kScales; ++w) {
    for (; back < std::min<int64_t>(kMinutes[w], index + 1); ++back) {
      sum.count += units(minutes.counts[slot(index - back)]);
      sum.expected += minutes.expected[slot(index - back)].whole();
    }
    totals_[w] = sum;
  }
}

void MinuteWindows::persist(ByteWriter& out, int64_t index) const {
  const auto used = static_cast<size_t>(std::min<int64_t>(index + 1, kCapacity));
  const MinuteRing::Minutes all = ring_.minutes();
  const auto end = all.counts.begin() + static_cast<std::ptrdiff_t>(used);
  const bool fractions = std::any_of(all.counts.begin(), end, [](uint32_t code) { return code >= kFraction; });
  out.u8(fractions ? 1 : 0);
  std::array<uint64_t, kCapacity> list{};
  const std::span<uint64_t> filled = std::span(list).first(used);
  for (size_t i = 0; i < used; ++i) {
    // Among fractions whole counts are even.
    const uint64_t code = all.counts[i];
    list[i] = !fractions ? code : code >= kFraction ? (code - kFraction) << 1 | 1 : code << 1;
  }
  pack(out, filled);
  for (size_t i = 0; i < used; ++i) list[i] = all.expected[i].code();
  pack_nearest(out, filled);
}

void MinuteWindows::restore(ByteReader& in, int64_t index) {
  MinuteRing::Minutes all;
  const auto used = static_cast<size_t>(std::min<int64_t>(index + 1, kCapacity));
  std::array<uint64_t, kCapacity> list{};
  const std::span<uint64_t> filled = std::span(list).first(used);
  const bool fractions = in.varint_up_to(1) == 1;
  unpack(in, filled);
  for (size_t i = 0; i < used; ++i) {
    const uint64_t count = fractions ? list[i] >> 1 : list[i];
    if (count >= kFraction) return in.fail();
    all.counts[i] = static_cast<uint32_t>(count) | (fractions && list[i] % 2 == 1 ? kFraction : 0);
  }
  unpack_nearest(in, filled);
  for (size_t i = 0; i < used; ++i) {
    if (list[i] > Short::kMostCode) return in.fail();
    all.expected[i] = Short::of_code(static_cast<uint16_t>(list[i]));
  }
  ring_.assign(all, index < 0 ? 0 : slot(index));
  recount(all, index);
}

}  // namespace insight::models
