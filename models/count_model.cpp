// The detector of unusual call counts.
//
// Method, each minute:
//  1. Expect: seasonal rate (season) times a local ratio of observed to expected with a half-life of 90 minutes (a day
//     for the long windows), so that a slow drift is no surprise.
//     What recurs at this time of day (recurrence) is taken off the count beforehand, as far as it exceeds the rate.
//  2. Compare: sums over 1, 5, 15, 60 and 240 minutes with a negative binomial whose size k is
//       1/k = dispersion of windows of this length + relative variance of the rate,
//     and a run of zero minutes of expectation L with -ln P(0) = k ln(1 + L/k). Increases need three events and a
//     quarter more than expected, decreases an expectation above two. The largest surprise of the short windows and
//     of the long ones, increase and decrease, make four numbers.
//  3. Translate: each number through the series' own record of extremes (tail_model) to "once in 10^value days"; the
//     largest is the score. A periodic run that is missing (cadence) scores what the budget would have to be for which
//     as many lapses a day as this job has by itself would be tolerated; it is then the reason of a silence, too, and
//     while a run may still be late, the silence of a series that is mostly a job says nothing.
//  4. Learn, with a weight from 1 down to 0.01 as the score rises. While an insight is open hardly anything is
//     learned, so that an attack does not become the norm; what persists for 12 hours is adopted. On closing, the
//     anomaly is replaced in the windows by what was expected.
//
// For a series with a pattern within the hour, three minutes of expectation before the window (or, for decreases, less
// of it at the end) are tolerated, so that a job that is a little late is neither missing nor extra.
//
// Blind to: changes that grow slower than the local ratio follows; a decrease of series with fewer than about two
// expected events in four hours (only cadence sees those); attacks during the first hours of a series; anything
// that keeps the count and changes who calls what.
//
// Sources: C. P. Farrington, N. J. Andrews, A. D. Beale, M. A. Catchpole, "A statistical algorithm for the early
// detection of outbreaks of infectious disease", J. R. Stat. Soc. A 159(3), 1996, and A. Noufaily et al. 2013 (baseline
// with down-weighting of past outbreaks, negative binomial bound); M. Salmon et al. 2016 (predictive variance of the
// negative binomial); A. Siffer et al. 2017 (extremes of a stream).
#include "models/count_model.h"

#include <algorithm>
#include <cmath>

#include "models/negative_binomial.h"
#include "models/threshold.h"

