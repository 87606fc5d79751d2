// The byte format of persisted models: little-endian numbers appended to a string and taken from a view.
#pragma once

#include <bit>
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

inline bool take_double(std::string_view& in, double& value) {
  if (in.size() < sizeof value) return false;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return true;
}

}  // namespace insight::models
