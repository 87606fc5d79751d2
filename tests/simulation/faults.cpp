#include "tests/simulation/faults.h"

namespace insight::simulation {

Fault RandomFaults::at(const Instance&, std::string_view) {
  double drawn = random_.uniform() * 1000;
  const bool before = random_.chance(0.5);
  const auto is = [&](double rate) {
    const bool hit = drawn < rate;
    drawn -= rate;
    count_ += hit ? 1 : 0;
    return hit;
  };
  if (is(rates_.crash)) return before ? Fault::kCrashBefore : Fault::kCrashAfter;
  if (is(rates_.lost)) return Fault::kLost;
  if (is(rates_.answer_lost)) return Fault::kAnswerLost;
  if (is(rates_.late)) return Fault::kLate;
  if (is(rates_.freeze)) return before ? Fault::kFreezeBefore : Fault::kFreezeAfter;
  return Fault::kNone;
}

Time RandomFaults::latency(const Instance&, std::string_view effect) {
  const uint64_t kind = random_.below(200);
  // A queue may be long, or its broker slow.
  if (effect == "producer.queue" && kind < 40)
    return Time(random_.between(10, kind < 4 && rates_.lost > 0 ? 15'000 : 1500));
  if (kind == 0) return Time(random_.between(100, 2000));
  return kind < 150 ? Time(0) : Time(random_.between(1, 10));
}

Time RandomFaults::freeze(const Instance&) {
  return random_.chance(0.5) ? Time(random_.between(20, 3000)) : Time(random_.between(8000, 45'000));
}

}  // namespace insight::simulation
