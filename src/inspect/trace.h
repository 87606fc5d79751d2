// What one series did and what was thought of it, minute by minute.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "partition/close_observer.h"

namespace insight::inspect {

// A closed minute of the series.
struct TracePoint {
  core::Minute minute;
  double count = 0;
  double mean = 0;       // expected
  double lower = 0;      // a count outside these bounds opens an insight by itself; lower = 0: no count is too low
  double upper = 0;
  double score = 0;      // of the window that decided, as the detector gave it; 100 and more: a missed run
  bool missing = false;  // no data: only minute, mean and bounds mean something
  bool operator==(const TracePoint&) const = default;
};

// Which series, and when.
struct TraceRequest {
  std::string api;               // as is_meant() reads it
  std::string error_code;        // empty: the calls
  core::Minute from{INT32_MIN};
  core::Minute until{INT32_MAX}; // exclusive
  double threshold = 0;          // score at which an insight opens
};

// What the model of an API's calls says of a minute that is about to close. The API must have a call series. `threshold`:
// score at which an insight opens.
TracePoint call_point(const state::ApiState& api, core::Minute minute, const partition::MinuteTotals& totals,
                      const partition::PooledProfiles& profiles, bool missing, double threshold);

// Scores a copy of the series' model before each close, so its points are exactly what the task saw.
class Trace : public partition::CloseObserver {
 public:
  explicit Trace(TraceRequest request) : request_(std::move(request)) {}

  void on_close(const state::ApiState& api, core::Minute minute, const partition::MinuteTotals& totals,
                const partition::PooledProfiles& profiles, bool missing) override;

  const std::vector<TracePoint>& points() const { return points_; }
  const TraceRequest& request() const { return request_; }
  // APIs that were meant. The points are of one series only if it is one.
  const std::set<core::ApiKey>& apis() const { return apis_; }

 private:
  TraceRequest request_;
  std::set<core::ApiKey> apis_;
  std::vector<TracePoint> points_;
};

}  // namespace insight::inspect
