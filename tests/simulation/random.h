// Draws that are the same on every machine.
#pragma once

#include <cstdint>
#include <random>

namespace insight::simulation {

// The standard library's engines are fixed by the standard, its distributions are not: these draw by themselves.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t next() { return engine_(); }
  // Of [0, end). end > 0.
  uint64_t below(uint64_t end) { return engine_() % end; }
  // Of [first, last].
  int64_t between(int64_t first, int64_t last) {
    return first + static_cast<int64_t>(below(static_cast<uint64_t>(last - first) + 1));
  }
  // Of [0, 1).
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  bool chance(double probability) { return uniform() < probability; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace insight::simulation
