// The baseline of one series of per-minute counts, and how surprising each minute is against it.
#pragma once

#include <array>
#include <cstdint>

#include "models/bytes.h"
#include "models/cadence.h"
#include "models/minute_windows.h"
#include "models/profile.h"
#include "models/recurrence.h"
#include "models/rounded.h"
#include "models/season.h"
#include "models/tail_model.h"

namespace insight::models {

// What CountModel::score found in a minute.
struct CountScore {
  enum Kind : uint8_t {
    kNone,        // nothing beyond the tail threshold; the window is then the minute itself
    kIncrease,    // more calls than expected in the window
    kDecrease,    // fewer
    kSilence,     // not one call since `window` minutes
    kMissedRun,   // a periodic run is overdue
  };

  double value = 0.0;            // -log10(expected times per day at least as extreme); of missed runs by the budget
  bool abnormal = false;         // short windows are abnormal in this very minute; an insight lives while they are
  // Surprise (-ln probability): increase of the short, of the long windows; decrease of the short, of the long.
  // Nothing depends on surprises of up to 4; they may read as less than they are.
  std::array<double, 4> raw{};

  // The window that decided.
  Kind kind = kNone;
  int window = 1;                // its last minute is the scored one; silence: length of the run of zero minutes
  double mean = 0.0;             // expected events over it, as they were compared
  double size = 0.0;             // of the negative binomial: variance = mean + mean^2 / size
  double observed = 0.0;         // events over it, as they were compared

  // What learn() and split() need to go on from.
  struct Evidence {
    double mean = 0.0;
    double size = 0.0;
    double observed = 0.0;
    int window = 0;
    bool silent = false;         // the run of zero minutes
  };
  struct Basis {
    int64_t minute = 0;
    int64_t index = 0;           // the series' own count of minutes
    double count = 0.0;          // less what recurs at this time of day
    Season::Rate rate;
    double fast_ratio = 1.0;     // local level relative to the season, half-life 90 minutes
    double slow_ratio = 1.0;     // and a day
    std::array<Evidence, 4> best;   // the window behind each entry of `raw`
    int decided = -1;            // which of them decided; -1: none, or a missed run
  } basis;
};

// A seasonal negative-binomial model of one series with windows of 1, 5, 15, 60 and 240 minutes, a test for silence,
// a monitor of periodic runs, and a learned scale from surprise to "how often per day by chance".
//
// For every minute, in order and without gaps: score() and then learn() of its result, or skip(). A plain value of
// about 1.7 kB: copyable, not thread-safe. A copy of a model that has seen zero minutes may start a series
// that appears late. Same calls, same bits.
class CountModel {
  struct Local {                   // observed and expected with exponential forgetting
    Single observed;
    Single expected;
  };
  struct Dispersion {
    Single excess = 3.0;           // prior: 0.1 with weight 30
    Single weight = 30.0;
  };

 public:
  // Puts the minute into the windows and judges it.
  CountScore score(int64_t minute, double count, const Profile& profile);

  // Learns the minute that `score` is about; what looks anomalous is learned with less weight. While a value of at
  // least `threshold` holds the guard open, the model hardly learns, for 12 hours at most; when it closes, the
  // anomaly is censored out of the windows. With `armed` false the guard never opens and everything is learned.
  void learn(const CountScore& score, double threshold, bool armed);

  // A minute without data: the windows are filled as if just what was expected had come, a run of zero minutes
  // neither grows nor ends, a periodic run due about now is presumed to have come, and nothing is learned: no age.
  void skip(int64_t minute, const Profile& profile);

  // The distribution of the count of one future minute, and the surprise that reaches the threshold.
  struct Bound {
    double mean = 0.0;
    double size = 0.0;
    double raw_needed = 0.0;
  };
  // For the next minute it is just what score() will compare its one-minute window with.
  Bound one_minute_bound(int64_t future_minute, const Profile& profile, double threshold) const;
  static bool crosses(const Bound& bound, double count);
  static double upper_bound(const Bound& bound);   // the smallest integer count that crosses

  // Expected count of the minute, at the present level.
  double expected(int64_t minute, const Profile& profile) const;

  // How many of the last minutes of the deciding window (1..window) belong to the anomaly: the ending whose surprise
  // is greatest, the longest of equals; an increase begins in a minute with calls. Silence: the whole run. Missed
  // run: minutes since it was due, or the last such run if that is more than 240 ago. Valid after score(), before or after learn(), until the next minute.
  int split(const CountScore& score) const;

