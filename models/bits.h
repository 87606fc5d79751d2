// Numbers of so many bits each, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace insight::models {

// What both may reach beyond the last number, in bytes.
constexpr size_t kBitsReach = sizeof(uint64_t);

constexpr uint64_t lowest_bits(unsigned bits) { return (uint64_t{1} << bits) - 1; }

// `bits`: up to 32; `at`: the first bit of the number.
inline uint32_t read_bits(const uint8_t* from, size_t at, unsigned bits) {
  uint64_t word = 0;
  std::memcpy(&word, from + at / 8, sizeof word);
  return static_cast<uint32_t>((word >> (at % 8)) & lowest_bits(bits));
}

inline void write_bits(uint8_t* to, size_t at, unsigned bits, uint32_t value) {
  uint64_t word = 0;
  std::memcpy(&word, to + at / 8, sizeof word);
  word &= ~(lowest_bits(bits) << (at % 8));
  word |= uint64_t{value} << (at % 8);
  std::memcpy(to + at / 8, &word, sizeof word);
}

}  // namespace insight::models
