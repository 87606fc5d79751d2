#include "trail-generator/scenario.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>

namespace insight::trail {
namespace {

constexpr int kDayMax = 400;           // of an incident: as far as a trail can reach
constexpr int kAmountMax = 1'000'000;  // minutes or hours

// Reads the nodes of one file, and says where a mistake is.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  Scenario read();

 private:
  [[noreturn]] void fail(const YAML::Node& node, const std::string& what) const {
    throw ScenarioError(fmt::format("{}:{}: {}", path_, node.Mark().line + 1, what));
  }

  void allow(const YAML::Node& map, std::initializer_list<std::string_view> keys) const;
  std::string text(const YAML::Node& map, const char* key, std::optional<std::string> fallback = {}) const;
  double number(const YAML::Node& map, const char* key, std::optional<double> fallback = {}) const;
  bool flag(const YAML::Node& map, const char* key) const;
  std::vector<std::string> texts(const YAML::Node& map, const char* key) const;
  int minutes(const YAML::Node& map, const char* key, const char* fallback) const;
  int time_of_day(const YAML::Node& map, const char* key) const;
  size_t principal(const YAML::Node& node, const std::string& name) const;
  size_t api(const YAML::Node& node, const std::string& name) const;

  Principal read_principal(const YAML::Node& node) const;
  Api read_api(const YAML::Node& node) const;
  Job read_job(const YAML::Node& node) const;
  Incident read_incident(const YAML::Node& node) const;

