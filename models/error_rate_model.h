// The share of failing calls of one series, and how surprising its errors are against it.
#pragma once

#include <array>
#include <cstdint>

#include "models/bytes.h"
#include "models/rounded.h"
#include "models/tail_model.h"

namespace insight::models {

// What ErrorRateModel::score found in a minute. Of the window with the greatest surprise, or if none is beyond the
// rate, of the minute itself.
struct ErrorScore {
  double value = 0.0;        // -log10(expected times per day at least as extreme)
  bool abnormal = false;     // a short window (15 minutes at most) is abnormal
  double raw = 0.0;          // surprise: -ln probability

  int window = 1;            // minutes
  double observed = 0.0;     // errors over it
  double calls = 0.0;        // calls over it
  double expected = 0.0;     // errors expected of that many calls
  double rho = 0.0;          // correlation of calls within a window
  double alpha = 0.0;        // of the beta-binomial
  double beta = 0.0;

  // What learn() needs to go on from.
  struct Basis {
    int64_t index = 0;
    double errors = 0.0;
    double calls = 0.0;
    double rate = 0.0;
  } basis;
};

// A discounted beta-binomial model of the error rate with windows of 1, 5, 15 and 60 minutes; upper side only.
// For every minute, in order and without gaps: score() and then learn(), or skip(). A plain value under 1 kB:
// copyable, no heap, not thread-safe. Same calls, same bits.
class ErrorRateModel {
 public:
  static constexpr double kGuardThreshold = 3.0;   // value at which the model stops learning, for 12 hours at most

  // Needs errors <= calls; whole numbers below 2^32.
  ErrorScore score(int64_t minute, double errors, double calls);
  void learn(const ErrorScore& score);

  // A minute without data: the windows go on without calls, and nothing is learned.
  void skip(int64_t minute);

  // The distribution of one future minute's errors per call, and the surprise that reaches the threshold.
  struct RateBound {
    double alpha = 0.0;
    double beta = 0.0;
    double raw_needed = 0.0;
  };
  RateBound one_minute_bound(double threshold) const;
  static bool crosses(const RateBound& bound, double errors, double calls);

  // Appends a versioned record. restore() reads it back and fails, leaving this model unspecified, on malformed bytes.
  void persist(ByteWriter& out) const;
  void restore(ByteReader& in);

  // For people and tests.
  double error_rate() const { return alpha_ / (alpha_ + beta_); }
  double calls_known() const { return alpha_ + beta_; }  // discounted calls behind the rate
  double correlation(int scale) const;
  const TailModel& tail() const { return tail_; }
  double age_days() const { return age_days_; }
  int64_t minutes_seen() const { return minutes_seen_; }
  bool guard_open() const { return guard_minutes_ > 0; }

 private:
  static constexpr int kScales = 4;
  static constexpr int kCapacity = 60;

  struct Sums {
    double errors = 0.0;
    double calls = 0.0;
  };
  struct Correlation {
    Single excess = 0.5;  // prior: 0.01 with weight 50
    Single weight = 50.0;
  };

  void push(double errors, double calls);
  void recount();
  void compare(int scale, double rate, ErrorScore& score) const;
  void advance_guard(const ErrorScore& score);
  void learn_correlation(const ErrorScore& score, double weight);

  int64_t minutes_seen_ = 0;
  int64_t minutes_learned_ = 0;
  double age_days_ = 0.0;  // the same in days
  Single alpha_ = 0.5;  // discounted errors, with prior
  Single beta_ = 20.0;  // discounted calls without error
  int64_t guard_minutes_ = 0;
  int64_t guard_hold_ = 0;
  std::array<Sums, kScales> sums_{};
  std::array<Correlation, kScales> correlations_{};
  TailModel tail_;
  std::array<uint32_t, kCapacity> errors_{};
  std::array<uint32_t, kCapacity> calls_{};
};

}  // namespace insight::models
