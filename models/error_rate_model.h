// The errors of one series among its calls, and how surprising they are.
#pragma once

#include <array>
#include <cstdint>

#include "models/bytes.h"
#include "models/error_habit.h"
#include "models/error_tail.h"
#include "models/overdispersion.h"

namespace insight::models {

// What ErrorRateModel::score found in a minute. Of the window with the greatest surprise, or if none is surprising, of
// the minute itself.
struct ErrorScore {
  double value = 0.0;          // -log10(expected times per day at least as extreme)
  bool abnormal = false;       // errors are unusual in this very minute; an insight lives while they are
  double raw = 0.0;            // surprise: -ln probability
  double minute_value = 0.0;   // what the minute alone would score

  int window = 1;              // minutes
  double observed = 0.0;       // errors over it
  double calls = 0.0;          // calls over it
  double expected = 0.0;       // errors expected of it: by the rate or by habit, whichever is more

  // What learn(), split() and bounds() need to go on from.
  struct Basis {
    int64_t minute = 0;
    double errors = 0.0;
    double calls = 0.0;
    double rate = 0.0;
    double habitual = 0.0;     // errors expected of the minute by the hour of day alone
  } basis;
};

// A discounted beta-binomial model of the share of calls that fail, in windows of 1, 5, 15 and 60 minutes, and a
// negative binomial one of the number of errors by hour of day; upper side only. For every minute, in order and without
// gaps: score() and then learn(), or skip(). A plain value of about 1 kB: copyable, no heap, not thread-safe. Same
// calls, same bits.
class ErrorRateModel {
 public:
  static constexpr double kGuardThreshold = 2.0;  // value at which the model stops learning, for 12 hours at most

  // Needs errors <= calls; whole numbers below 2^32.
  ErrorScore score(int64_t minute, double errors, double calls);

  // With `armed` false everything is learned in full: the model does not know yet what is unusual.
  void learn(const ErrorScore& score, bool armed);

  // A minute without data: the windows go on without calls, and nothing is learned.
  void skip(int64_t minute);

  // The fewest errors of one minute that by themselves reach `threshold` (> 0), in every minute from `minute` to
  // kBoundMinutes later, as long as it has no more than `calls` calls; kNoBound if even all of them failing do not.
  static constexpr int kBoundMinutes = 16;
  static constexpr uint64_t kNoBound = UINT64_MAX;
  uint64_t alarming_errors(int64_t minute, double calls, double threshold) const;

  // What so many errors of one minute with so many calls would score by themselves.
  double minute_value(int64_t minute, double errors, double calls) const;

  // How many of the last minutes of the deciding window (1..window) belong to the anomaly: the ending whose surprise is
  // greatest, the longest of equals; it begins in a minute with errors. Valid between score() and learn().
  int split(const ErrorScore& score) const;

  // Errors of the deciding window, with the calls it had, from which it would have reached `threshold`; infinite if no
  // number does. Valid between score() and learn().
  double upper_bound(const ErrorScore& score, double threshold) const;

  // Appends a versioned record. restore() reads it back and fails, leaving this model unspecified, on malformed bytes.
  void persist(ByteWriter& out) const;
  void restore(ByteReader& in);

  // For people and tests.
  double error_rate() const { return alpha_ / (alpha_ + beta_); }
  double calls_known() const { return alpha_ + beta_; }  // discounted calls behind the rate
  struct Minute {
    double errors = 0.0;
    double calls = 0.0;
  };
  Minute minute_back(int back) const {  // 0: the last one; below min(minutes_seen(), 60). Forgotten ones are empty
    const auto slot = static_cast<size_t>((minutes_seen_ - 1 - back) % kCapacity);
    return {static_cast<double>(errors_[slot]), static_cast<double>(calls_[slot])};
  }
  double correlation(int scale) const { return correlations_[static_cast<size_t>(scale)].value(); }
  double habit_dispersion(int scale) const { return dispersions_[static_cast<size_t>(scale)].value(); }
  const ErrorHabit& habit() const { return habit_; }
  const ErrorTail& tail() const { return tail_; }
  ErrorTail::Known known() const { return {age_days_, habit_.errors_a_day()}; }
  double age_days() const { return age_days_; }
  int64_t minutes_seen() const { return minutes_seen_; }
  bool guard_open() const { return guard_minutes_ > 0; }

 private:
  static constexpr int kScales = 4;
  static constexpr int kCapacity = 60;
  static constexpr double kPriorErrors = 0.5;
  static constexpr double kPriorSuccesses = 20.0;

  struct Sums {
    double errors = 0.0;
    double calls = 0.0;
  };
  struct Shape {
    double alpha, beta;
  };

  static constexpr std::array<Overdispersion, kScales> every_scale(double prior) {
    return {Overdispersion(prior), Overdispersion(prior), Overdispersion(prior), Overdispersion(prior)};
  }

  void push(double errors, double calls);
  void recount();
  void forget_window(int64_t minutes);
  Shape shape(int scale) const;
  double surprise(int scale, double errors, double calls, double habitual) const;
  double alarming_errors_in(int scale, double calls, double habitual, double threshold) const;
  bool is_abnormal(int scale, double surprise) const;
  void advance_guard(const ErrorScore& score, bool armed);
  void learn_dispersions(const ErrorScore& score, double weight);

  int64_t minutes_seen_ = 0;
  int64_t minutes_learned_ = 0;
  double age_days_ = 0.0;  // the same in days
  double alpha_ = kPriorErrors;  // discounted errors, with the prior
  double beta_ = kPriorSuccesses;  // discounted calls without error, with the prior
  int64_t guard_minutes_ = 0;  // since the guard opened; 0: closed
  int64_t guard_hold_ = 0;  // calm minutes left until it closes
  std::array<Sums, kScales> sums_{};
  std::array<Overdispersion, kScales> correlations_ = every_scale(0.01);
  std::array<Overdispersion, kScales> dispersions_ = every_scale(0.3);
  ErrorHabit habit_;
  ErrorTail tail_;
  std::array<uint32_t, kCapacity> errors_{};
  std::array<uint32_t, kCapacity> calls_{};
};

}  // namespace insight::models