namespace insight::models {
namespace {

constexpr double kAbnormal = 4.0;  // surprise from which a short window counts; less is ignored
constexpr double kLongestAbnormal = 20.0;  // expected events up to which a long window's decrease does, too
constexpr double kLongestSilence = 240.0;  // minutes
constexpr double kLeastDispersion = 1e-4;
constexpr double kLeastLocalDispersion = 0.01;  // of the next minutes, given those just past
constexpr double kNewDays = 2.0;
constexpr int kQuarterScale = 2;  // windows of 15 minutes
constexpr double kStandsOut = 8.0;  // surprise of a minute that may be the work of a job
constexpr double kStandsOutAtFirst = 4.0;  // on the first day, when the spread is hardly known
const double kLeastMissedRun = call_threshold(100.0);
constexpr double kRatioPrior = 12.0;  // events at ratio 1

double& at(std::array<double, 4>& raw, int which) { return raw[static_cast<size_t>(which)]; }

// Keeps the evidence if it is the most surprising of its kind. A silence says more than a window without calls.
void offer(CountScore& score, int which, double surprise, const CountScore::Evidence& evidence) {
  const double before = at(score.raw, which);
  if (surprise < before || (surprise == before && !evidence.silent)) return;
  at(score.raw, which) = surprise;
  score.basis.best[static_cast<size_t>(which)] = evidence;
}

}  // namespace

double CountModel::ratio(const Local& local) {
  return std::clamp((local.observed + kRatioPrior) / (local.expected + kRatioPrior), 0.2, 5.0);
}

double CountModel::window_size(int scale, double rate_variance) const {
  return 1.0 / (std::max(dispersion(scale), kLeastDispersion) + rate_variance);
}

// The error of the hour's rate is no larger than what was counted of late says of it: that a new hour may be unlike all
// before it is soon told by its own minutes, to which the mean is scaled. The two sources are independent, so their
// precisions add up. For the first two days, when most hours are new; and not where the minutes of the hour differ: those
// just past say nothing of the next then.
double CountModel::increase_size(int scale, double rate_variance) const {
  if (age_days_ >= kNewDays || season_.follows_minute_of_hour()) return window_size(scale, rate_variance);
  const Local& local = MinuteWindows::is_short(scale) ? fast_ : slow_;
  const double local_variance =
      1.0 / (local.expected + 0.5) + std::max(dispersion(kQuarterScale), kLeastLocalDispersion);
  return window_size(scale, rate_variance * local_variance / (rate_variance + local_variance));
}

bool CountModel::is_widened(int64_t index, int window) const {
  return season_.follows_minute_of_hour() && index > window + 8;
}

CountScore CountModel::score(int64_t minute, double count, const Profile& profile) {
  CountScore score;
  CountScore::Basis& basis = score.basis;
  basis.minute = minute;
  basis.index = minutes_seen_;
  basis.rate = season_.rate(minute, profile, dispersion(kHourScale));
  basis.fast_ratio = ratio(fast_);
  basis.slow_ratio = ratio(slow_);
  basis.count = without_recurring(basis, count);
  advance(minute, basis.count, basis.rate.rate);
  if (count > 0.0) {
    silent_expected_ = 0.0;
    silent_minutes_ = 0.0;
  } else {
    silent_expected_ += basis.rate.rate;
    silent_minutes_ += 1.0;
  }
  for (int scale = 0; scale < MinuteWindows::kScales; ++scale) {
    if (basis.index + 1 < MinuteWindows::length(scale)) break;
    compare(scale, score);
  }
  compare_silence(score);
  decide(score);
  watch_cadence(score, count);
  return score;
}

// The count less what bursts of earlier days at this time account for; never below the usual.
double CountModel::without_recurring(const CountScore::Basis& basis, double count) {
  const double usual = std::max(basis.rate.rate * basis.fast_ratio, kTinyMean);
  const double excess = count - usual;
  if (excess <= 0.0) {
    recurrence_.observe(basis.minute, 0.0);
    return count;
  }
  const double allowance = recurrence_.allowance(basis.minute);
  recurrence_.observe(basis.minute, stands_out(count, usual, basis.rate.variance) ? excess : 0.0);
  return count - std::floor(std::min(excess, allowance));
}

// Whether a job may have made the minute what it is.
bool CountModel::stands_out(double count, double usual, double rate_variance) const {
  if (count < kLeastCount) return false;
  const double size = window_size(0, rate_variance);
  const double excess = count - usual;
  if (excess * excess <= 9.0 * (usual + usual * usual / size)) return false;
  const double surprise = is_first_day() ? kStandsOutAtFirst : kStandsOut;
  return negative_binomial_upper(count, usual, size, surprise) > surprise;
}

void CountModel::advance(int64_t minute, double count, double rate) {
  windows_.push(minutes_seen_, count, rate);
  last_minute_ = minute;
  ++minutes_seen_;
}

void CountModel::compare(int scale, CountScore& score) const {
  const int window = MinuteWindows::length(scale);
  const int64_t index = score.basis.index;
  const MinuteWindows::Sums sums = windows_.sums(scale);
  const double local = local_ratio(score.basis, scale);
  double most = std::max(sums.expected * local, kTinyMean);  // expected, for increases
  double least = most;  // expected, for decreases
  double seen = sums.count;  // counted, for decreases
  if (is_widened(index, window)) {
    for (int late = 0; late < kLateMinutes; ++late) {
      least -= windows_.expected_at(index - late);
      if (window + kLateMinutes >= MinuteWindows::kCapacity) continue;
      most += windows_.expected_at(index - window - late);
      seen += windows_.count_at(index - window - late);
    }
  }
  const int side = MinuteWindows::is_short(scale) ? 0 : 1;
  if (sums.count > most) {
    if (sums.count < kLeastCount || sums.count <= kLeastRatio * most + 1.0) return;
    const double size = increase_size(scale, score.basis.rate.variance);
    const double surprise = negative_binomial_upper(sums.count, most, size, kAbnormal);
    offer(score, side, surprise, {most, size, sums.count, window, false});
    if (MinuteWindows::is_short(scale) && surprise > kAbnormal) score.abnormal = true;
  } else if (least > kLeastExpected && seen < least / kLeastRatio) {
    const double size = window_size(scale, score.basis.rate.variance);
    const double surprise = negative_binomial_lower(seen, least, size, kAbnormal);
    offer(score, 2 + side, surprise, {least, size, seen, window, false});
    if (surprise > kAbnormal && (MinuteWindows::is_short(scale) || least < kLongestAbnormal)) score.abnormal = true;
  }
}

void CountModel::compare_silence(CountScore& score) const {
  if (silent_expected_ <= kLeastExpected || silent_minutes_ > kLongestSilence) return;
  const int minutes = static_cast<int>(silent_minutes_);
  const int scale = MinuteWindows::covering(minutes);
  const double mean = silent_expected_ * local_ratio(score.basis, scale);
  const double size = window_size(scale, score.basis.rate.variance);
  const double surprise = negative_binomial_lower(0.0, mean, size);
  offer(score, MinuteWindows::is_short(scale) ? 2 : 3, surprise, {mean, size, 0.0, minutes, true});
  if (surprise > kAbnormal) score.abnormal = true;
}

void CountModel::decide(CountScore& score) const {
  CountScore::Basis& basis = score.basis;
  for (int which = 0; which < 4; ++which) {
    const double surprise = which < 2 && is_first_day() ? lasting_surprise(score, which) : at(score.raw, which);
    const double value = tail(which).value(surprise, age_days_);
    if (value <= score.value) continue;
    score.value = value;
    basis.decided = which;
  }
  if (basis.decided < 0) {
    score.mean = basis.rate.rate * basis.fast_ratio;
    score.size = increase_size(0, basis.rate.variance);
    score.observed = basis.count;
    return;
  }
  const CountScore::Evidence& best = basis.best[static_cast<size_t>(basis.decided)];
  score.kind = basis.decided < 2 ? CountScore::kIncrease : best.silent ? CountScore::kSilence : CountScore::kDecrease;
  score.window = best.window;
  score.mean = best.mean;
  score.size = best.size;
  score.observed = best.observed;
}

// Surprise of an increase without the four minutes that contribute most to it, as far as the series has had such a
// burst before: a job of which the times are not known yet may have made it.
double CountModel::lasting_surprise(const CountScore& score, int which) const {
  if (score.raw[static_cast<size_t>(which)] <= kAbnormal) return 0.0;
  const CountScore::Evidence& best = score.basis.best[static_cast<size_t>(which)];
  const double local = local_ratio(score.basis, MinuteWindows::covering(best.window));
  std::array<double, kBriefMinutes> excesses{};
  double brief = 0.0;
  double most = 0.0;
  for (int back = 0; back < best.window; ++back) {
    const int64_t index = score.basis.index - back;
    double& oldest = excesses[static_cast<size_t>(back % kBriefMinutes)];
    const double excess = std::max(windows_.count_at(index) - windows_.expected_at(index) * local, 0.0);
    brief += excess - oldest;
    oldest = excess;
    most = std::max(most, brief);
  }
  const double count = best.observed - std::floor(std::min(most, kRoomAtFirst * recurrence_.largest()));
  if (count < kLeastCount || count <= kLeastRatio * best.mean + 1.0) return 0.0;
  return negative_binomial_upper(count, best.mean, best.size, kAbnormal);
}

void CountModel::watch_cadence(CountScore& score, double count) {
  const bool patterned = season_.follows_minute_of_hour();
  const double base = patterned ? std::min(score.basis.rate.base, season_.level()) : score.basis.rate.base;
  const double dispersion_used = patterned ? 0.02 : std::max(minute_dispersion(), 0.02);
  const int64_t now = score.basis.minute;
  const bool fewer = score.kind == CountScore::kDecrease || score.kind == CountScore::kSilence;
  if (fewer && cadence_.awaits_run(now, season_.level())) {
    score.value = 0.0;  // the run may be late
    score.kind = CountScore::kNone;
  }
  cadence_.observe(now, count, base, dispersion_used);
  const Cadence::Job* job = cadence_.overdue();
  if (job == nullptr) return;
  // All of the budget: few series have a job, and most of those lapse less often than is tolerated, so what missed runs
  // really take of it is a tenth.
  const double value = call_threshold(1000.0 * cadence_.lapses_per_day(*job));
  if (value < kLeastMissedRun) return;
  score.abnormal = true;
  if (value <= score.value && !fewer) return;
  score.value = std::max(value, score.value);
  score.kind = CountScore::kMissedRun;
  score.basis.decided = -1;
  score.window = static_cast<int>(std::clamp<int64_t>(now - job->missing_since(now), 1, MinuteWindows::kCapacity));
  score.mean = job->size;
  score.size = 1.0 / std::max(job->size_variability * job->size_variability, kLeastDispersion);
  score.observed = 0.0;
  for (int64_t back = 0; back < score.window; ++back) score.observed += windows_.count_at(score.basis.index - back);
}

}  // namespace insight::models
