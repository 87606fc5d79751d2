#include "tests/simulation/processes.h"

#include <fmt/format.h>

namespace insight::simulation {
namespace {

std::string_view name_of(Stage stage) { return stage == Stage::kIntake ? "intake" : "detect"; }

}  // namespace

Processes::~Processes() {
  for (Process& process : processes_) {
    if (process.instance().ended()) continue;
    process.instance().crash();
    process.instance().join();
  }
}

Process& Processes::start(Stage stage, Time skew) {
  Process& process = processes_.emplace_back(world_, stage, fmt::format("{}-{}", name_of(stage), ++names_), skew);
  const settings::Kafka& kafka = world_.settings.kafka;
  const std::string& events = kafka.events_topics.front();
  process.start({{events, static_cast<uint32_t>(world_.broker.partitions(events))}},
                static_cast<uint32_t>(kafka.partitions));
  return process;
}

std::vector<Process*> Processes::running(Stage stage) {
  std::vector<Process*> found;
  for (Process& process : processes_) {
    const Instance& instance = process.instance();
    if (process.stage() == stage && !instance.ended() && !instance.crashed() && !instance.requested())
      found.push_back(&process);
  }
  return found;
}

void Processes::stop_all(Stage stage) {
  for (Process* process : running(stage)) process->instance().request_stop();
  for (Process& process : processes_)
    if (process.stage() == stage) process.instance().join();
}

bool Processes::is_read(Stage stage, const std::string& topic) const {
  const std::string group = fmt::format("{}-{}", world_.settings.kafka.consumer_group, name_of(stage));
  for (int32_t p = 0; p < world_.broker.partitions(topic); ++p) {
    const auto committed = world_.broker.committed(group, {topic, p});
    const int64_t high = world_.broker.watermarks(topic, p).high;
    if (high > 0 && (!committed || committed->offset != high)) return false;
  }
  return true;
}

}  // namespace insight::simulation
