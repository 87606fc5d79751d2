#include "core/time.h"

#include <algorithm>

#include <fmt/format.h>

namespace insight::core {
namespace {

constexpr int64_t kMillisPerMinute = 60'000;

// Reads exactly `count` decimal digits at `*at` and moves past them; -1 if they are not digits.
int read_digits(std::string_view text, size_t& at, size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  at += count;
  return value;
}

bool read_char(std::string_view text, size_t& at, char wanted) {
  if (at >= text.size() || text[at] != wanted) return false;
  ++at;
  return true;
}

// Reads an optional fraction of a second; digits past the millisecond are cut.
bool read_fraction(std::string_view text, size_t& at, int& millis) {
  millis = 0;
  if (at >= text.size() || text[at] != '.') return true;
  ++at;
  int digits = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits)
    if (digits < 3) millis = millis * 10 + (text[at] - '0');
  for (int i = digits; i < 3; ++i) millis *= 10;
  return digits > 0;
}

// Reads `Z` or `+hh:mm`, which must end the text; the offset in minutes east of UTC.
bool read_zone(std::string_view text, size_t at, int& offset_minutes) {
  offset_minutes = 0;
  if (at + 1 == text.size() && (text[at] == 'Z' || text[at] == 'z')) return true;
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return false;
  const int sign = text[at++] == '-' ? -1 : 1;
  const int hours = read_digits(text, at, 2);
  if (!read_char(text, at, ':')) return false;
  const int minutes = read_digits(text, at, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || at != text.size()) return false;
  offset_minutes = sign * (hours * 60 + minutes);
  return true;
}

}  // namespace

Minute minute_of(Timestamp time) {
  const int64_t ms = time.time_since_epoch().count();
  const int64_t minute = ms / kMillisPerMinute - (ms % kMillisPerMinute < 0 ? 1 : 0);
  return {static_cast<int32_t>(std::clamp<int64_t>(minute, -kMinuteMax, kMinuteMax))};
}

Timestamp start_of(Minute minute) { return Timestamp(Duration(int64_t{minute.value} * kMillisPerMinute)); }

Minute day_of(Minute minute) {
  int32_t past_midnight = minute.value % kMinutesPerDay;
  if (past_midnight < 0) past_midnight += kMinutesPerDay;
  return {minute.value - past_midnight};
}

std::string to_iso(Minute minute) { return to_iso(start_of(minute)); }

std::string to_iso(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<Duration> clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::optional<Timestamp> parse_iso(std::string_view text) {
  size_t at = 0;
  const int year = read_digits(text, at, 4);
  if (!read_char(text, at, '-')) return std::nullopt;
  const int month = read_digits(text, at, 2);
  if (!read_char(text, at, '-')) return std::nullopt;
  const int day = read_digits(text, at, 2);
  if (!read_char(text, at, 'T') && !read_char(text, at, 't') && !read_char(text, at, ' ')) return std::nullopt;
  const int hour = read_digits(text, at, 2);
  if (!read_char(text, at, ':')) return std::nullopt;
  const int minute = read_digits(text, at, 2);
  if (!read_char(text, at, ':')) return std::nullopt;
  const int second = read_digits(text, at, 2);
  int millis = 0;
  int zone = 0;
  if (!read_fraction(text, at, millis) || !read_zone(text, at, zone)) return std::nullopt;
  if (year < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (month < 1 || day < 1 || !date.ok()) return std::nullopt;
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute - zone) +
         std::chrono::seconds(second) + std::chrono::milliseconds(millis);
}

}  // namespace insight::core
