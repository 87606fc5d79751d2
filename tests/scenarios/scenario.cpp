#include "tests/scenarios/scenario.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/scenarios/words.h"

namespace insight::scenarios {
namespace {

class Parser {
 public:
  explicit Parser(std::string path) { scenario_.path = std::move(path); }

  void line(std::string_view text, int number) {
    Words words(text, scenario_.path + ":" + std::to_string(number));
    line_ = number;
    if (words.empty()) return;
    statement(words);
    if (!words.empty()) words.fail("'" + words.take("") + "' is not expected here");
  }

  Scenario finish() {
    if (scenario_.minutes <= 0) throw ScenarioError(scenario_.path + ": no line says `from TIME for DURATION`");
    return std::move(scenario_);
  }

 private:
  void statement(Words& words) {
    if (words.accept("from")) return read_time(words);
    if (words.accept("seed")) return void(scenario_.seed = static_cast<uint64_t>(words.take_number("a seed")));
    if (words.accept("budget")) return void(scenario_.budget = words.take_number("a budget"));
    if (words.accept("partitions")) return void(scenario_.partitions = static_cast<int>(words.take_number("a number")));
    if (words.accept("early")) return read_early(words);
    if (words.accept("duplicate")) return void(scenario_.duplicates = words.take_share());
    if (words.accept("late")) return read_late(words);
    if (words.accept("api")) return read_api(words);
    if (words.accept("burst")) return read_change(words, Change::Kind::kBurst);
    if (words.accept("stop")) return read_change(words, Change::Kind::kStop);
    if (words.accept("fail")) return read_change(words, Change::Kind::kFail);
    if (words.accept("times")) return read_change(words, Change::Kind::kTimes);
    if (words.accept("expect")) return read_expectation(words);
    if (words.accept("not")) return read_not_yet(words);
    words.fail(
        "a line begins with from, seed, budget, partitions, early, duplicate, late, api, burst, stop, fail, "
        "times, expect or not yet");
  }

  void read_time(Words& words) {
    scenario_.start = words.take_time();
    need(words, "for");
    scenario_.minutes = words.take_duration();
  }

  void read_early(Words& words) {
    scenario_.early = words.accept("on");
    if (!scenario_.early) need(words, "off");
  }

  void read_not_yet(Words& words) {
    need(words, "yet");
    scenario_.not_yet = true;
  }

  void read_late(Words& words) {
    need(words, "up");
    need(words, "to");
    scenario_.late_minutes = words.take_duration();
  }

  void read_api(Words& words) {
    Api api;
    api.source = words.take("an event source");
    api.name = words.take("an event name");
    if (words.accept("data")) api.category = core::Category::kData;
    api.read_only = words.accept("read");
    if (!api.read_only) need(words, "write");
    while (!words.empty()) read_api_clause(words, api);
    if (api.rate < 0 || (api.every_minutes > 0) != (api.calls > 0))
      words.fail("a job says `every DURATION calls NUMBER`");
    scenario_.apis.push_back(std::move(api));
  }

  void read_api_clause(Words& words, Api& api) {
    if (words.accept("rate"))
      api.rate = words.take_rate();
    else if (words.accept("even"))
      api.even = true;
    else if (words.accept("weekend"))
      api.weekend = words.take_share();
    else if (words.accept("night"))
      api.night = words.take_share();
    else if (words.accept("from"))
      api.from = words.take_time();
    else if (words.accept("by"))
      api.principal = words.take("a principal");
    else if (words.accept("resource"))
      api.resource = words.take("a resource");
    else if (words.accept("every"))
      api.every_minutes = words.take_duration();
    else if (words.accept("at"))
      api.at_minutes = words.take_time_of_day();
    else if (words.accept("calls"))
      api.calls = static_cast<int>(words.take_number("a number of calls"));
    else if (words.accept("over"))
      api.over_minutes = words.take_duration();
    else if (words.accept("error"))
      read_error(words, api);
    else
      words.fail("'" + words.take("") + "' is nothing that an API has");
  }

