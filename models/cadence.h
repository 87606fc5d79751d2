// Periodic jobs: bursts of activity that come again at a steady gap, and runs that are overdue.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/bytes.h"
#include "models/rounded.h"

namespace insight::models {

// Follows up to kJobs jobs of one series, of gaps from 4 minutes to a day, and says when a run is missing and how often
// that would happen by chance. A value; not thread-safe; of bounded size.
class Cadence {
 public:
  static constexpr size_t kJobs = 3;

  // One job, or what may become one. Minutes are those since 1970, to 1/256.
  struct Job {
    struct Watch {  // on one kind of day, with forgetting
      Single days;  // on which runs came on time
      Single lapses;  // times that they stayed away by the job's own habit
    };
    double due = 0.0;  // when the next run should start
    Single gap;  // minutes between starts; 0: a free place
    Single size;  // events in a run
    Single size_variability = 0.25;  // relative
    Single jitter = 0.5;  // mean distance of a start from when it was due, minutes
    Single quality = 1.0;  // running share of hits among hits and lapses
    Single strays;  // running mean of bursts of its size that are none of its runs, per run
    uint32_t hits = 0;  // runs on time since the gap was found
    uint32_t misses = 0;  // until it is known
    uint32_t missing = 0;  // runs that stayed away, since `first_missing`; 0: none
    KeptMinutes first_missing;
    KeptMinutes last_start;
    std::array<Watch, 2> watches{};  // working days, days of rest

    bool is_known() const { return gap > 0.0 && hits >= kHitsToBeKnown; }
    int64_t missing_since(int64_t now) const;  // its first missing run, or the last if the first is hours ago
    double lapses_per_day(size_t kind_of_day) const;
    double chance() const;  // of a burst that is none of its runs where one is due
    double least_run() const;  // events from which a burst counts as a run
    double tolerance() const;  // minutes early or late
  };

  // One minute, each once, in order: `count` seen where `base` was expected with relative variance `dispersion`.
  void observe(int64_t minute, double count, double base, double dispersion);

  // A minute without data. Runs due about now are presumed to have come.
  void skip(int64_t minute);

  // Of the job whose missing runs are the least likely by chance, nullptr if none is missing: valid until the next minute.
  const Job* overdue() const;
  // How many times a day so many runs of this job stay away by themselves.
  double lapses_per_day(const Job& job) const;
  // Whether a run of a known job that makes most of `level` events a minute is due, and may still come.
  bool awaits_run(int64_t minute, double level) const;

  // The job that has been seen most, if one is known; for people.
  const Job* best() const;
  // The first places; those behind are free.
  const std::vector<Job>& jobs() const { return jobs_; }

  // `now`: the last minute observed; the same for both.
  void persist(ByteWriter& out, int64_t now) const;
  void restore(ByteReader& in, int64_t now);

 private:
  static constexpr uint32_t kHitsToBeKnown = 8;
  static constexpr size_t kRecent = 5;

  struct Burst {
    KeptMinutes start;
    Single events;  // 0: none
  };

  void finish();
  bool explains(Job& job) const;
  void hit(Job& job, int runs) const;
  void expire(Job& job, int64_t minute) const;
  static void lapse(Job& job);
  void propose();
  void drop_multiples();
  Job& place(size_t number);
  void trim();

  std::vector<Job> jobs_;  // up to the last place that is not free
  std::array<Burst, kRecent> recent_{};  // latest first, each larger by far than those before it
  Single quiet_;  // a quarter of the minutes of late has less
  // The burst going on.
  Burst open_;
  KeptMinutes last_up_;  // its last minute that stood out
};

}  // namespace insight::models
