// A worker as a process of the simulated world.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/logger.h>

#include "settings/settings.h"
#include "telemetry/metrics.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/instance.h"

namespace insight::simulation {

enum class Stage : uint8_t { kIntake, kDetect };

// Runs an IntakeWorker or a DetectWorker, as it is, from start() until it is stopped or dies. A new start is a new
// process. Borrows all but its name.
class Process {
 public:
  struct Surroundings {
    Scheduler& scheduler;
    Broker& broker;
    Faults& faults;
    const settings::Settings& settings;
    core::Timestamp epoch;
    bool verbose = false;        // the worker's log goes to standard error
  };
  // `name`: unique, also among those that are dead.
  Process(const Surroundings& world, Stage stage, std::string name, Time skew);

  // `topics`: the events topics with their partition counts, as run() would find them.
  void start(std::vector<std::pair<std::string, uint32_t>> topics, uint32_t calls_partitions);

  Instance& instance() { return instance_; }
  Stage stage() const { return stage_; }
  // Whether the worker gave up by itself, which none may.
  bool gave_up() const { return gave_up_; }
  // The sum of a counter's series.
  uint64_t counter(const std::string& name) const;

 private:
  void run(const std::vector<std::pair<std::string, uint32_t>>& topics, uint32_t calls_partitions);

  const settings::Settings& settings_;
  Stage stage_;
  Instance instance_;
  SimulatedCluster cluster_;
  std::shared_ptr<spdlog::logger> log_;
  telemetry::Metrics metrics_;
  uint32_t entropy_;
  bool gave_up_ = false;
};

}  // namespace insight::simulation
