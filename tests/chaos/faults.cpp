#include "tests/chaos/faults.h"

#include <algorithm>
#include <random>

namespace insight::chaos {
namespace {

// How many of a hundred faults are of each kind, in the order of FaultKind.
constexpr double kShares[kFaultKinds] = {24, 20, 14, 14, 6, 8, 8, 4, 2};

// Most faults meet the work on the one before; after one in ten there is time to come to rest.
constexpr double kPauseMean = 900;
constexpr milliseconds kPauseMax{3000};
constexpr milliseconds kRest{7000};
constexpr int kRestEvery = 10;

class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}
  bool one_in(int n) { return std::uniform_int_distribution<int>(1, n)(random_) == 1; }
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  milliseconds between(milliseconds low, milliseconds high) {
    return milliseconds(std::uniform_int_distribution<int64_t>(low.count(), high.count())(random_));
  }
  milliseconds pause() {
    if (one_in(kRestEvery)) return kRest;
    const double drawn = std::exponential_distribution<double>(1 / kPauseMean)(random_);
    return std::min(kPauseMax, milliseconds(static_cast<int64_t>(drawn)));
  }
  FaultKind kind() {
    return static_cast<FaultKind>(std::discrete_distribution<int>(std::begin(kShares), std::end(kShares))(random_));
  }

 private:
  std::mt19937_64 random_;
};

milliseconds lasts(FaultKind kind, milliseconds session, Draw& draw) {
  switch (kind) {
    case FaultKind::kStop:
      return draw.one_in(3) ? draw.between(session * 5 / 4, session * 3) : draw.between(milliseconds(50), session);
    case FaultKind::kKill:
    case FaultKind::kTerminate: return draw.between(milliseconds(0), session);
    case FaultKind::kDelay:
    case FaultKind::kFreeze: return draw.between(milliseconds(300), session * 2);
    default: return milliseconds(0);
  }
}

}  // namespace

std::string_view to_string(FaultKind kind) {
  static constexpr std::string_view kNames[kFaultKinds] = {"kill",  "stop",   "terminate",      "cut some",   "cut all",
                                                           "delay", "freeze", "broker restart", "broker kill"};
  return kNames[static_cast<size_t>(kind)];
}

std::vector<Fault> draw_faults(int count, int instances, milliseconds session, uint64_t seed) {
  Draw draw(seed);
  std::vector<Fault> faults;
  for (int i = 0; i < count; ++i) {
    Fault fault;
    fault.pause = draw.pause();
    fault.kind = draw.kind();
    fault.instance = draw.below(instances);
    fault.lasts = lasts(fault.kind, session, draw);
    faults.push_back(fault);
  }
  return faults;
}

}  // namespace insight::chaos
