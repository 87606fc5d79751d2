// What happens in the simulated world's accounts, and how it comes to the events topic.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "tests/simulation/random.h"

namespace insight::simulation {

// What a world is like. All but the seed follow from the seed where drawn() makes it.
struct TrafficOptions {
  uint64_t seed = 0;
  int32_t partitions = 3;         // of the events topic, in the beginning
  int32_t partitions_later = 3;   // at last: more than in the beginning if some were added
  int32_t empty_partitions = 0;   // of these, that never get an event
  int history_minutes = 360;      // before the daemon is started
  int eventful_minutes = 30;      // live, while things go wrong
  int calm_minutes = 130;         // live, normal traffic to the end
  int apis = 4;
  core::Duration disorder = std::chrono::minutes(4);   // an event comes at most so long after it happened
  double copies = 0.1;            // share of events that come twice or more
  double late = 0;                // share of events that come an hour late
  bool outage = false;            // nobody calls anything for half an hour
};

// A message of the events topic.
struct Delivery {
  core::Timestamp at;             // when it is appended
  int32_t partition = 0;
  std::string payload;
};

// Several APIs of two accounts with levels of their own; bursts, silences, failing calls, a new API; copies in any
// partition, disorder. The same options give the same traffic.
class Traffic {
 public:
  explicit Traffic(const TrafficOptions& options);

  // In the order in which they come.
  const std::vector<Delivery>& deliveries() const { return deliveries_; }
  // Every event once, in the order in which they happened: the truth. JSON records.
  const std::vector<std::string>& events() const { return events_; }

  core::Timestamp begin() const { return begin_; }
  // When the daemon is started, the eventful time is over, the last event has happened.
  core::Timestamp epoch() const { return begin_ + std::chrono::minutes(options_.history_minutes); }
  core::Timestamp calm() const { return epoch() + std::chrono::minutes(options_.eventful_minutes); }
  core::Timestamp end() const { return calm() + std::chrono::minutes(options_.calm_minutes); }

 private:
  struct Api {
    std::string account, region, source, name;
    bool read_only = false;
    double level = 1;             // calls a minute
    double error_share = 0;
    int born = 0;                 // minute
  };
  // Something unusual, in minutes since the beginning.
  struct Incident {
    enum class Kind : uint8_t { kBurst, kSilence, kErrors } kind = Kind::kBurst;
    size_t api = 0;
    int first = 0;
    int minutes = 0;
    double factor = 1;
  };
  struct Event {
    int64_t second = 0;           // since the beginning
    std::string json;
  };

  void draw_apis();
  void draw_incidents();
  void draw_events();
  void draw_minute(size_t api, int minute, std::vector<Event>& events);
  void deliver(const std::vector<Event>& events);
  std::string render(const Api& api, int64_t second, bool fails);
  int minutes() const { return options_.history_minutes + options_.eventful_minutes + options_.calm_minutes; }

  TrafficOptions options_;
  Random random_;
  core::Timestamp begin_;
  std::vector<Api> apis_;
  std::vector<Incident> incidents_;
  int outage_ = -1;               // first minute of it
  uint64_t ids_ = 0;
  std::vector<std::string> events_;
  std::vector<Delivery> deliveries_;
};

}  // namespace insight::simulation
