// A scenario: what happens on some APIs, and which insights are expected of it. The language is explained in
// README.md beside this file.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/insight.h"
#include "core/time.h"

namespace insight::scenarios {

// What an API does day by day.
struct Api {
  std::string source;
  std::string name;
  core::Category category = core::Category::kManagement;
  bool read_only = false;
  double rate = 0;                       // calls a minute; 0: a job
  bool even = false;                     // the same number in every minute instead of a random one
  double weekend = 1;                    // factor on Saturday and Sunday
  double night = 1;                      // factor from 20:00 to 06:00 UTC
  int every_minutes = 0;                 // a job: how often it runs
  int at_minutes = 0;                    //   after midnight
  int calls = 0;                         //   calls of a run
  int over_minutes = 1;                  //   minutes they are spread over
  std::optional<core::Minute> from;      // not before
  std::string principal = "arn:aws:iam::123456789012:role/service";
  std::string resource;
  std::vector<std::pair<std::string, double>> errors;   // code and share of the calls
};

// What is unusual for a while. An empty API is every API.
struct Change {
  enum class Kind { kBurst, kStop, kFail, kTimes };
  Kind kind = Kind::kBurst;
  std::string api;
  core::Minute start;
  int minutes = 0;
  double rate = 0;                       // kBurst: additional calls a minute; kTimes: the factor
  std::string principal;                 // kBurst: who, if not the usual one
  std::string error;                     // kFail, and kBurst if its calls fail
  double share = 1;                      // kFail: of the calls

  bool covers(core::Minute minute) const { return minute >= start && minute < start + minutes; }
};

// One record that has to come.
struct Expectation {
  int line = 0;
  core::InsightState state = core::InsightState::kStart;
  std::string api;
  std::string error;                     // an error-rate insight
  std::optional<core::Reason> reason;
  core::Minute at;                       // its eventTime
  int within_minutes = 1;
  std::optional<double> average;         // of the insight, within 15 %
  std::optional<bool> early;
  std::string principal;                 // first of the insight's list
};

struct Scenario {
  std::string path;
  core::Minute start;
  int minutes = 0;
  uint64_t seed = 1;
  double budget = 10;
  bool early = true;
  int partitions = 1;
  double duplicates = 0;                 // share of the events that are copies
  int late_minutes = 0;
  std::vector<Api> apis;
  std::vector<Change> changes;

  std::vector<Expectation> expectations;
  bool nothing_else = false;
  std::optional<int> missing_minutes;    // at least so many minutes missing
  bool same_in_order = false;            // the same records without copies and disorder
  bool same_at_close = false;            // the same insights without early Starts
  std::optional<double> subset_with_budget;   // with that budget no insights but some of these
  bool not_yet = false;                  // known not to be met
};

// `FILE:LINE: sentence`.
class ScenarioError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads a scenario; `path` is for messages. Throws ScenarioError.
Scenario parse_scenario(const std::string& text, const std::string& path);
Scenario load_scenario(const std::string& path);

}  // namespace insight::scenarios
