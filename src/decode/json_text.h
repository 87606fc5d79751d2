// The inside of JSON strings, numbers and words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace insight::decode {

// What stands between the quotes of a JSON string, as it was written. Borrowed from the text.
struct JsonText {
  const char* data = nullptr;
  uint32_t size = 0;
  bool escaped = false;   // holds at least one backslash

  std::string_view raw() const { return {data, size}; }
};

constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

constexpr size_t kBadEscape = static_cast<size_t>(-1);
// unescape() may write this many bytes past what it returns.
constexpr size_t kUnescapeSlack = 16;

// Whether every backslash of `raw` begins an escape that JSON knows. Lone surrogates are allowed, as JSON allows them.
bool has_valid_escapes(std::string_view raw);

// Writes `raw` without its escapes to `out` and returns the length, or kBadEscape. The result is never longer than
// `raw`. Stops early once `limit` bytes or more are written; `out` must have room for min(raw.size(), limit) +
// kUnescapeSlack bytes. A lone surrogate becomes U+FFFD, so the result is UTF-8 when `raw` is.
size_t unescape(std::string_view raw, char* out, size_t limit);

// `text` cut to at most `limit` bytes, never inside a UTF-8 sequence.
std::string_view cut(std::string_view text, size_t limit);

// Whether `token` is a JSON number, true, false or null.
bool is_scalar(std::string_view token);

}  // namespace insight::decode
