#include "settings/units.h"

#include <array>

#include <fmt/format.h>

namespace insight::settings {
namespace {

struct Unit {
  std::string_view name;
  uint64_t value;
};

constexpr std::array<Unit, 5> kTimeUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 5> kSizeUnits = {
    {{"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}}};
constexpr uint64_t kDurationMsMax = 10'000ull * 86'400'000;
constexpr uint64_t kSizeMax = 1ull << 50;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A whole number of at most 15 digits at the front of `text`, taken off it.
std::optional<uint64_t> take_number(std::string_view& text) {
  uint64_t value = 0;
  size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    if (digits == 15) return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(text[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

std::string_view take_word(std::string_view& text) {
  size_t end = 0;
  while (end < text.size() && !is_digit(text[end])) ++end;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  if (text.empty()) return std::nullopt;
  uint64_t total = 0;
  size_t next_unit = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    const std::string_view word = take_word(text);
    if (!number) return std::nullopt;
    while (next_unit < kTimeUnits.size() && kTimeUnits[next_unit].name != word) ++next_unit;
    if (next_unit == kTimeUnits.size()) return std::nullopt;
    const uint64_t unit = kTimeUnits[next_unit++].value;
    if (*number > kDurationMsMax / unit) return std::nullopt;
    total += *number * unit;
    if (total > kDurationMsMax) return std::nullopt;
  }
  return std::chrono::milliseconds(total);
}

std::string format_duration(std::chrono::milliseconds duration) {
  auto rest = static_cast<uint64_t>(duration.count());
  if (rest == 0) return "0s";
  std::string text;
  for (const auto& unit : kTimeUnits) {
    if (unit.name == "d" && rest % unit.value != 0) continue;  // 25h reads better than 1d1h
    if (rest >= unit.value) text += fmt::format("{}{}", rest / unit.value, unit.name);
    rest %= unit.value;
  }
  return text;
}

std::optional<uint64_t> parse_size(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  for (const auto& unit : kSizeUnits)
    if (unit.name == text) return *number > kSizeMax / unit.value ? std::nullopt : std::optional(*number * unit.value);
  return std::nullopt;
}

std::string format_size(uint64_t bytes) {
  for (const auto& unit : kSizeUnits)
    if (bytes >= unit.value && bytes % unit.value == 0) return fmt::format("{}{}", bytes / unit.value, unit.name);
  return "0B";
}

}  // namespace insight::settings
