// What goes wrong in the simulated world, drawn.
#pragma once

#include "tests/simulation/instance.h"
#include "tests/simulation/random.h"

namespace insight::simulation {

// How often, of a thousand effects on the cluster. All zero: nothing goes wrong.
struct FaultRates {
  double crash = 0;
  double lost = 0;        // nothing happens, and the caller is left without an answer
  double answer_lost = 0; // it happens, and the caller is left without an answer
  double late = 0;        // the caller is left without an answer, and it happens afterwards
  double freeze = 0;
};

// Draws from the scheduler's random numbers, so that a world has one seed.
class RandomFaults : public Faults {
 public:
  explicit RandomFaults(Random& random) : random_(random) {}

  void set_rates(const FaultRates& rates) { rates_ = rates; }
  // Every wait of a process takes so many times longer: a slow machine, and fewer steps for the same time.
  void set_slowness(int slowness) { slowness_ = slowness; }
  uint64_t count() const { return count_; }

  Fault at(const Instance& instance, std::string_view effect) override;
  Time latency(const Instance& instance, std::string_view effect) override;
  // From a hiccup to beyond the timeouts of sessions and transactions.
  Time freeze(const Instance& instance) override;
  int slowness() const override { return slowness_; }

 private:
  Random& random_;
  FaultRates rates_;
  int slowness_ = 1;
  uint64_t count_ = 0;
};

}  // namespace insight::simulation
