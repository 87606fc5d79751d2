// Metric families by kind. What they are called and what they mean is said where they are made, and told from there.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "telemetry/metrics.h"

namespace insight::telemetry {

// Makes the metrics of a registry and keeps how each family was described. Not thread-safe; what it makes is.
class Families {
 public:
  using Counters = prometheus::Family<prometheus::Counter>;
  using Gauges = prometheus::Family<prometheus::Gauge>;
  using Bounds = prometheus::Histogram::BucketBoundaries;

  // `help` is a sentence; `labels` are the names that every metric of the family has.
  Counters& counters(const char* name, const char* help, const std::vector<std::string>& labels);
  prometheus::Counter& counter(const char* name, const char* help) { return counters(name, help, {}).Add({}); }

  Gauges& gauges(const char* name, const char* help, const std::vector<std::string>& labels);
  prometheus::Gauge& gauge(const char* name, const char* help) { return gauges(name, help, {}).Add({}); }

  prometheus::Histogram& histogram(const char* name, const char* help, const Bounds& bounds);

  const prometheus::Registry& registry() const { return registry_; }
  const std::vector<MetricDescription>& descriptions() const { return descriptions_; }

 private:
  prometheus::Registry registry_;
  std::vector<MetricDescription> descriptions_;
};

// One metric for each value of a family's only label, by the value's place.
template <typename Metric, size_t kCount>
std::array<Metric*, kCount> each(prometheus::Family<Metric>& family, const char* label,
                                 const std::array<const char*, kCount>& values) {
  std::array<Metric*, kCount> metrics{};
  for (size_t i = 0; i < kCount; ++i) metrics[i] = &family.Add({{label, values[i]}});
  return metrics;
}

// Gauges whose labels come and go.
class ShownGauges {
 public:
  explicit ShownGauges(Families::Gauges& family) : family_(family) {}

  // Shows these and no others.
  void show(const std::map<prometheus::Labels, double>& values);

 private:
  Families::Gauges& family_;
  std::map<prometheus::Labels, prometheus::Gauge*> shown_;
};

}  // namespace insight::telemetry
