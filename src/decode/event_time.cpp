#include "decode/event_time.h"

namespace insight::decode {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;

constexpr core::Timestamp kFirst = sys_days(year(1971) / month(1) / day(1));
constexpr core::Timestamp kPastLast = sys_days(year(4000) / month(1) / day(1));

// Two decimal digits; 0x100 or more if they are none.
unsigned two_digits(const char* at) {
  const unsigned tens = static_cast<unsigned char>(at[0]) - unsigned{'0'};
  const unsigned ones = static_cast<unsigned char>(at[1]) - unsigned{'0'};
  return (tens > 9 || ones > 9) ? 0x100 : tens * 10 + ones;
}

// `YYYY-MM-DDTHH:MM:SSZ`, the one form CloudTrail uses. Anything that is not quite that is left to core.
std::optional<core::Timestamp> parse_plain(std::string_view text) {
  const char* at = text.data();
  if (text.size() != 20 || at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':' ||
      at[19] != 'Z')
    return std::nullopt;
  const unsigned century = two_digits(at);
  const unsigned years = two_digits(at + 2);
  const unsigned months = two_digits(at + 5);
  const unsigned days = two_digits(at + 8);
  const unsigned hours = two_digits(at + 11);
  const unsigned minutes = two_digits(at + 14);
  const unsigned seconds = two_digits(at + 17);
  if (century > 99 || years > 99 || hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
  const std::chrono::year_month_day date{year(static_cast<int>(century * 100 + years)), month(months), day(days)};
  if (months > 12 || days > 31 || !date.ok()) return std::nullopt;
  return sys_days(date) + std::chrono::seconds((hours * 60 + minutes) * 60 + seconds);
}

}  // namespace

std::optional<core::Timestamp> parse_event_time(std::string_view text) {
  auto time = parse_plain(text);
  if (!time) time = core::parse_iso(text);
  if (time && (*time < kFirst || *time >= kPastLast)) return std::nullopt;
  return time;
}

}  // namespace insight::decode
