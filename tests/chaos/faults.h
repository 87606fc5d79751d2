// What goes wrong, and when: drawn from a seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace insight::chaos {

using std::chrono::milliseconds;

enum class FaultKind : uint8_t {
  kKill,          // SIGKILL of an instance, which comes back after `lasts`
  kStop,          // SIGSTOP, and SIGCONT after `lasts`: a third of them outlive the session
  kTerminate,     // SIGTERM, and a new process `lasts` after its end
  kCutSome,       // half of all connections are reset
  kCutAll,        // every connection ends, in good order
  kDelay,         // every byte is late by `lasts` / 4, for `lasts`
  kFreeze,        // connections stay, nothing passes, for `lasts`
  kBrokerRestart, // an orderly one
  kBrokerKill,    // SIGKILL of the broker, and a start
};
constexpr int kFaultKinds = 9;
std::string_view to_string(FaultKind kind);

struct Fault {
  milliseconds pause{0};   // since the fault before
  FaultKind kind = FaultKind::kKill;
  int instance = 0;        // of those faults that meet one
  milliseconds lasts{0};
};

// `count` faults for `instances` instances with sessions of `session`. The same for the same seed.
std::vector<Fault> draw_faults(int count, int instances, milliseconds session, uint64_t seed);

}  // namespace insight::chaos
