// A seeded stream of everything that makes restoring hard, as a calls partition.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/unit/partition/calls_log.h"
#include "tests/unit/partition/random.h"

namespace insight::partition::test {

struct WorldOptions {
  int hours = 40;                // of event time
  bool late_rows = true;         // later than `lateness`, late, redelivered, or covered before they came
  bool gaps = true;              // missing minutes, known ahead or too late
  bool older_history = true;     // an event older than all before it, long after minutes were closed
  bool error_floods = true;      // more error codes than an API may have
};

// Several APIs in two accounts and two Regions, with levels of their own, bursts, silences, errors, new APIs
// that appear and old ones that fall quiet; duplicates across input partitions, disorder up to the lateness,
// rows that come too late, a stretch in which everything is silent. The same seed gives the same world.
class RandomWorld {
 public:
  RandomWorld(uint64_t seed, const WorldOptions& options);

  // The calls in the order in which they happen.
  const std::vector<Call>& calls() const { return calls_; }
  // Delivers them with disorder, in batches. `seed` of the delivery alone: another one gives other batches of
  // the same calls.
  CallsLog deliver(uint64_t seed) const;

 private:
  struct Api {
    std::string name;
    std::string account;
    std::string region;
    double level = 1;
    double error_share = 0;
    core::Minute born;
    core::Minute quiet_from;
    core::Minute burst;            // first minute of ten times the level
    int burst_minutes = 0;
    core::Minute failing;          // first minute of failing calls
    core::Minute silent;
    int silent_minutes = 0;
  };
  struct Delivery {
    core::Minute at;               // when it comes: the newest event's minute by then
    uint64_t place = 0;            // within it
    size_t call = 0;
    bool copy = false;             // a duplicate in another input partition
    bool again = false;            // the same offset again
    bool lost_batch = false;       // its offset is said to be read before it comes
  };

  void make_apis(Random& random);
  void make_calls(Random& random, const Api& api);
  core::Minute begin() const { return kMonday + 17; }
  core::Minute end() const { return begin() + options_.hours * 60; }
  core::Minute some_minute(Random& random) const { return begin() + random.between(0, options_.hours * 60 - 1); }

  WorldOptions options_;
  std::vector<Api> apis_;
  std::vector<Call> calls_;
  core::Minute all_silent_;        // first minute of an hour without any call
};

}  // namespace insight::partition::test
