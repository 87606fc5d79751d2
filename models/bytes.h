// The byte format of persisted models: little-endian numbers appended to a string and taken from a view.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace insight::models {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

inline void put_u8(std::string& out, uint8_t value) { out.push_back(static_cast<char>(value)); }

inline void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) put_u8(out, static_cast<uint8_t>(value | 0x80));
  put_u8(out, static_cast<uint8_t>(value));
}

inline void put_double(std::string& out, double value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  out.append(raw, sizeof value);
}

// Every take_* removes what it read from the front of `in`. False, with `value` unchanged, if `in` is too
// short or malformed; what is left of `in` then has no meaning.
inline bool take_u8(std::string_view& in, uint8_t& value) {
  if (in.empty()) return false;
  value = static_cast<uint8_t>(in.front());
  in.remove_prefix(1);
  return true;
}

inline bool take_varint(std::string_view& in, uint64_t& value) {
  uint64_t result = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    uint8_t byte = 0;
    if (!take_u8(in, byte)) return false;
    if (shift == 63 && byte > 1) return false;
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      value = result;
      return true;
    }
  }
  return false;
}

// Only finite numbers: no state of a model is ever anything else.
inline bool take_double(std::string_view& in, double& value) {
  double number = 0.0;
  if (in.size() < sizeof number) return false;
  std::memcpy(&number, in.data(), sizeof number);
  if (!std::isfinite(number)) return false;
  in.remove_prefix(sizeof number);
  value = number;
  return true;
}

inline void put_signed(std::string& out, int64_t value) {
  put_varint(out, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

inline bool take_signed(std::string_view& in, int64_t& value) {
  uint64_t folded = 0;
  if (!take_varint(in, folded)) return false;
  value = static_cast<int64_t>(folded >> 1) ^ -static_cast<int64_t>(folded & 1);
  return true;
}

// A number of minutes: not negative, and far from overflow.
inline bool take_minutes(std::string_view& in, int64_t& value) {
  uint64_t number = 0;
  if (!take_varint(in, number) || number > (uint64_t{1} << 48)) return false;
  value = static_cast<int64_t>(number);
  return true;
}

}  // namespace insight::models
