// A monitor of jobs.
//
// Method: minutes far above the base (three standard deviations) form bursts that two quiet minutes end. A burst that no
// job explains is paired with the last one of at least a third of its size: their distance is proposed as the gap of a
// job. Smaller bursts between the two do not matter, so a stray call hides no nightly job. A proposal lives as long as
// bursts of its size come when it says; after eight it is known. Start and gap are then followed by an alpha-beta
// filter on a grid, so that a run that is late does not shift the next. Where two jobs explain the same bursts, the
// one of the longer gap goes.
//
// A run is missing when it has not begun by its time plus a tolerance that follows its jitter. What that means depends on
// how often this job lets runs fall out by itself, counted apart for working days and days of rest:
//   lapses a day = (lapses + 0.01) / (days with runs on time + 0.05),
// the posterior mean of a Poisson rate under a gamma prior that holds most jobs for reliable. Each further run that is
// missing makes it 0.3 times as likely. Whether a lapse was the job's own habit nobody says, so it is counted by the
// probability that it was, as against an anomaly (one in 20 days): a job that runs on working days, is irregular, or is
// retired, falls silent by itself.
//
// Blind to: gaps of less than four minutes or more than a day (weekly jobs), runs that leave no two quiet minutes
// between them, and other calendars than kinds of day: a job of working hours lapses every night and is not watched.
//
// Sources: our own, after periodic-job "dead man's switch" monitoring; the filter: T. R. Benedict, G. W. Bordner, "Synthesis
// of an optimal set of radar track-while-scan smoothing equations", IRE Trans. Automatic Control 7(4), 1962.
#include "models/cadence.h"

#include <algorithm>
#include <cmath>

#include "models/calendar.h"
#include "models/packing.h"

