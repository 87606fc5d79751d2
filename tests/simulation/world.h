// One seed's world: traffic, an in-memory Kafka, several intake and detect processes, and all that goes wrong.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/faults.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/processes.h"
#include "tests/simulation/traffic.h"

namespace insight::simulation {

// What a world is made of.
struct WorldPlan {
  uint64_t seed = 0;
  TrafficOptions traffic;
  int32_t calls_partitions = 2;
  int intakes = 2;
  int detects = 2;
  bool early_start = true;
  FaultRates rates;              // while the traffic is eventful
  double mischief = 0.3;         // share of the world's steps in which somebody joins, leaves, dies or stands still
  bool gentle = false;  // nobody dies, stands still or is left without an answer: all that is counted is exact
  bool skewed_clocks = true;

  std::string text() const;
};

// Everything drawn from the seed.
WorldPlan draw_plan(uint64_t seed);

struct WorldReport {
  Findings findings;
  uint64_t insights = 0;
  uint64_t faults = 0;  // of effects; and of the world
  uint64_t processes = 0;
  uint64_t open = 0;             // insights that did not end in the calm time, here and in a replay
  uint64_t late = 0;
  uint64_t redelivered = 0;
  Time time{0};  // that passed in the world
};

// Runs once.
class World {
 public:
  World(const WorldPlan& plan, bool verbose);

  WorldReport run();

 private:
  void eventful();
  void calm();
  void drain();
  void check(WorldReport& report);

  // Appends what has come by now.
  void feed();
  void pass(Time time);
  void mischief();
  // Those that died are started anew, after a while.
  void revive(double chance);
  Process& start(Stage stage);
  Time draw_skew();
  // Waits until `done`, at most `patience`; notes what did not happen.
  bool wait_until(std::string_view what, const std::function<bool()>& done);
  void check_counts();

  WorldPlan plan_;
  settings::Settings settings_;
  Scheduler scheduler_;
  RandomFaults faults_;
  Traffic traffic_;
  Broker broker_;
  Processes processes_;
  size_t fed_ = 0;
  uint64_t mischiefs_ = 0;
  Findings findings_;
};

}  // namespace insight::simulation
