// A scenario through the engine, and what came of it against what was expected.
#pragma once

#include <string>
#include <vector>

#include "app/replay_engine.h"
#include "tests/scenarios/scenario.h"

namespace insight::scenarios {

struct Outcome {
  std::vector<core::Insight> records;
  app::ReplayEngine::Totals totals;
};

Outcome run(const Scenario& scenario);

// Every sentence is one expectation that was not met. Runs the scenario once, and once more for each expectation
// that compares.
std::vector<std::string> unmet(const Scenario& scenario);

}  // namespace insight::scenarios