namespace insight::models {
namespace {

constexpr double kLeastGap = 4.0;
constexpr double kMostGap = 1500.0;
constexpr int64_t kQuietMinutes = 2;  // end a burst
constexpr int64_t kMostMinutes = 60;  // of a burst
constexpr double kAlike = 1.0 / 3.0;  // least size of an earlier burst of the same job
constexpr double kHidden = 2.0;  // times its size, up to which a burst stands before earlier ones
constexpr double kPriorLapses = 0.01;
constexpr double kPriorDays = 0.05;
constexpr double kAnomaliesPerDay = 0.05;
constexpr double kSecondRun = 0.3;
constexpr double kMemoryDays = 40.0;  // e-folding
constexpr double kDaysToBeSeen = 0.9;  // on a kind of day, to be believed to run on it as on the other
constexpr double kGivenUp = 0.6;  // quality
constexpr double kLeastRate = 0.04;  // at which quality is learned
constexpr double kRetiredMinutes = 3.0 * kMinutesPerDay;
constexpr double kRetiredRuns = 8.0;
constexpr double kStrayMemory = 20.0;  // runs
constexpr double kMostChance = 0.1;
constexpr int64_t kHours = 240;  // minutes that an insight looks back
constexpr double kQuietShare = 0.25;  // of minutes that have less than `quiet_`
constexpr double kQuietStep = 0.1;
constexpr double kUnit = 1.0 / 256.0;  // of minutes
constexpr int64_t kUnits = 256;
constexpr int64_t kFarthest = int64_t{1} << 40;  // minutes: far from overflow

double rounded(double minutes) { return std::round(minutes / kUnit) * kUnit; }
int64_t whole(double minutes) { return static_cast<int64_t>(std::floor(minutes)); }
size_t kind_of_day(double minute) { return hour_bin(whole(minute)) >= kHourBins / 2 ? 1 : 0; }

}  // namespace

double Cadence::Job::least_run() const { return size * std::clamp(1.0 - 4.0 * size_variability, 0.06, 0.35); }

double Cadence::Job::tolerance() const {
  const double wide = std::max(std::min({2.0 + 0.02 * gap, 0.2 * gap, 15.0}), 1.0);
  return is_known() ? std::min(wide, 1.0 + 4.0 * jitter) : wide;
}

int64_t Cadence::Job::missing_since(int64_t now) const {
  return now - first_missing <= kHours ? int64_t{first_missing} : whole(due - gap);
}

// A job that was seen to run on both kinds of day is known by what it does on both.
double Cadence::Job::lapses_per_day(size_t kind) const {
  const Watch& own = watches[kind];
  const Watch& other = watches[1 - kind];
  const bool both = own.days >= kDaysToBeSeen && other.days >= kDaysToBeSeen;
  const double lapses = own.lapses + (both ? static_cast<double>(other.lapses) : 0.0);
  const double days = own.days + (both ? static_cast<double>(other.days) : 0.0);
  return (lapses + kPriorLapses) / (days + kPriorDays);
}

double Cadence::Job::chance() const { return strays * (2.0 * tolerance() + 1.0) / gap; }

void Cadence::observe(int64_t minute, double count, double base, double dispersion) {
  const double usual = std::min<double>(base, quiet_ + 0.7 * std::sqrt(quiet_));
  const double step = kQuietStep * (quiet_ + kQuietStep);
  quiet_ += count > quiet_ ? kQuietShare * step : -(1.0 - kQuietShare) * step;
  const bool up = count >= 1.0 && count > usual + 3.0 * std::sqrt(usual + dispersion * usual * usual);
  if (up) {
    if (open_.events <= 0.0) open_.start = minute;
    open_.events += count - usual;
    last_up_ = minute;
  }
  if (open_.events > 0.0 && (minute - last_up_ >= kQuietMinutes || minute - open_.start >= kMostMinutes)) {
    finish();
    open_.events = 0.0;
  }
  for (Job& job : jobs_) {
    if (job.gap > 0.0 && static_cast<double>(minute) > job.due + job.tolerance()) expire(job, minute);
  }
  trim();
}

// Made if there are not so many yet; no more memory than that.
Cadence::Job& Cadence::place(size_t number) {
  if (number >= jobs_.size()) {
    jobs_.reserve(number + 1);
    jobs_.resize(number + 1);
  }
  return jobs_[number];
}

void Cadence::trim() {
  if (jobs_.empty() || jobs_.back().gap > 0.0) return;
  while (!jobs_.empty() && jobs_.back().gap <= 0.0) jobs_.pop_back();
  jobs_.shrink_to_fit();
}

// The runs that did not come until `minute`, unless the burst going on may be one of them.
void Cadence::expire(Job& job, int64_t minute) const {
  const double tolerance = job.tolerance();
  while (job.gap > 0.0 && static_cast<double>(minute) > job.due + tolerance) {
    if (open_.events > 0.0 && static_cast<double>(open_.start) <= job.due + tolerance &&
        static_cast<double>(last_up_) >= job.due - tolerance) {
      return;
    }
    // A run of a day that it is known for says more than those of days that it may have off.
    const size_t kind = kind_of_day(job.due);
    const size_t before = kind_of_day(static_cast<double>(job.first_missing));
    if (job.missing > 0 && kind != before && job.lapses_per_day(kind) < job.lapses_per_day(before)) {
      lapse(job);
      if (job.gap <= 0.0) return;
    }
    if (job.missing == 0) job.first_missing = whole(job.due);
    ++job.missing;
    ++job.misses;
    job.due += job.gap;
    const double away = static_cast<double>(minute - job.last_start);
    const bool retired = away > std::max(kRetiredMinutes, kRetiredRuns * job.gap);
    const bool refuted = !job.is_known() && job.misses > job.hits / 2 + 1;
    if (retired || refuted) job = Job();
  }
}

// The runs that are missing have been told: how far were they the job's own habit?
void Cadence::lapse(Job& job) {
  Job::Watch& watch = job.watches[kind_of_day(static_cast<double>(job.first_missing))];
  const double own = (watch.lapses + kPriorLapses) / (watch.days + kPriorDays);
  watch.lapses += own / (own + kAnomaliesPerDay);
  const double learning_rate = std::max(1.0 / (job.hits + 2.0), kLeastRate);
  job.quality -= learning_rate * job.quality;
  job.missing = 0;
  if (job.quality < kGivenUp) job = Job();
}

void Cadence::finish() {
  bool explained = false;
  for (Job& job : jobs_) explained = explains(job) || explained;
  if (!explained) propose();
  drop_multiples();
  // What is much smaller than this one would never be paired again.
  size_t from = 0;
  while (from < kRecent && recent_[from].events <= kHidden * open_.events) ++from;
  const auto kept = std::min(kRecent - from, kRecent - 1);
  std::array<Burst, kRecent> recent{};
  recent[0] = open_;
  for (size_t i = 0; i < kept; ++i) recent[i + 1] = recent_[from + i];
  recent_ = recent;
}

// Counts the finished burst as the job's runs that were due in it, if any.
bool Cadence::explains(Job& job) const {
  if (job.gap <= 0.0 || open_.events < job.least_run()) return false;
  const double tolerance = job.tolerance();
  const auto start = static_cast<double>(open_.start);
  const auto last = static_cast<double>(last_up_);
  const double early = job.due - start;  // of the burst
  if (early < -tolerance || (early > tolerance && job.due > last)) {
    job.strays += 1.0 / kStrayMemory;
    return false;
  }
  if (last - start >= 2.0 * job.gap) {  // whatever it is, it says nothing of runs
    while (job.due <= last) job.due += job.gap;
    return false;
  }
  if (early > tolerance) {  // it began before, so it is something else, but the run may be in it
    job.strays += 1.0 / kStrayMemory;
    while (job.due <= last) job.due += job.gap;
    return false;
  }
  int runs = 1;
  while (job.due + runs * job.gap <= last) ++runs;
  hit(job, runs);
  return true;
}

void Cadence::hit(Job& job, int runs) const {
  if (job.missing > 0) lapse(job);
  if (job.gap <= 0.0) return;
  Job::Watch& watch = job.watches[kind_of_day(job.due)];
  const double days = job.gap / kMinutesPerDay;
  const double kept = std::exp(-days / kMemoryDays);
  watch.days = watch.days * kept + runs * days;
  watch.lapses *= kept;
  const double events = open_.events / runs;
  const double error = static_cast<double>(open_.start) - job.due;
  const double n = job.hits + 3.0;  // starts seen
  const double alpha = std::max(2.0 * (2.0 * n - 1.0) / (n * (n + 1.0)), 0.15);
  const double beta = std::max(6.0 / (n * (n + 1.0)), 0.005);
  job.jitter += std::max(1.0 / (n - 1.0), 0.05) * (std::abs(error) - job.jitter);
  job.due = rounded(job.due + alpha * error);
  job.gap = rounded(std::clamp(job.gap + beta * error, kLeastGap, kMostGap));
  const double step = std::max(1.0 / (job.hits + 2.0), 0.1);
  job.size_variability +=
      0.5 * step * (std::min(std::abs(events / job.size - 1.0), 1.0) * 1.2533 - job.size_variability);
  job.size += step * (std::min(events, 1.5 * job.size + 1.0) - job.size);
  job.quality += std::max(1.0 / (job.hits + 2.0), kLeastRate) * (1.0 - job.quality);
  job.strays -= job.strays / kStrayMemory;
  job.last_start = open_.start;
  job.hits += static_cast<uint32_t>(runs);
  job.due += runs * job.gap;
}

// The distance to the last burst that was not much smaller may be the gap of a job.
void Cadence::propose() {
  const auto* before = std::find_if(recent_.begin(), recent_.end(), [&](const Burst& burst) {
    return burst.events > 0.0 && burst.events >= kAlike * open_.events;
  });
  if (before == recent_.end()) return;
  const auto gap = static_cast<double>(open_.start - before->start);
  if (gap < kLeastGap || gap > kMostGap) return;
  // In a free place, or that of the proposal with the fewest events.
  const auto worth = [](const Job& job) { return job.gap <= 0.0 ? 0.0 : job.size * (1.0 + job.hits); };
  Job* chosen = nullptr;
  for (Job& job : jobs_) {
    if (!job.is_known() && (chosen == nullptr || worth(job) < worth(*chosen))) chosen = &job;
  }
  const bool has_room = jobs_.size() < kJobs;
  if (has_room && (chosen == nullptr || worth(*chosen) > 0.0)) chosen = &place(jobs_.size());
  if (chosen == nullptr || worth(*chosen) > 2.0 * open_.events) return;
  *chosen = Job();
  chosen->gap = gap;
  chosen->due = static_cast<double>(open_.start) + gap;
  chosen->size = open_.events;
  chosen->last_start = open_.start;
}

void Cadence::drop_multiples() {
  for (const Job& job : jobs_) {
    if (job.gap <= 0.0 || job.hits < 3 || job.last_start != open_.start) continue;
    for (Job& other : jobs_) {
      if (&other == &job || other.gap <= 0.0 || other.last_start != open_.start) continue;
      const double ratio = std::round(other.gap / job.gap);
      const bool multiple =
          ratio >= 1.0 && std::abs(other.gap - ratio * job.gap) <= job.tolerance() + other.tolerance();
      if (multiple && (ratio > 1.0 || other.hits <= job.hits)) other = Job();
    }
  }
}

void Cadence::skip(int64_t minute) {
  for (Job& job : jobs_) {
    while (job.gap > 0.0 && static_cast<double>(minute) >= job.due - job.tolerance()) job.due += job.gap;
  }
}

double Cadence::lapses_per_day(const Job& job) const {
  const double once = job.lapses_per_day(kind_of_day(static_cast<double>(job.first_missing)));
  return job.missing > 1 ? kSecondRun * once : once;
}

const Cadence::Job* Cadence::overdue() const {
  const Job* rarest = nullptr;
  for (const Job& job : jobs_) {
    if (!job.is_known() || job.missing == 0 || job.chance() > kMostChance) continue;
    if (rarest == nullptr || lapses_per_day(job) < lapses_per_day(*rarest)) rarest = &job;
  }
  return rarest;
}

bool Cadence::awaits_run(int64_t minute, double level) const {
  const auto now = static_cast<double>(minute);
  return std::any_of(jobs_.begin(), jobs_.end(), [&](const Job& job) {
    return job.is_known() && job.missing == 0 && job.chance() <= kMostChance && now >= job.due - 1.0 &&
           now <= job.due + job.tolerance() + 1.0 && job.size > 0.5 * level * job.gap;
  });
}

const Cadence::Job* Cadence::best() const {
  const Job* best = nullptr;
  for (const Job& job : jobs_) {
    if (job.is_known() && (best == nullptr || job.hits > best->hits)) best = &job;
  }
  return best;
}

void Cadence::persist(ByteWriter& out, int64_t now) const {
  const auto put_burst = [&](const Burst& burst) {
    pack(out, burst.events);
    if (burst.events > 0.0) out.zigzag(now - burst.start);
  };
  for (size_t number = 0; number < kJobs; ++number) {
    const Job job = number < jobs_.size() ? jobs_[number] : Job();
    out.varint(static_cast<uint64_t>(std::llround(job.gap / kUnit)));
    if (job.gap <= 0.0) continue;
    out.zigzag(std::llround(job.due / kUnit) - now * kUnits);
    for (const Single value : {job.size, job.size_variability, job.jitter, job.quality, job.strays}) pack(out, value);
    for (const uint32_t value : {job.hits, job.misses, job.missing}) out.varint(value);
    out.zigzag(now - job.last_start);
    if (job.missing > 0) out.zigzag(now - job.first_missing);
    for (const Job::Watch& watch : job.watches) {
      pack(out, watch.days);
      pack(out, watch.lapses);
    }
  }
  pack(out, quiet_);
  for (const Burst& burst : recent_) put_burst(burst);
  put_burst(open_);
  if (open_.events > 0.0) out.zigzag(now - last_up_);
}

void Cadence::restore(ByteReader& in, int64_t now) {
  *this = Cadence();
  if (now <= -kFarthest || now >= kFarthest) return in.fail();
  bool valid = true;
  const auto take = [&](int64_t unit) {
    const int64_t ago = in.zigzag();
    valid = valid && ago > -kFarthest * unit && ago < kFarthest * unit;
    return valid ? ago : 0;
  };
  const auto take_burst = [&](Burst& burst) {
    unpack(in, burst.events);
    burst.start = burst.events > 0.0 ? now - take(1) : 0;
  };
  for (size_t number = 0; number < kJobs; ++number) {
    const double gap = static_cast<double>(in.varint_up_to(static_cast<uint64_t>(kMostGap) * kUnits)) * kUnit;
    if (gap <= 0.0) continue;
    Job& job = place(number);
    job.gap = gap;
    job.due = static_cast<double>(now * kUnits + take(kUnits)) * kUnit;
    for (Single* value : {&job.size, &job.size_variability, &job.jitter, &job.quality, &job.strays}) unpack(in, *value);
    for (uint32_t* value : {&job.hits, &job.misses, &job.missing}) {
      *value = static_cast<uint32_t>(in.varint_up_to(UINT32_MAX));
    }
    job.last_start = now - take(1);
    if (job.missing > 0) job.first_missing = now - take(1);
    for (Job::Watch& watch : job.watches) {
      unpack(in, watch.days);
      unpack(in, watch.lapses);
    }
    // A damaged record may not make the next minute walk through ages.
    valid = valid && job.gap >= kLeastGap && job.due >= static_cast<double>(now) - kMinutesPerWeek;
  }
  unpack(in, quiet_);
  for (Burst& burst : recent_) take_burst(burst);
  take_burst(open_);
  if (open_.events > 0.0) last_up_ = now - take(1);
  if (!valid) in.fail();
}

}  // namespace insight::models
