#include "files/time_scan.h"

#include <algorithm>

#include "decode/event_time.h"

namespace insight::files {
namespace {

constexpr std::string_view kKey = "eventTime";
constexpr size_t kReach = 96;  // of a key and its value, with spaces and escapes between
// What may stand between the key's last letter and the value's first: `\": \"`.
constexpr std::string_view kBetween = "\\\": \t\r\n";

std::optional<core::Timestamp> value_behind(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBetween);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin);
  return decode::parse_event_time(text.substr(0, text.find_first_of("\\\"")));
}

}  // namespace

void TimeScan::add(std::string_view part) {
  // The seam is scanned with what was kept; the part's own last bytes are kept for the next seam.
  const size_t kept = tail_.size();
  tail_.append(part.substr(0, kReach));
  scan(tail_, kept);
  if (part.size() > kReach) {
    const size_t keep = std::min(part.size(), kReach);
    scan(part, part.size() - keep);
    tail_.assign(part.substr(part.size() - keep));
  } else if (tail_.size() > kReach) {
    tail_.erase(0, tail_.size() - kReach);
  }
  // A value at the very end has no next seam.
  scan(tail_, tail_.size());
}

// Keys that begin before `end`.
void TimeScan::scan(std::string_view text, size_t end) {
  for (size_t at = text.find(kKey); at < end; at = text.find(kKey, at + kKey.size())) {
    const auto time = value_behind(text.substr(at + kKey.size(), kReach));
    if (time && (!earliest_ || *time < *earliest_)) earliest_ = time;
  }
}

}  // namespace insight::files
