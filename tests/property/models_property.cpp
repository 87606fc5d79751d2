// Properties of the models on any traffic.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "models/beta_binomial.h"
#include "models/count_model.h"
#include "models/error_rate_model.h"
#include "models/negative_binomial.h"

namespace insight::models {
namespace {

constexpr int64_t kMonday = 4 * kMinutesPerDay + 2800 * kMinutesPerWeek;
constexpr double kThreshold = 3.1;

class Traffic {
 public:
  explicit Traffic(uint64_t seed) : state_(seed) {}
  double uniform() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>((state_ >> 11) + 1) * 0x1p-53;
  }

 private:
  uint64_t state_;
};

// Counts of some hours, now and then after two days of the same level and a nightly job: bursts, silences and missing
// minutes (negative).
std::vector<double> any_counts(double level) {
  const auto past = *rc::gen::element(0, 0, 0, 2) * kMinutesPerDay;
  const auto minutes = *rc::gen::inRange(100, 900);
  Traffic traffic(*rc::gen::arbitrary<uint32_t>());
  const auto uniform = [&traffic] { return traffic.uniform(); };
  std::vector<double> counts;
  for (int64_t m = 0; m < past; ++m) {
    const double job = m % kMinutesPerDay == 130 ? 30.0 + 20.0 * level : 0.0;
    counts.push_back(std::floor(job + 2.0 * level * uniform() + 0.5));
  }
  double factor = 1.0;
  for (int m = 0; m < minutes; ++m) {
    if (uniform() < 0.01) factor = uniform() < 0.5 ? 1.0 : uniform() < 0.5 ? 0.0 : 20.0 * uniform();
    const double mean = level * factor;
    double count = std::floor(mean + std::sqrt(mean) * (2.0 * uniform() - 1.0) + uniform());
    if (uniform() < 0.005) count = -1.0;
    counts.push_back(count == -1.0 ? count : std::max(count, 0.0));
  }
  return counts;
}

std::vector<double> any_counts() { return any_counts(*rc::gen::element(0.02, 0.4, 6.0, 300.0, 1e8)); }

struct Run {
  CountModel counts;
  ErrorRateModel errors;
  Profile profile;

