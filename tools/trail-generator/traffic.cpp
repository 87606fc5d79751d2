#include "trail-generator/traffic.h"

#include <algorithm>
#include <cmath>

namespace insight::trail {
namespace {

constexpr uint64_t kJobPart = 1'000'000;
constexpr uint64_t kIncidentPart = 2'000'000;
constexpr int64_t kMillisPerMinute = 60'000;

bool is_weekend(core::Minute minute) {
  const std::chrono::weekday day(std::chrono::floor<std::chrono::days>(core::start_of(minute)));
  return day == std::chrono::Saturday || day == std::chrono::Sunday;
}

bool covers(const Incident& incident, core::Minute minute) {
  return minute >= incident.start && minute < incident.start + incident.minutes;
}

size_t pick(const Shares& shares, Random& random) {
  double total = 0;
  for (const auto& [index, weight] : shares) total += weight;
  double at = random.uniform() * total;
  for (const auto& [index, weight] : shares) {
    if (at < weight) return index;
    at -= weight;
  }
  return shares.back().first;
}

core::Timestamp within(core::Minute minute, double share) {
  return core::start_of(minute) + core::Duration(static_cast<int64_t>(share * kMillisPerMinute));
}

// The error code of one call, or none.
std::string outcome(const Api& api, const Incident* outage, Random& random) {
  if (outage && random.chance(outage->share)) return outage->error;
  double at = random.uniform();
  for (const auto& [code, probability] : api.errors) {
    if (at < probability) return code;
    at -= probability;
  }
  return "";
}

}  // namespace

double expected_rate(const Api& api, core::Minute minute) {
  const double hour = static_cast<double>(minute - core::day_of(minute)) / 60;
  const double wave = 1 + api.day * std::cos((hour - api.peak) / 24 * 6.283185307179586);
  return api.per_minute * wave * (is_weekend(minute) ? api.weekend : 1);
}

void Traffic::draw(core::Minute minute, std::vector<Call>& calls) {
  for (size_t i = 0; i < scenario_.apis.size(); ++i) draw_usual(minute, i, calls);
  for (size_t i = 0; i < scenario_.jobs.size(); ++i) draw_job(minute, i, calls);
  for (size_t i = 0; i < scenario_.incidents.size(); ++i) draw_burst(minute, i, calls);
}

void Traffic::draw_usual(core::Minute minute, size_t api, std::vector<Call>& calls) {
  const Api& spec = scenario_.apis[api];
  if (spec.per_minute <= 0 || incident_at(minute, Incident::Kind::kStop, api)) return;
  const Incident* outage = incident_at(minute, Incident::Kind::kErrors, api);
  Random random(seed_, stream(minute, api));
  const uint64_t count = random.poisson(scale_ * expected_rate(spec, minute) * (outage ? outage->factor : 1));
  for (uint64_t i = 0; i < count; ++i) {
    const core::Timestamp time = within(minute, random.uniform());
    const size_t principal = pick(spec.principals, random);
    calls.push_back({time, api, principal, outcome(spec, outage, random), random.next()});
  }
}

// A run starts within half a minute of its time; its calls are spread evenly. Every minute of a run draws the
// run's own numbers again and keeps the calls that are its own, so that minutes stay independent.
void Traffic::draw_job(core::Minute minute, size_t index, std::vector<Call>& calls) {
  const Job& job = scenario_.jobs[index];
  const int32_t since_first = minute - scenario_.start - job.at_minutes;
  if (since_first < 0) return;
  const int32_t run = since_first / job.every_minutes;
  const core::Minute due = scenario_.start + job.at_minutes + run * job.every_minutes;
  if (minute - due > static_cast<int32_t>(job.over_minutes) || is_stopped(due, job.name)) return;

  Random random(seed_, stream(due, kJobPart + index));
  const double late = random.uniform() / 2;
  const auto count = static_cast<uint64_t>(std::max(1.0, std::round(job.calls * scale_)));
  for (uint64_t i = 0; i < count; ++i) {
    const double at = late + job.over_minutes * static_cast<double>(i) / static_cast<double>(count);
    const uint64_t id = random.next();
    if (static_cast<int32_t>(at) != minute - due) continue;
    Random own(seed_, id);
    const std::string error = outcome(scenario_.apis[job.api], nullptr, own);
    calls.push_back({within(due, at), job.api, job.principal, error, id});
  }
}

void Traffic::draw_burst(core::Minute minute, size_t index, std::vector<Call>& calls) {
  const Incident& incident = scenario_.incidents[index];
  if (incident.kind != Incident::Kind::kBurst || !covers(incident, minute)) return;
  for (const size_t api : incident.apis) {
    Random random(seed_, stream(minute, kIncidentPart + index * 1000 + api));
    const uint64_t count = random.poisson(scale_ * incident.per_minute);
    for (uint64_t i = 0; i < count; ++i) {
      const core::Timestamp time = within(minute, random.uniform());
      const bool fails = !incident.error.empty() && random.chance(incident.share);
      calls.push_back({time, api, incident.principal, fails ? incident.error : "", random.next()});
    }
  }
}

const Incident* Traffic::incident_at(core::Minute minute, Incident::Kind kind, size_t api) const {
  for (const Incident& each : scenario_.incidents)
    if (each.kind == kind && covers(each, minute) &&
        std::find(each.apis.begin(), each.apis.end(), api) != each.apis.end())
      return &each;
  return nullptr;
}

bool Traffic::is_stopped(core::Minute minute, const std::string& job) const {
  return std::any_of(scenario_.incidents.begin(), scenario_.incidents.end(), [&](const Incident& each) {
    return each.kind == Incident::Kind::kStop && each.job == job && covers(each, minute);
  });
}

uint64_t Traffic::stream(core::Minute minute, uint64_t part) const {
  return (static_cast<uint64_t>(static_cast<uint32_t>(minute.value)) << 32) | part;
}

}  // namespace insight::trail
