// The configuration of the engine, as interface.md fixes it. Every key is optional; the defaults are here.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace insight::settings {

// Which events count for which insight types (docs/configuration.md). Empty matchers match everything.
struct Selector {
  std::string account, region, event_source, event_name;   // exact, or with a trailing or leading `*`
  bool include = true;                                     // false: events that match are not counted
  bool call_rate = true, error_rate = true;                // which insight types they count for

  bool operator==(const Selector&) const = default;
};

struct Kafka {
  std::string bootstrap_servers = "localhost:9092";
  std::string consumer_group = "insightd";
  std::vector<std::string> events_topics = {"audit-events"};
  std::string calls_topic = "insightd-calls";
  std::string state_topic = "insightd-state";
  std::string insights_topic = "insights";
  std::string dead_letters_topic;               // empty: bad records are counted, not kept
  int32_t partitions = 12;                      // of calls and state, when the daemon creates them: 1 to 1024
  int32_t replication = 1;
  std::map<std::string, std::string> properties;  // librdkafka's own, handed on as they are
  // librdkafka property -> path of the file that holds its value (a mounted secret). app reads the files;
  // a property named here and in `properties` is a mistake that load() reports.
  std::map<std::string, std::string> properties_from_files;
};

struct Settings {
  Kafka kafka;
  struct Input {
    std::string format = "auto";
    std::chrono::milliseconds lateness = std::chrono::minutes(10);
  } input;
  std::vector<Selector> selectors;
  struct Detection {
    double alert_budget = 10;                   // false insights tolerated per 1000 series-days: 0.1 to 1000
    bool early_start = true;
    std::string
        insight_source;  // insightSource of data events; empty: arn:aws:cloudtrail:REGION:ACCOUNT:trail/insightd
  } detection;
  struct Limits {
    uint64_t memory_bytes = 1ull << 30;
    uint32_t apis_per_partition = 10000;
  } limits;
  struct Admin {
    std::string listen = "127.0.0.1:9464";
  } admin;
  struct Telemetry {
    uint32_t top_apis = 0;  // APIs and open insights that have metrics of their own
  } telemetry;
  struct Logging {
    std::string level = "info";  // trace, debug, info, warn, error
    std::string format = "text";  // or json
  } logging;
};

// Where something of a configuration was written.
struct Place {
  std::string file;  // or "--set"
  int line = 0;  // 1-based; 0: none
  int column = 0;
};

// One mistake in a configuration, where it is and what mends it.
struct Problem {
  std::string file;  // or "--set"
  int line = 0;  // 1-based; 0: none
  int column = 0;
  std::string key;  // dotted path
  std::string message;  // what is wrong and the mend, one sentence
};
// `FILE:LINE:COLUMN: KEY: MESSAGE`
std::string to_string(const Problem& problem);

// What loading gave: settings are complete (defaults filled in) when there are no problems.
struct Loaded {
  Settings settings;
  std::vector<Problem> problems;          // in the order of the file, those of overrides after it
  std::map<std::string, Place> places;    // of what was set, by its dotted path, each librdkafka property too
  std::string bytes;                      // of the file; empty where it cannot be read
};

// Reads a YAML file ("" : defaults only) and applies `key.path=value` overrides in order. Never throws.
// Reports every mistake it can find, not the first alone (broken YAML hides what follows it); at most
// kProblemsMax. Hostile files are bounded: size, nesting, values; anchors and aliases are refused.
Loaded load(const std::string& path, const std::vector<std::string>& overrides);

// Adds a mistake that others found in the value of `key`, where that was set, and in its place among the others.
void add_problem(Loaded& loaded, const std::string& key, std::string message);

constexpr size_t kProblemsMax = 100;
constexpr size_t kFileBytesMax = 1u << 20;
constexpr size_t kSelectorsMax = 1000;

// The keys whose values differ and cannot change while the daemon runs, in the order of the table.
std::vector<std::string> restart_keys(const Settings& running, const Settings& wanted);

// JSON Schema (draft 2020-12) of the configuration.
std::string schema_json();
// The effective configuration as YAML; values of secret keys (password, secret, key material) read "********".
// load() reads it back to the same settings, but for the secrets.
std::string print(const Settings& settings);
// Every key at its default, as YAML, each under its documentation: config/insightd.yaml.
std::string commented_defaults();
// Whether the value of this librdkafka property must not be shown.
bool is_secret(std::string_view property);
// Whether what stands in kafka.properties_from_files can be shown: without a slash it may be the secret itself, written
// where its path belongs.
bool looks_like_path(std::string_view text);

}  // namespace insight::settings