  // Scores and learns, or skips; the two scores.
  std::pair<double, double> next(int64_t minute, double count) {
    if (count < 0.0) {
      counts.skip(minute, profile);
      errors.skip(minute);
      return {};
    }
    const CountScore score = counts.score(minute, count, profile);
    counts.learn(score, kThreshold, true);
    const double calls = std::min(count, 4e9);
    const ErrorScore error = errors.score(minute, std::floor(calls / 50.0), calls);
    errors.learn(error, true);
    return {score.value, error.value};
  }
  std::string bytes() const {
    std::string out;
    ByteWriter writer(out);
    counts.persist(writer);
    errors.persist(writer);
    return out;
  }
};

RC_GTEST_PROP(Models, ARestartAtAnyMinuteChangesNothing, ()) {
  const std::vector<double> counts = any_counts();
  const auto restart = static_cast<size_t>(*rc::gen::inRange<int64_t>(0, static_cast<int64_t>(counts.size())));
  Run steady;
  for (size_t m = 0; m < restart; ++m) steady.next(kMonday + static_cast<int64_t>(m), counts[m]);
  const std::string bytes = steady.bytes();
  Run restored;
  ByteReader in(bytes);
  restored.counts.restore(in);
  restored.errors.restore(in);
  RC_ASSERT(in.ok() && in.at_end());
  RC_ASSERT(restored.bytes() == bytes);
  for (size_t m = restart; m < counts.size(); ++m) {
    const int64_t minute = kMonday + static_cast<int64_t>(m);
    RC_ASSERT(restored.next(minute, counts[m]) == steady.next(minute, counts[m]));
  }
  RC_ASSERT(restored.bytes() == steady.bytes());
}

RC_GTEST_PROP(Models, ShiftsByWholeWeeksChangeNothing, ()) {
  const std::vector<double> counts = any_counts();
  const auto weeks = *rc::gen::inRange<int64_t>(-5000, 5000);
  Run here;
  Run there;
  for (size_t m = 0; m < counts.size(); ++m) {
    const int64_t minute = kMonday + static_cast<int64_t>(m) + 777;
    RC_ASSERT(here.next(minute, counts[m]) == there.next(minute + weeks * kMinutesPerWeek, counts[m]));
  }
}

RC_GTEST_PROP(Models, MoreCallsNeverLowerTheIncrease, ()) {
  const std::vector<double> counts = any_counts();
  Run run;
  int64_t minute = kMonday;
  for (const double count : counts) run.next(minute++, count);
  const double level = std::max(run.counts.expected(minute, run.profile), 1.0);
  double surprise[2] = {0.0, 0.0};
  double rate = 0.0;
  double value = 0.0;
  const double step = std::max(1.0, std::floor(level / 7.0));
  for (int i = 0; i < 100; ++i) {
    const double count = step * i;
    CountModel copy = run.counts;
    const CountScore score = copy.score(minute, count, run.profile);
    for (size_t side = 0; side < 2; ++side) {
      RC_ASSERT(score.raw[side] >= surprise[side]);
      surprise[side] = score.raw[side];
    }
    // On the first day what a job may have made is left out of the window that stands out most, whichever that is.
    if (run.counts.age_days() >= 1.0 && value > 0.0) {
      RC_ASSERT(score.kind == CountScore::kIncrease);
      RC_ASSERT(score.value >= value);
    }
    if (score.kind == CountScore::kIncrease) value = score.value;
    ErrorRateModel errors = run.errors;
    const double raw = errors.score(minute, std::min(count, 4e9), std::min(100.0 * step, 4e9)).raw;
    RC_ASSERT(raw >= rate);
    rate = raw;
  }
}

// Nothing but the past decides: what a prefix of the minutes scores does not depend on what follows.
RC_GTEST_PROP(Models, APrefixScoresTheSame, ()) {
  const std::vector<double> counts = any_counts();
  const auto prefix = static_cast<size_t>(*rc::gen::inRange<int64_t>(1, static_cast<int64_t>(counts.size())));
  Run whole;
  Run part;
  std::vector<std::pair<double, double>> scores;
  for (size_t m = 0; m < counts.size(); ++m) scores.push_back(whole.next(kMonday + static_cast<int64_t>(m), counts[m]));
  for (size_t m = 0; m < prefix; ++m) RC_ASSERT(part.next(kMonday + static_cast<int64_t>(m), counts[m]) == scores[m]);
}

// Thinning calls whose rate is gamma-distributed scales the mean and keeps the size; so where Poisson noise is nothing,
// a tail depends on count / mean alone.
RC_GTEST_PROP(Models, TailsOfLargeCountsScale, ()) {
  const double size = *rc::gen::element(0.3, 2.0, 15.0, 80.0);
  const double mean = *rc::gen::element(3e7, 4e8, 1e9);
  const double ratio = 1.0 + *rc::gen::inRange(1, 300) / 100.0;
  const double here = negative_binomial_upper(mean * ratio, mean, size);
  const double there = negative_binomial_upper(64.0 * mean * ratio, 64.0 * mean, size);
  RC_ASSERT(std::abs(here / there - 1.0) < 1e-4);
}

RC_GTEST_PROP(Models, CountsOfBillionsAreExactAndStayFinite, ()) {
  Traffic traffic(*rc::gen::arbitrary<uint32_t>());
  Run run;
  std::vector<double> counts;
  for (int64_t m = 0; m < 500; ++m) {
    counts.push_back(std::floor(2e9 * traffic.uniform()));
    CountModel copy = run.counts;
    RC_ASSERT(std::isfinite(copy.score(kMonday + m, counts.back(), run.profile).value));
    RC_ASSERT(copy.windows().count_at(m) == counts.back());
    const auto [score, error] = run.next(kMonday + m, counts.back());
    RC_ASSERT(std::isfinite(score) && std::isfinite(error));
  }
  CountModel unguarded;
  for (int64_t m = 0; m < 500; ++m) {
    unguarded.learn(unguarded.score(kMonday + m, counts[static_cast<size_t>(m)], run.profile), kThreshold, false);
  }
  const double sum = std::accumulate(counts.end() - 240, counts.end(), 0.0);
  RC_ASSERT(unguarded.windows().sums(4).count == sum);
}

}  // namespace
}  // namespace insight::models