  std::string path_;
  Scenario scenario_;
};

Scenario Reader::read() {
  YAML::Node root;
  try {
    root = YAML::LoadFile(path_);
  } catch (const YAML::BadFile&) {
    throw ScenarioError(path_ + ": cannot be read");
  }
  allow(root, {"account", "region", "start", "principals", "apis", "jobs", "incidents"});
  scenario_.account = text(root, "account");
  scenario_.region = text(root, "region");
  const auto start = core::parse_iso(text(root, "start") + "T00:00:00Z");
  if (!start) fail(root["start"], "start is no date such as 2026-03-02");
  scenario_.start = core::minute_of(*start);
  for (const auto& node : root["principals"]) scenario_.principals.push_back(read_principal(node));
  for (const auto& node : root["apis"]) scenario_.apis.push_back(read_api(node));
  for (const auto& node : root["jobs"]) scenario_.jobs.push_back(read_job(node));
  for (const auto& node : root["incidents"]) scenario_.incidents.push_back(read_incident(node));
  return scenario_;
}

Principal Reader::read_principal(const YAML::Node& node) const {
  allow(node, {"name", "kind", "user_agent", "addresses", "sessions"});
  Principal principal;
  principal.name = text(node, "name");
  const std::string kind = text(node, "kind", "role");
  if (kind == "user")
    principal.kind = Principal::Kind::kUser;
  else if (kind == "service")
    principal.kind = Principal::Kind::kService;
  else if (kind != "role")
    fail(node["kind"], "kind is role, user or service");
  principal.user_agent = text(node, "user_agent", principal.name);
  principal.addresses = texts(node, "addresses");
  if (principal.addresses.empty()) principal.addresses = {principal.name};
  principal.sessions = static_cast<int>(number(node, "sessions", 1));
  if (principal.sessions < 1 || principal.sessions > kSessionsMax) fail(node["sessions"], "sessions is 1 to 1000");
  return principal;
}

Api Reader::read_api(const YAML::Node& node) const {
  allow(node, {"api", "data", "read_only", "per_minute", "day", "peak", "weekend", "principals", "errors", "resources",
               "parameters"});
  Api api;
  const std::string name = text(node, "api");
  const size_t slash = name.find('/');
  if (slash == std::string::npos) fail(node["api"], "an API is written as s3.amazonaws.com/PutObject");
  api.source = name.substr(0, slash);
  api.name = name.substr(slash + 1);
  api.is_data = flag(node, "data");
  api.read_only = flag(node, "read_only");
  api.per_minute = number(node, "per_minute", 0);
  api.day = number(node, "day", 0);
  api.peak = number(node, "peak", 14);
  api.weekend = number(node, "weekend", 1);
  for (const auto& each : node["principals"])
    api.principals.emplace_back(principal(each.first, each.first.as<std::string>()), each.second.as<double>());
  if (api.principals.empty() && api.per_minute > 0) fail(node, "an API with traffic needs principals");
  for (const auto& each : node["errors"])
    api.errors.emplace_back(each.first.as<std::string>(), each.second.as<double>());
  api.resources = texts(node, "resources");
  for (const auto& each : node["parameters"])
    api.parameters.emplace_back(each.first.as<std::string>(), each.second.as<std::string>());
  return api;
}

Job Reader::read_job(const YAML::Node& node) const {
  allow(node, {"name", "api", "principal", "every", "at", "calls", "over"});
  Job job;
  job.name = text(node, "name");
  job.api = api(node, text(node, "api"));
  job.principal = principal(node, text(node, "principal"));
  job.every_minutes = minutes(node, "every", "24h");
  job.at_minutes = node["at"] ? time_of_day(node, "at") : 0;
  job.calls = number(node, "calls");
  job.over_minutes = minutes(node, "over", "1m");
  return job;
}

Incident Reader::read_incident(const YAML::Node& node) const {
  allow(node, {"name", "kind", "api", "apis", "job", "day", "at", "lasts", "per_minute", "principal", "error", "share",
               "factor"});
  Incident incident;
  incident.name = text(node, "name");
  const std::string kind = text(node, "kind");
  if (kind == "burst")
    incident.kind = Incident::Kind::kBurst;
  else if (kind == "errors")
    incident.kind = Incident::Kind::kErrors;
  else if (kind == "stop")
    incident.kind = Incident::Kind::kStop;
  else
    fail(node["kind"], "kind is burst, errors or stop");
  if (node["api"]) incident.apis.push_back(api(node["api"], text(node, "api")));
  for (const std::string& name : texts(node, "apis")) incident.apis.push_back(api(node["apis"], name));
  incident.job = text(node, "job", "");
  const bool known_job = std::any_of(scenario_.jobs.begin(), scenario_.jobs.end(),
                                     [&](const Job& job) { return job.name == incident.job; });
  if (!incident.job.empty() && !known_job) fail(node["job"], "no job is named " + incident.job);
  if (incident.apis.empty() && incident.job.empty()) fail(node, "an incident needs api, apis or job");
  const double day = number(node, "day");
  if (day > kDayMax) fail(node["day"], fmt::format("day is 0 to {}", kDayMax));
  incident.start = scenario_.start + static_cast<int>(day) * core::kMinutesPerDay + time_of_day(node, "at");
  incident.minutes = minutes(node, "lasts", "");
  incident.per_minute = number(node, "per_minute", 0);
  if (incident.kind == Incident::Kind::kBurst) incident.principal = principal(node, text(node, "principal"));
  incident.error = text(node, "error", "");
  if (incident.kind == Incident::Kind::kErrors && incident.error.empty()) fail(node, "kind errors needs error");
  incident.share = number(node, "share", 1);
  incident.factor = number(node, "factor", 1);
  return incident;
}

void Reader::allow(const YAML::Node& map, std::initializer_list<std::string_view> keys) const {
  if (!map.IsMap()) fail(map, "a map is expected here");
  for (const auto& each : map) {
    const auto key = each.first.as<std::string>();
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      fail(each.first, fmt::format("unknown key {}; known here: {}", key, fmt::join(keys, ", ")));
  }
}

std::string Reader::text(const YAML::Node& map, const char* key, std::optional<std::string> fallback) const {
  if (!map[key]) {
    if (fallback) return *fallback;
    fail(map, fmt::format("{} is missing", key));
  }
  if (!map[key].IsScalar()) fail(map[key], fmt::format("{} is no text", key));
  return map[key].as<std::string>();
}

double Reader::number(const YAML::Node& map, const char* key, std::optional<double> fallback) const {
  if (!map[key] && fallback) return *fallback;
  double value = 0;
  if (!map[key]) fail(map, fmt::format("{} is missing", key));
  if (!YAML::convert<double>::decode(map[key], value) || !(value >= 0 && value <= 1e9))
    fail(map[key], fmt::format("{} is no number from 0 to 1e9", key));
  return value;
}

bool Reader::flag(const YAML::Node& map, const char* key) const {
  bool value = false;
  if (map[key] && !YAML::convert<bool>::decode(map[key], value))
    fail(map[key], fmt::format("{} is true or false", key));
  return value;
}

std::vector<std::string> Reader::texts(const YAML::Node& map, const char* key) const {
  std::vector<std::string> values;
  for (const auto& each : map[key]) values.push_back(each.as<std::string>());
  return values;
}

int Reader::minutes(const YAML::Node& map, const char* key, const char* fallback) const {
  const std::string value = text(map, key, fallback);
  int amount = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), amount);
  const std::string_view unit(end, value.data() + value.size());
  if (error != std::errc() || amount < 1 || amount > kAmountMax || (unit != "m" && unit != "h"))
    fail(map, fmt::format("{} is a time such as 25m or 3h", key));
  return unit == "h" ? amount * 60 : amount;
}

int Reader::time_of_day(const YAML::Node& map, const char* key) const {
  const auto time = core::parse_iso("1970-01-01T" + text(map, key) + ":00Z");
  if (!time) fail(map[key], fmt::format("{} is a time of day (UTC) in quotes, such as \"02:30\"", key));
  return core::minute_of(*time).value;
}

size_t Reader::principal(const YAML::Node& node, const std::string& name) const {
  for (size_t i = 0; i < scenario_.principals.size(); ++i)
    if (scenario_.principals[i].name == name) return i;
  fail(node, "no principal is named " + name);
}

size_t Reader::api(const YAML::Node& node, const std::string& name) const {
  for (size_t i = 0; i < scenario_.apis.size(); ++i)
    if (scenario_.apis[i].source + "/" + scenario_.apis[i].name == name) return i;
  fail(node, "no API is named " + name);
}

}  // namespace

Scenario load_scenario(const std::string& path) {
  try {
    return Reader(path).read();
  } catch (const YAML::Exception& error) {
    throw ScenarioError(fmt::format("{}:{}: {}", path, error.mark.line + 1, error.msg));
  }
}

}  // namespace insight::trail
