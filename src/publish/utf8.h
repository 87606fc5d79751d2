// Reading UTF-8 that may be broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace insight::publish {

// U+FFFD in UTF-8: stands for bytes that are no UTF-8.
constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

// One step through a text.
struct CodePoint {
  char32_t value = 0;   // meaningless unless valid
  size_t size = 1;      // bytes it takes, at least 1; an invalid byte is passed over alone
  bool valid = false;
};

// The code point that `text`, which must not be empty, begins with. Over-long forms, surrogates and what
// lies past U+10FFFF are invalid.
CodePoint next_code_point(std::string_view text);

// Columns that a terminal gives to `code_point`: 0 (combining), 1, or 2 (East Asian wide, emoji).
int display_width(char32_t code_point);
// The same of a text; an invalid byte takes one column, that of its U+FFFD.
int display_width(std::string_view text);

}  // namespace insight::publish