  // Counts of the deciding window outside which it would have reached `threshold`. lower = -1: no count is too low.
  // The upper one is infinite where no count below 1e15 is enough.
  struct Bounds {
    double lower = -1.0;
    double mean = 0.0;
    double upper = 0.0;
  };
  // Exact between score() and learn(); a minute later the tails have moved by a hair.
  Bounds bounds(const CountScore& score, double threshold) const;

  // Appends a versioned record. restore() reads it back and fails, leaving this model unspecified, on malformed bytes.
  void persist(ByteWriter& out) const;
  void restore(ByteReader& in);

  // For people and tests.
  double level_per_minute() const { return season_.level(); }
  const Season& season() const { return season_; }
  double dispersion(int scale) const {  // relative variance beyond Poisson, per window length
    const Dispersion& kept = dispersions_[static_cast<size_t>(scale)];
    return kept.excess / kept.weight;
  }
  const TailModel& tail(int which) const { return tails_[static_cast<size_t>(which)]; }  // order of CountScore::raw
  const Recurrence& recurrence() const { return recurrence_; }
  const Cadence& cadence() const { return cadence_; }
  const MinuteWindows& windows() const { return windows_; }
  double age_days() const { return age_days_; }  // of minutes learned
  int64_t minutes_seen() const { return minutes_seen_; }  // scored or skipped
  double fast_ratio() const { return ratio(fast_); }
  double slow_ratio() const { return ratio(slow_); }
  bool guard_open() const { return guard_minutes_ > 0; }

 private:
  static constexpr double kLeastCount = 3.0;  // events of an increase
  static constexpr double kLeastRatio = 1.25;  // observed to expected; its inverse for decreases
  static constexpr double kLeastExpected = 2.0;  // events of a decrease or silence
  static constexpr double kTinyMean = 1e-6;
  static constexpr int kLateMinutes = 3;  // tolerated of a series with a pattern within the hour
  static constexpr int kBriefMinutes = 4;  // that a burst of a job may last
  static constexpr double kRoomAtFirst = 1.5;  // times the largest burst, on the first day
  static constexpr int kHourScale = 3;

  static double days(int64_t minutes) { return static_cast<double>(minutes) / kMinutesPerDay; }
  static double ratio(const Local& local);
  static double local_ratio(const CountScore::Basis& basis, int scale) {
    return MinuteWindows::is_short(scale) ? basis.fast_ratio : basis.slow_ratio;
  }
  double minute_dispersion() const { return dispersion(0); }
  double window_size(int scale, double rate_variance) const;
  double increase_size(int scale, double rate_variance) const;
  bool is_widened(int64_t index, int window) const;
  void advance(int64_t minute, double count, double rate);
  void compare(int scale, CountScore& score) const;
  void compare_silence(CountScore& score) const;
  void decide(CountScore& score) const;
  bool is_first_day() const { return age_days_ < 1.0; }
  double lasting_surprise(const CountScore& score, int which) const;
  double without_recurring(const CountScore::Basis& basis, double count);
  bool stands_out(double count, double usual, double rate_variance) const;
  void watch_cadence(CountScore& score, double count);
  bool is_frozen() const;
  double learning_weight(const CountScore& score, bool armed) const;
  void advance_guard(const CountScore& score, double threshold, bool armed);
  void learn_dispersion(const CountScore& score, double weight);
  double excess(const CountScore& score, int scale, double expected) const;
  void end_hour(int64_t minute, double age_days);

  KeptMinutes minutes_seen_;
  KeptMinutes last_minute_;  // the last one scored or skipped
  KeptMinutes minutes_learned_;
  double age_days_ = 0.0;  // the same in days
  Local fast_, slow_;
  std::array<Dispersion, MinuteWindows::kScales> dispersions_{};
  Single silent_expected_;  // expected events since the last call
  double silent_minutes_ = 0.0;
  KeptMinutes guard_minutes_;  // since the guard opened; 0: closed
  KeptMinutes guard_hold_;  // calm minutes left until it closes
  KeptMinutes learned_in_hour_;
  std::array<TailModel, 4> tails_;
  Cadence cadence_;
  Recurrence recurrence_;
  MinuteWindows windows_;
  Season season_;
};

}  // namespace insight::models
