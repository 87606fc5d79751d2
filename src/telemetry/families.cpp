#include "telemetry/families.h"

namespace insight::telemetry {

Families::Counters& Families::counters(const char* name, const char* help, const std::vector<std::string>& labels) {
  descriptions_.push_back({name, "counter", labels, help});
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
}

Families::Gauges& Families::gauges(const char* name, const char* help, const std::vector<std::string>& labels) {
  descriptions_.push_back({name, "gauge", labels, help});
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
}

prometheus::Histogram& Families::histogram(const char* name, const char* help, const Bounds& bounds) {
  descriptions_.push_back({name, "histogram", {}, help});
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add({}, bounds);
}

void ShownGauges::show(const std::map<prometheus::Labels, double>& values) {
  for (auto at = shown_.begin(); at != shown_.end();) {
    if (values.contains(at->first)) {
      ++at;
      continue;
    }
    family_.Remove(at->second);
    at = shown_.erase(at);
  }
  for (const auto& [labels, value] : values) {
    const auto [at, added] = shown_.try_emplace(labels, nullptr);
    if (added) at->second = &family_.Add(labels);
    at->second->Set(value);
  }
}

}  // namespace insight::telemetry
