#include "tests/scenarios/words.h"

#include <charconv>
#include <sstream>

#include "tests/scenarios/scenario.h"

namespace insight::scenarios {
namespace {

// Reads a number at the front of `text` and takes it away.
bool take_front(std::string_view& text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

}  // namespace

Words::Words(std::string_view line, std::string place) : place_(std::move(place)) {
  std::istringstream in{std::string(line.substr(0, line.find('#')))};
  for (std::string word; in >> word;) words_.push_back(word);
}

bool Words::accept(std::string_view word) {
  if (empty() || words_[at_] != word) return false;
  ++at_;
  return true;
}

std::string Words::take(std::string_view what) {
  if (empty()) fail("the line ends where " + std::string(what) + " is expected");
  return words_[at_++];
}

core::Minute Words::take_time() {
  const std::string text = take("a time");
  const auto time = core::parse_iso(text + ":00Z");
  if (!time) fail("'" + text + "' is no time like 2026-03-02T10:00");
  return core::minute_of(*time);
}

int Words::take_duration() {
  const std::string text = take("a duration");
  std::string_view rest = text;
  double minutes = 0;
  while (!rest.empty()) {
    double number = 0;
    if (!take_front(rest, number) || rest.empty()) fail("'" + text + "' is no duration like 10m, 3h or 1d12h");
    const char unit = rest.front();
    if (unit != 'm' && unit != 'h' && unit != 'd') fail("'" + text + "' has another unit than m, h or d");
    minutes += number * (unit == 'm' ? 1 : unit == 'h' ? 60 : core::kMinutesPerDay);
    rest.remove_prefix(1);
  }
  return static_cast<int>(minutes);
}

int Words::take_time_of_day() {
  const std::string text = take("a time of day");
  const auto time = core::parse_iso("1970-01-01T" + text + ":00Z");
  if (!time) fail("'" + text + "' is no time of day like 02:10");
  return core::minute_of(*time).value;
}

double Words::take_rate() {
  const std::string text = take("a rate");
  std::string_view rest = text;
  double number = 0;
  const bool read = take_front(rest, number);
  if (!read || (rest != "/min" && rest != "/h")) fail("'" + text + "' is no rate like 20/min or 6/h");
  return rest == "/h" ? number / 60 : number;
}

double Words::take_share() {
  const std::string text = take("a share");
  std::string_view rest = text;
  double number = 0;
  if (!take_front(rest, number) || rest != "%") fail("'" + text + "' is no share like 30%");
  return number / 100;
}

double Words::take_number(std::string_view what) {
  const std::string text = take(what);
  std::string_view rest = text;
  double number = 0;
  if (!take_front(rest, number) || !rest.empty()) fail("'" + text + "' is no number");
  return number;
}

void Words::fail(const std::string& sentence) const { throw ScenarioError(place_ + ": " + sentence); }

}  // namespace insight::scenarios