  void read_error(Words& words, Api& api) {
    std::string code = words.take("an error code");
    const double share = words.take_share();
    api.errors.emplace_back(std::move(code), share);
  }

  void read_change(Words& words, Change::Kind kind) {
    Change change;
    change.kind = kind;
    change.api = api_or_everything(words);
    need(words, "at");
    change.start = words.take_time();
    need(words, "for");
    change.minutes = words.take_duration();
    if (kind == Change::Kind::kTimes) change.rate = words.take_number("a factor");
    while (!words.empty()) {
      if (kind == Change::Kind::kBurst && words.accept("rate"))
        change.rate = words.take_rate();
      else if (kind == Change::Kind::kBurst && words.accept("by"))
        change.principal = words.take("a principal");
      else if (kind == Change::Kind::kBurst && words.accept("error"))
        change.error = words.take("an error code");
      else if (kind == Change::Kind::kFail && words.accept("error")) {
        change.error = words.take("an error code");
        change.share = words.take_share();
      } else
        words.fail("'" + words.take("") + "' is nothing that belongs here");
    }
    scenario_.changes.push_back(std::move(change));
  }

  void read_expectation(Words& words) {
    if (words.accept("nothing")) {
      words.accept("else");
      scenario_.nothing_else = true;
    } else if (words.accept("missing")) {
      scenario_.missing_minutes = words.take_duration();
    } else if (words.accept("subset")) {
      need(words, "with");
      need(words, "budget");
      scenario_.subset_with_budget = words.take_number("a budget");
    } else if (words.accept("same")) {
      if (words.accept("without")) {
        need(words, "early");
        scenario_.same_at_close = true;
      } else {
        need(words, "in");
        need(words, "order");
        scenario_.same_in_order = true;
      }
    } else {
      read_record(words);
    }
  }

  void read_record(Words& words) {
    Expectation expected;
    expected.line = line_;
    if (words.accept("End"))
      expected.state = core::InsightState::kEnd;
    else
      need(words, "Start");
    for (const auto reason :
         {core::Reason::kIncrease, core::Reason::kDecrease, core::Reason::kSilence, core::Reason::kMissedRun})
      if (words.accept(core::to_string(reason))) expected.reason = reason;
    expected.api = api_or_everything(words);
    while (!words.empty()) {
      if (words.accept("at"))
        expected.at = words.take_time();
      else if (words.accept("within"))
        expected.within_minutes = words.take_duration();
      else if (words.accept("average"))
        expected.average = words.take_number("an average");
      else if (words.accept("error"))
        expected.error = words.take("an error code");
      else if (words.accept("by"))
        expected.principal = words.take("a principal");
      else if (words.accept("early"))
        expected.early = true;
      else if (words.accept("closed"))
        expected.early = false;
      else
        words.fail("'" + words.take("") + "' is nothing that a record has");
    }
    scenario_.expectations.push_back(std::move(expected));
  }

  // The name of an API above, or nothing for `everything`.
  std::string api_or_everything(Words& words) {
    if (words.accept("everything")) return {};
    std::string name = words.take("the name of an API");
    if (std::none_of(scenario_.apis.begin(), scenario_.apis.end(), [&](const Api& api) { return api.name == name; }))
      words.fail("no API above is called '" + name + "'");
    return name;
  }

  static void need(Words& words, std::string_view word) {
    if (!words.accept(word))
      words.fail("'" + std::string(word) + "' is expected instead of '" + words.take(word) + "'");
  }

  Scenario scenario_;
  int line_ = 0;
};

}  // namespace

Scenario parse_scenario(const std::string& text, const std::string& path) {
  Parser parser(path);
  std::istringstream in(text);
  int number = 0;
  for (std::string line; std::getline(in, line);) parser.line(line, ++number);
  return parser.finish();
}

Scenario load_scenario(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw ScenarioError(path + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return parse_scenario(text.str(), path);
}

}  // namespace insight::scenarios
