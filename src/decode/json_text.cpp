#include "decode/json_text.h"

#include <bit>
#include <cstring>

namespace insight::decode {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The value of the four hexadecimal digits at `raw[at]`, or -1.
int32_t read_hex4(std::string_view raw, size_t at) {
  if (at + 4 > raw.size()) return -1;
  int32_t value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const int digit = hex_value(raw[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

// What a one-letter escape stands for; 0 if JSON does not know it.
char short_escape(char c) {
  switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

size_t write_utf8(uint32_t point, char* out) {
  const auto tail = [point](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) {
    out[0] = static_cast<char>(point);
    return 1;
  }
  if (point < 0x800) {
    out[0] = static_cast<char>(0xC0 | point >> 6);
    out[1] = tail(0);
    return 2;
  }
  if (point < 0x10000) {
    out[0] = static_cast<char>(0xE0 | point >> 12);
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | point >> 18);
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

// Reads the \u escape whose digits begin at `at` (with its low surrogate, if one follows) and moves past it.
// Returns the code point, or a negative value.
int32_t read_point(std::string_view raw, size_t& at) {
  const int32_t high = read_hex4(raw, at);
  if (high < 0) return -1;
  at += 4;
  if (high < 0xD800 || high > 0xDFFF) return high;
  if (high <= 0xDBFF && at + 6 <= raw.size() && raw[at] == '\\' && raw[at + 1] == 'u') {
    const int32_t low = read_hex4(raw, at + 2);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      at += 6;
      return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    }
  }
  return static_cast<int32_t>(kReplacement);
}

// A mask whose lowest set byte marks the first backslash among eight bytes (little-endian order).
uint64_t backslash_mask(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101u;
  const uint64_t difference = bytes ^ (kOnes * '\\');
  return (difference - kOnes) & ~difference & (kOnes * 0x80);
}

// Copies bytes up to the next backslash, or to the end of `raw`, or until `limit` bytes are written.
void copy_plain(std::string_view raw, size_t& at, char* out, size_t& written, size_t limit) {
  if constexpr (std::endian::native == std::endian::little) {
    while (at + 8 <= raw.size() && written < limit) {
      uint64_t bytes;
      std::memcpy(&bytes, raw.data() + at, 8);
      std::memcpy(out + written, &bytes, 8);
      const uint64_t mask = backslash_mask(bytes);
      const size_t plain = mask == 0 ? 8 : static_cast<size_t>(std::countr_zero(mask)) / 8;
      at += plain;
      written += plain;
      if (plain < 8) return;
    }
  }
  while (at < raw.size() && raw[at] != '\\' && written < limit) out[written++] = raw[at++];
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Moves past digits; false if there is none.
bool skip_digits(std::string_view token, size_t& at) {
  const size_t first = at;
  while (at < token.size() && is_digit(token[at])) ++at;
  return at > first;
}

bool is_number(std::string_view token) {
  size_t at = token[0] == '-' ? 1 : 0;
  const bool leading_zero = at < token.size() && token[at] == '0';
  const size_t first = at;
  if (!skip_digits(token, at) || (leading_zero && at - first > 1)) return false;
  if (at < token.size() && token[at] == '.' && !skip_digits(token, ++at)) return false;
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    if (!skip_digits(token, at)) return false;
  }
  return at == token.size();
}

}  // namespace

bool has_valid_escapes(std::string_view raw) {
  for (size_t at = raw.find('\\'); at != std::string_view::npos; at = raw.find('\\', at)) {
    if (at + 1 >= raw.size()) return false;
    if (raw[at + 1] == 'u') {
      if (read_hex4(raw, at + 2) < 0) return false;
      at += 6;
    } else {
      if (short_escape(raw[at + 1]) == 0) return false;
      at += 2;
    }
  }
  return true;
}

size_t unescape(std::string_view raw, char* out, size_t limit) {
  size_t at = 0;
  size_t written = 0;
  while (at < raw.size() && written < limit) {
    copy_plain(raw, at, out, written, limit);
    if (at >= raw.size() || written >= limit) break;
    if (at + 1 >= raw.size()) return kBadEscape;
    const char letter = raw[at + 1];
    at += 2;
    if (letter == 'u') {
      const int32_t point = read_point(raw, at);
      if (point < 0) return kBadEscape;
      written += write_utf8(static_cast<uint32_t>(point), out + written);
    } else {
      const char plain = short_escape(letter);
      if (plain == 0) return kBadEscape;
      out[written++] = plain;
    }
  }
  return written;
}

std::string_view cut(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return text.substr(0, limit);
}

bool is_scalar(std::string_view token) {
  switch (token.empty() ? '\0' : token[0]) {
    case 't': return token == "true";
    case 'f': return token == "false";
    case 'n': return token == "null";
    case '\0': return false;
    default: return is_number(token);
  }
}

}  // namespace insight::decode
