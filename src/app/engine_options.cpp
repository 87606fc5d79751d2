#include "app/engine_options.h"

#include "models/threshold.h"

namespace insight::app {

select::Selector make_selector(const settings::Settings& settings) {
  std::vector<select::Rule> rules;
  for (const auto& selector : settings.selectors)
    rules.push_back({selector.account, selector.region, selector.event_source, selector.event_name, selector.include,
                     selector.call_rate, selector.error_rate});
  return select::Selector(std::move(rules));
}

partition::Options task_options(const settings::Settings& settings, uint32_t partition, uint32_t partitions,
                                const std::string& calls_id) {
  partition::Options options;
  options.partition = partition;
  options.partitions = partitions;
  options.calls_id = calls_id;
  options.lateness = settings.input.lateness;
  options.budget = settings.detection.alert_budget;
  options.call_threshold = models::call_threshold(options.budget);
  options.error_threshold = models::error_threshold(options.budget);
  options.early_start = settings.detection.early_start;
  options.apis_max = settings.limits.apis_per_partition;
  return options;
}

}  // namespace insight::app
