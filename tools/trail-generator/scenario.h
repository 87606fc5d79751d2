// What happens in the account that a trail is made of: who calls what how often, and what goes wrong.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/time.h"

namespace insight::trail {

constexpr int kSessionsMax = 1000;       // of one principal at a time

// Someone who calls: a role taken on in sessions, an IAM user, or a service of AWS itself.
struct Principal {
  enum class Kind { kRole, kUser, kService };
  std::string name;                      // role or user name; of a service its host name
  Kind kind = Kind::kRole;
  std::string user_agent;
  std::vector<std::string> addresses;    // source IP addresses, one per session
  int sessions = 1;                      // sessions in use at the same time
};

// A share of something: an index and its weight.
using Shares = std::vector<std::pair<size_t, double>>;

// One API and its usual traffic.
struct Api {
  std::string source;
  std::string name;
  bool is_data = false;
  bool read_only = false;
  double per_minute = 0;                 // mean of a working day
  double day = 0;                        // amplitude of the day's wave, 0 to 1
  double peak = 14;                      // hour (UTC) of its crest
  double weekend = 1;                    // factor on Saturday and Sunday
  Shares principals;                     // index into Scenario::principals
  std::vector<std::pair<std::string, double>> errors;       // code and probability
  std::vector<std::string> resources;                       // ARNs; {id} is replaced by random digits
  std::vector<std::pair<std::string, std::string>> parameters;  // requestParameters; {id} as above
};

// Something that runs at fixed times: every `every_minutes` from 00:00 UTC plus `at_minutes`.
struct Job {
  std::string name;
  size_t api = 0;
  size_t principal = 0;
  int every_minutes = core::kMinutesPerDay;
  int at_minutes = 0;
  double calls = 1;                      // in a run
  double over_minutes = 1;               // that they are spread over
};

// Something unusual.
struct Incident {
  enum class Kind {
    kBurst,     // additional calls of one principal
    kErrors,    // usual calls fail
    kStop,      // usual calls, or a job's runs, do not happen
  };
  std::string name;
  Kind kind = Kind::kBurst;
  std::vector<size_t> apis;
  std::string job;                       // kStop: the job instead of an API
  core::Minute start;
  int minutes = 0;
  double per_minute = 0;                 // kBurst: calls of each API
  size_t principal = 0;                  // kBurst: who
  std::string error;                     // kErrors, and kBurst if its calls fail
  double share = 1;                      // of the calls that fail
  double factor = 1;                     // kErrors: more calls than usual, because callers retry
};

struct Scenario {
  std::string account;
  std::string region;
  core::Minute start;                    // 00:00 UTC of a day
  std::vector<Principal> principals;
  std::vector<Api> apis;
  std::vector<Job> jobs;
  std::vector<Incident> incidents;
};

// What is wrong with a scenario file: `FILE:LINE: sentence`.
class ScenarioError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads a scenario file (config/demo-scenario.yaml explains every key). Throws ScenarioError.
Scenario load_scenario(const std::string& path);

}  // namespace insight::trail
