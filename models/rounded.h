// Numbers that are kept to fewer bits than they are computed with: what is stored is what is kept, exactly.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace insight::models {

// A number from 0 to 3e38, kept to 24 significant bits. For sums that forget slowly: a step of 1e-4 of itself is still
// a thousand times what rounding takes away.
class Single {
 public:
  Single() = default;
  Single(double value) : value_(static_cast<float>(std::clamp(value, 0.0, kMost))) {}   // NOLINT: meant to convert
  operator double() const { return static_cast<double>(value_); }   // NOLINT

  Single& operator+=(double other) { return *this = static_cast<double>(value_) + other; }
  Single& operator-=(double other) { return *this = static_cast<double>(value_) - other; }
  Single& operator*=(double other) { return *this = static_cast<double>(value_) * other; }

 private:
  static constexpr double kMost = std::numeric_limits<float>::max();
  float value_ = 0.0F;
};

// A minute since 1970, or a number of minutes, as it is kept: 32 bits last for four thousand years.
class KeptMinutes {
 public:
  KeptMinutes() = default;
  KeptMinutes(int64_t minutes)   // NOLINT: meant to convert
      : minutes_(static_cast<int32_t>(std::clamp<int64_t>(minutes, INT32_MIN, INT32_MAX))) {}
  operator int64_t() const { return minutes_; }   // NOLINT

  KeptMinutes& operator++() { return *this = int64_t{minutes_} + 1; }

 private:
  int32_t minutes_ = 0;
};

// A whole number of at most 54 bits, kept to its 9 leading bits: to 2^-9 of itself. Ordered as its codes are.
class Short {
 public:
  static constexpr int kBits = 9;
  static constexpr uint64_t kMost = ((uint64_t{1} << kBits) - 1) << (54 - kBits);

  Short() = default;
  // Rounds `value` (>= 0) down to one of its two neighbours after adding `dither` (0 to 1) of their distance: 0.5
  // rounds to the nearest. Where the same small step is added again and again, a dither that takes all values in turn
  // keeps the sum true; rounding to the nearest would stand still, up to some percent away.
  explicit Short(double value, double dither = 0.5) {
    if (!(value > 0.0)) return;
    const double most = static_cast<double>(kMost);
    const auto whole = static_cast<uint64_t>(std::min(value, most));
    const int shift = std::max(static_cast<int>(std::bit_width(whole)) - kBits, 0);
    // Of the neighbours at this scale; the upper one may be the first of the next scale, which has the next code.
    const auto leading = static_cast<uint64_t>(std::min(value, most) * power_of_two(-shift) + dither);
    code_ =
        static_cast<uint16_t>(std::min<uint64_t>((static_cast<uint64_t>(shift) << (kBits - 1)) + leading, kMostCode));
  }
  static Short of_code(uint16_t code) {
    Short result;
    result.code_ = code;
    return result;
  }
  static constexpr uint16_t kMostCode = ((54 - kBits) << (kBits - 1)) + (1 << kBits) - 1;

  uint16_t code() const { return code_; }
  uint64_t whole() const {
    if (code_ < 1 << kBits) return code_;
    const int shift = (code_ >> (kBits - 1)) - 1;
    return (uint64_t{code_} - (static_cast<uint64_t>(shift) << (kBits - 1))) << shift;
  }
  operator double() const { return static_cast<double>(whole()); }  // NOLINT

 private:
  static double power_of_two(int exponent) {
    return std::bit_cast<double>(static_cast<uint64_t>(1023 + exponent) << 52);
  }

  uint16_t code_ = 0;
};

// The n-th of numbers that fill [0, 1) evenly: multiples of the golden ratio.
inline double golden_dither(int64_t n) {
  const uint64_t product = static_cast<uint64_t>(n) * 0x9e3779b97f4a7c15ULL;
  return static_cast<double>(product >> 11) * 0x1p-53;
}

}  // namespace insight::models
