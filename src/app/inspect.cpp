#include "app/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "app/learned.h"
#include "models/threshold.h"

namespace insight::app {
namespace {

constexpr size_t kPortraitsMax = 20;   // more are a list: nobody reads so many

inspect::Sight sight_of(const settings::Settings& settings, int minutes) {
  inspect::Sight sight;
  sight.call_threshold = models::call_threshold(settings.detection.alert_budget);
  sight.error_threshold = models::error_threshold(settings.detection.alert_budget);
  sight.minutes = minutes;
  return sight;
}

std::vector<inspect::Subject> meant(const std::vector<inspect::Subject>& all, const std::string& pattern) {
  std::vector<inspect::Subject> found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found),
               [&](const auto& subject) { return inspect::is_meant(subject.api->key.view(), pattern); });
  return found;
}

}  // namespace

int inspect_state(const settings::Settings& settings, const kafka::Properties& properties,
                  const InspectArguments& arguments) {
  Learned learned(settings);
  const Outcome outcome = arguments.state.empty() ? learned.read_topic(properties) : learned.read_file(arguments.state);
  if (!outcome.ok()) return report(outcome);
  const std::vector<inspect::Subject> all = learned.subjects();
  const inspect::Sight sight = sight_of(settings, arguments.minutes);
  if (arguments.apis.empty()) {
    std::cout << inspect::listing(all);
    return 0;
  }
  std::string out;
  for (const std::string& pattern : arguments.apis) {
    const std::vector<inspect::Subject> found = meant(all, pattern);
    if (found.empty()) {
      std::cerr << fmt::format(
          "insightd: no API is called {}; `insightd state inspect` without a name lists the {} there are.\n", pattern,
          all.size());
      return 2;
    }
    if (found.size() > kPortraitsMax) {
      out += inspect::listing(found);
      continue;
    }
    for (const inspect::Subject& subject : found) out += (out.empty() ? "" : "\n") + inspect::portrait(subject, sight);
  }
  std::cout << out;
  return 0;
}

}  // namespace insight::app
