// All processes of a simulated world, the dead too.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "tests/simulation/process.h"

namespace insight::simulation {

// Borrows what surrounds them. Whoever still runs at the end of it is crashed.
class Processes {
 public:
  explicit Processes(const Process::Surroundings& world) : world_(world) {}
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  // A new one; `skew`: of its time of day. The events topic is read with the partitions that it has now.
  Process& start(Stage stage, Time skew);
  // Those of the stage that run and were not asked to stop.
  std::vector<Process*> running(Stage stage);
  void stop_all(Stage stage);

  // Whether the stage's group has committed the end of what it reads.
  bool input_is_read() const { return is_read(Stage::kIntake, world_.settings.kafka.events_topics.front()); }
  bool calls_are_read() const { return is_read(Stage::kDetect, world_.settings.kafka.calls_topic); }

  const std::list<Process>& all() const { return processes_; }

 private:
  bool is_read(Stage stage, const std::string& topic) const;

  Process::Surroundings world_;
  std::list<Process> processes_;
  int names_ = 0;
};

}  // namespace insight::simulation
