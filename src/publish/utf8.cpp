#include "publish/utf8.h"

#include <algorithm>
#include <array>

namespace insight::publish {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Sorted, disjoint. The common blocks of each width, not every assigned character: a table's alignment is
// all that depends on them.
constexpr std::array kCombining = {
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x0610, 0x061A},
    Range{0x064B, 0x065F}, Range{0x200B, 0x200F}, Range{0x202A, 0x202E}, Range{0x2060, 0x2064},
    Range{0x20D0, 0x20F0}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0xE0100, 0xE01EF},
};
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},   Range{0x3400, 0x4DBF},
    Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
    Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F},
    Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD},
};

template <size_t kSize>
bool holds(const std::array<Range, kSize>& ranges, char32_t code_point) {
  const auto* const after = std::upper_bound(ranges.begin(), ranges.end(), code_point,
                                             [](char32_t value, const Range& range) { return value < range.first; });
  return after != ranges.begin() && code_point <= (after - 1)->last;
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

CodePoint next_code_point(std::string_view text) {
  constexpr CodePoint kInvalid{};
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, true};

  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return kInvalid;

  char32_t value = lead & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return kInvalid;
    value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallest[size] || surrogate || value > 0x10FFFF) return kInvalid;
  return {value, size, true};
}

int display_width(char32_t code_point) {
  if (code_point < 0x300) return 1;
  if (holds(kCombining, code_point)) return 0;
  return holds(kWide, code_point) ? 2 : 1;
}

int display_width(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    const CodePoint next = next_code_point(text.substr(at));
    width += next.valid ? display_width(next.value) : 1;
    at += next.size;
  }
  return width;
}

}  // namespace insight::publish
