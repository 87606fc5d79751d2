// Seasonal rate with partial pooling.
//
// Method: 48 hour bins (24 hours on working days, 24 at weekends). A bin's rate is a weighted mean of its own
// discounted rate and of the prior "the series' level times the account's pooled profile":
//   rate = w A/n + (1 - w) level profile,   w = t / (t + o),
// with t the relative variance of the prior (0.25^2, plus what the profile itself does not know) and o that of the
// bin's own data (Poisson, plus dispersion per visit). This is the Buehlmann credibility of the bin. Neighbouring
// bins are joined linearly from mid-hour to mid-hour. The posterior variance enters the size of the predictive
// negative binomial. A factor per minute of the hour is learned always, and used only while the busiest six minutes
// of the hour hold clearly more than a tenth of the events (jobs on the hour or the half hour).
//
// Blind to: holidays, months, and differences between the five working days.
//
// Sources: C. P. Farrington et al. 1996 and A. Noufaily et al. 2013 (seasonal baselines that down-weight outbreaks);
// H. Buehlmann, "Experience rating and credibility", ASTIN Bulletin 4(3), 1967.
#include "models/season.h"

#include <algorithm>
#include <cmath>

#include "models/bytes.h"

namespace insight::models {
namespace {

constexpr double kPriorVariance = 0.25 * 0.25;   // relative, of a bin around level x profile
constexpr double kLeastRate = 1e-7;
constexpr double kLevelDecay = 1.0 - 0.0001;     // a minute: the level remembers about a week
constexpr double kVisitDecay = 0.85;             // of a bin, each time its hour ends
constexpr double kMinuteBinDecay = 0.992;        // an hour
constexpr size_t kBusiest = 6;                   // minutes of the hour that tell whether there is a pattern

}  // namespace

Season::Rate Season::rate(int64_t minute, const Profile& profile, double hour_dispersion) const {
  const int bin = hour_bin(minute);
  const auto of_hour = static_cast<size_t>(minute_of_hour(minute));
  const double position = (static_cast<double>(of_hour) + 0.5) / 60.0;
  const int neighbour = hour_bin(position < 0.5 ? minute - 60 : minute + 60);
  const double share = std::abs(position - 0.5);
  const Estimate here = hour_rate(bin, profile, hour_dispersion);
  const Estimate there = hour_rate(neighbour, profile, hour_dispersion);
  Rate result;
  result.base = (1.0 - share) * here.rate + share * there.rate;
  result.variance = (1.0 - share) * here.variance + share * there.variance;
  result.rate = result.base;
  result.profile = profile.factors[bin];
  if (follows_minute_of_hour_) {
    const MinuteBin& own = minutes_[of_hour];
    result.rate *= std::max((own.count + 0.5) / (own.expected + 0.5), 1e-3);
  }
  return result;
}

Season::Estimate Season::hour_rate(int bin, const Profile& profile, double hour_dispersion) const {
  const auto b = static_cast<size_t>(bin);
  const double prior_variance = kPriorVariance + profile.extra_variances[b];
  const double level_variance = 1.0 / (level_count_ + 0.5);
  const double prior = std::max(level() * profile.factors[b], kLeastRate);
  const HourBin& own = hours_[b];
  if (own.minutes < 1.0) return {prior, prior_variance + level_variance};
  const double own_variance = 1.0 / (own.count + 0.5) + std::max(hour_dispersion, 0.01) / std::max(own.visits, 0.3);
  const double w = prior_variance / (prior_variance + own_variance);
  return {w * own.count / own.minutes + (1.0 - w) * prior,
          w * w * own_variance + (1.0 - w) * (1.0 - w) * (prior_variance + level_variance)};
}

void Season::learn(int64_t minute, double count, double raw, const Rate& rate, double minute_weight) {
  level_count_ = level_count_ * kLevelDecay + count;
  level_minutes_ = level_minutes_ * kLevelDecay + rate.profile;
  HourBin& hour = hours_[static_cast<size_t>(hour_bin(minute))];
  hour.count += count;
  hour.minutes += 1.0;
  MinuteBin& own = minutes_[static_cast<size_t>(minute_of_hour(minute))];
  own.count += minute_weight * raw + (1.0 - minute_weight) * rate.rate;
  own.expected += rate.base;
}

void Season::roll_over(int64_t minute, double age_days, double minute_dispersion) {
  HourBin& hour = hours_[static_cast<size_t>(hour_bin(minute))];
  hour.visits = hour.visits * kVisitDecay + 1.0;
  hour.count *= kVisitDecay;
  hour.minutes *= kVisitDecay;
  follows_minute_of_hour_ = shows_minute_of_hour(age_days, minute_dispersion);
  if (age_days <= 1.0) return;
  for (MinuteBin& own : minutes_) {
    own.count *= kMinuteBinDecay;
    own.expected *= kMinuteBinDecay;
  }
}

bool Season::shows_minute_of_hour(double age_days, double minute_dispersion) const {
  std::array<double, 60> counts{};
  double total = 0.0;
  for (size_t i = 0; i < counts.size(); ++i) {
    counts[i] = minutes_[i].count;
    total += counts[i];
  }
  if (total <= 10.0 || age_days <= 0.12) return false;
  std::nth_element(counts.begin(), counts.end() - kBusiest, counts.end());
  std::sort(counts.end() - kBusiest, counts.end());
  double busiest = 0.0;
  for (auto count = counts.end() - kBusiest; count != counts.end(); ++count) busiest += *count;
  const double hours = 24.0 * std::min(age_days, 5.0) + 1.0;
  const double deviation = std::sqrt(60.0 / total + std::max(minute_dispersion, 0.02) / hours);
  return busiest / total > 0.1 * (1.0 + 2.2 * deviation) + 0.04;
}

void Season::persist(std::string& out) const {
  put_double(out, level_count_);
  put_double(out, level_minutes_);
  put_u8(out, follows_minute_of_hour_ ? 1 : 0);
  for (const HourBin& hour : hours_) {
    put_double(out, hour.count);
    put_double(out, hour.minutes);
    put_double(out, hour.visits);
  }
  for (const MinuteBin& own : minutes_) {
    put_double(out, own.count);
    put_double(out, own.expected);
  }
}

bool Season::restore(std::string_view& in) {
  uint8_t follows = 0;
  if (!take_double(in, level_count_) || !take_double(in, level_minutes_) || !take_u8(in, follows) || follows > 1) {
    return false;
  }
  follows_minute_of_hour_ = follows == 1;
  for (HourBin& hour : hours_) {
    if (!take_double(in, hour.count) || !take_double(in, hour.minutes) || !take_double(in, hour.visits)) return false;
  }
  for (MinuteBin& own : minutes_) {
    if (!take_double(in, own.count) || !take_double(in, own.expected)) return false;
  }
  return true;
}

}  // namespace insight::models
