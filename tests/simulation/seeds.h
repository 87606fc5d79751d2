// Runs one seed and tells how to repeat it.
#pragma once

#include "tests/simulation/world.h"

namespace insight::simulation {

// What it finds is printed, with the command that repeats it; so is the command if the process aborts.
WorldReport run_seed(uint64_t seed, bool verbose = false);

}  // namespace insight::simulation
