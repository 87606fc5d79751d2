#include "app/state_forget.h"

#include <fmt/format.h>

#include <iostream>

#include "app/learned.h"
#include "app/offline.h"

namespace insight::app {
namespace {

Outcome forget(const settings::Settings& settings, const ForgetArguments& arguments,
               const kafka::Properties& properties) {
  Offline offline(settings, properties);
  if (Outcome outcome = offline.begin(); !outcome.ok()) return outcome;
  Learned learned(settings);
  if (Outcome outcome = learned.read_topic(properties); !outcome.ok()) return outcome;
  if (Outcome outcome = learned.read_calls(); !outcome.ok()) return outcome;

  const auto is_meant = [&](const core::ApiKeyView& key) {
    return arguments.api.empty() ? key.account == arguments.account : inspect::is_meant(key, arguments.api);
  };
  partition::Task::Forgotten all;
  std::vector<StateWrite> records;
  for (const auto& task : learned.tasks()) {
    const auto forgotten = task->forget(is_meant);
    if (forgotten.apis == 0) continue;
    all.apis += forgotten.apis;
    all.open_insights += forgotten.open_insights;
    for (auto& record : task->collect(true).state)
      records.push_back({settings.kafka.state_topic, static_cast<int32_t>(task->options().partition),
                         std::move(record.key), std::move(record.value)});
  }
  if (all.apis == 0)
    return {2, fmt::format("no API is called {}; `insightd state inspect` lists all there are.",
                           arguments.api.empty() ? arguments.account + "/*" : arguments.api)};
  if (Outcome outcome = offline.write(records); !outcome.ok()) return outcome;
  std::cerr << fmt::format("apis: {}\ninsights_without_end: {}\n", all.apis, all.open_insights);
  return {};
}

}  // namespace

int forget_state(const settings::Settings& settings, const kafka::Properties& properties,
                 const ForgetArguments& arguments) {
  return report(forget(settings, arguments, properties));
}

}  // namespace insight::app
