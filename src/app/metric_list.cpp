#include "app/metric_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/version.h"
#include "telemetry/metrics.h"

namespace insight::app {

std::string metric_list() {
  std::string out = "[";
  for (const auto& each : telemetry::Metrics(version(), git_revision()).descriptions())
    out += fmt::format(R"({}{{"name":{:?},"type":{:?},"labels":{},"help":{:?}}})", out.size() > 1 ? ",\n " : "\n ",
                       each.name, each.type, each.labels, each.help);
  return out + "\n]\n";
}

}  // namespace insight::app
