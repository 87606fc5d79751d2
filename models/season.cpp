// Seasonal rate with partial pooling.
//
// Method: 48 hour bins (24 hours on working days, 24 at weekends). A bin's rate is a weighted mean of its own
// discounted rate and of the prior "the series' level times the account's pooled profile":
//   rate = w A/n + (1 - w) level profile,   w = t / (t + o),
// with t the relative variance of the prior (0.25^2, plus what the profile itself does not know) and o that of the
// bin's own data (Poisson of what came or was to be expected, whichever is more, plus dispersion per visit). This is
// the Buehlmann credibility of the bin. Neighbouring bins are joined linearly from mid-hour to mid-hour; where they
// differ much, nobody knows when within the hour the rate changes, and the square of the relative step that the
// line has taken is added to the variance: the beginning of a weekend is no decrease. The posterior variance enters the size of the predictive
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

#include "models/minute_windows.h"
#include "models/packing.h"

namespace insight::models {
namespace {

constexpr double kPriorVariance = 0.25 * 0.25;  // relative, of a bin around level x profile
constexpr double kStepVariance = 1.0;  // of the part of the step to the neighbouring bin that is taken
constexpr double kLeastRate = 1e-7;
constexpr double kLevelDecay = 1.0 - 0.0001;  // a minute: the level remembers about a week
constexpr double kVisitDecay = 0.85;  // of a bin, each time its hour ends
constexpr double kMinuteBinDecay = 0.992;  // an hour
constexpr double kUnit = 0x1p-6;  // of what is kept of hours and minutes
constexpr int kMinutesPerHour = 60;
constexpr size_t kBusiest = 6;  // minutes of the hour that tell whether there is a pattern

// Discounted visits after so many; the last is the limit.
std::array<double, 256> discounted_visits() {
  std::array<double, 256> visits{};
  for (size_t i = 1; i < visits.size(); ++i) visits[i] = visits[i - 1] * kVisitDecay + 1.0;
  return visits;
}

const std::array<double, 256> kVisits = discounted_visits();

double in_events(Short kept) { return kept * kUnit; }

// Rounds so that many small steps keep their sum: up or down by turns, by the hour of the week.
Short kept(double events, int64_t minute) {
  return Short(events / kUnit, golden_dither(minute_of_week(minute) / kMinutesPerHour));
}

bool restore_codes(ByteReader& in, std::span<uint64_t> codes) {
  unpack_near(in, codes);
  const bool valid = std::all_of(codes.begin(), codes.end(), [](uint64_t code) { return code <= Short::kMostCode; });
  if (!valid) in.fail();
  return in.ok();
}

}  // namespace

Season::HourBin Season::hour(int bin) const {
  const KeptHour& kept_hour = hours_[static_cast<size_t>(bin)];
  HourBin hour{in_events(kept_hour.count), in_events(kept_hour.minutes), kVisits[kept_hour.visits]};
  if (bin != open_hour_) return hour;
  hour.count += open_count_;
  hour.minutes += open_minutes_;
  return hour;
}

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
  const double step = share * (there.rate - here.rate) / result.base;
  result.variance += kStepVariance * step * step;
  result.rate = result.base;
  result.profile = profile.factors[bin];
  if (follows_minute_of_hour_) {
    const MinuteBin& own = minutes_[of_hour];
    result.rate *= std::max((in_events(own.count) + 0.5) / (in_events(own.expected) + 0.5), 1e-3);
  }
  result.rate = MinuteWindows::kept(result.rate);  // so that whoever asks compares the same
  return result;
}

Season::Estimate Season::hour_rate(int bin, const Profile& profile, double hour_dispersion) const {
  const auto b = static_cast<size_t>(bin);
  const double prior_variance = kPriorVariance + profile.extra_variances[b];
  const double level_variance = 1.0 / (level_count_ + 0.5);
  const double prior = std::max(level() * profile.factors[b], kLeastRate);
  const HourBin own = hour(bin);
  if (own.minutes < 1.0) return {prior, prior_variance + level_variance};
  const double informative = std::max(own.count, own.minutes * prior);
  const double own_variance = 1.0 / (informative + 0.5) + std::max(hour_dispersion, 0.01) / std::max(own.visits, 0.3);
  const double w = prior_variance / (prior_variance + own_variance);
  return {w * own.count / own.minutes + (1.0 - w) * prior,
          w * w * own_variance + (1.0 - w) * (1.0 - w) * (prior_variance + level_variance)};
}

void Season::learn(int64_t minute, double count, double raw, const Rate& rate, double minute_weight) {
  level_count_ = level_count_ * kLevelDecay + count;
  level_minutes_ = level_minutes_ * kLevelDecay + rate.profile;
  open_hour_ = static_cast<uint8_t>(hour_bin(minute));
  open_count_ += count;
  ++open_minutes_;
  MinuteBin& own = minutes_[static_cast<size_t>(minute_of_hour(minute))];
  own.count = kept(in_events(own.count) + minute_weight * raw + (1.0 - minute_weight) * rate.rate, minute);
  own.expected = kept(in_events(own.expected) + rate.base, minute);
}

void Season::roll_over(int64_t minute, double age_days, double minute_dispersion) {
  const int bin = hour_bin(minute);
  const HourBin ended = hour(bin);
  KeptHour& own_hour = hours_[static_cast<size_t>(bin)];
  own_hour.count = kept(ended.count * kVisitDecay, minute);
  own_hour.minutes = Short(ended.minutes * kVisitDecay / kUnit);
  if (own_hour.visits < kVisits.size() - 1) ++own_hour.visits;
  open_count_ = 0.0;
  open_minutes_ = 0;
  follows_minute_of_hour_ = shows_minute_of_hour(age_days, minute_dispersion);
  if (age_days <= 1.0) return;
  for (MinuteBin& own : minutes_) {
    own.count = kept(in_events(own.count) * kMinuteBinDecay, minute);
    own.expected = kept(in_events(own.expected) * kMinuteBinDecay, minute);
  }
}

bool Season::shows_minute_of_hour(double age_days, double minute_dispersion) const {
  std::array<double, 60> counts{};
  double total = 0.0;
  for (size_t i = 0; i < counts.size(); ++i) {
    counts[i] = in_events(minutes_[i].count);
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

void Season::persist(ByteWriter& out) const {
  for (const Single value : {level_count_, level_minutes_, open_count_}) pack(out, value);
  for (const uint8_t value : {uint8_t{follows_minute_of_hour_}, open_hour_, open_minutes_}) out.u8(value);
  std::array<uint64_t, kHourBins> hours{};
  const auto pack_hours = [&](auto&& part) {
    std::transform(hours_.begin(), hours_.end(), hours.begin(), part);
    pack_near(out, hours);
  };
  pack_hours([](const KeptHour& hour) { return uint64_t{hour.visits}; });
  pack_hours([](const KeptHour& hour) { return uint64_t{hour.minutes.code()}; });
  pack_hours([](const KeptHour& hour) { return uint64_t{hour.count.code()}; });
  std::array<uint64_t, 60> minutes{};
  const auto pack_minutes = [&](auto&& part) {
    std::transform(minutes_.begin(), minutes_.end(), minutes.begin(), part);
    pack_near(out, minutes);
  };
  pack_minutes([](const MinuteBin& own) { return uint64_t{own.count.code()}; });
  pack_minutes([](const MinuteBin& own) { return uint64_t{own.expected.code()}; });
}

void Season::restore(ByteReader& in) {
  for (Single* value : {&level_count_, &level_minutes_, &open_count_}) unpack(in, *value);
  follows_minute_of_hour_ = in.varint_up_to(1) == 1;
  open_hour_ = static_cast<uint8_t>(in.varint_up_to(kHourBins - 1));
  open_minutes_ = static_cast<uint8_t>(in.varint_up_to(kMinutesPerHour));
  const auto short_of = [](uint64_t code) { return Short::of_code(static_cast<uint16_t>(code)); };
  std::array<uint64_t, kHourBins> hours{};
  unpack_near(in, hours);
  for (size_t i = 0; i < hours.size(); ++i) {
    if (hours[i] >= kVisits.size()) return in.fail();
    hours_[i].visits = static_cast<uint8_t>(hours[i]);
  }
  if (!restore_codes(in, hours)) return;
  for (size_t i = 0; i < hours.size(); ++i) hours_[i].minutes = short_of(hours[i]);
  if (!restore_codes(in, hours)) return;
  for (size_t i = 0; i < hours.size(); ++i) hours_[i].count = short_of(hours[i]);
  std::array<uint64_t, 60> minutes{};
  if (!restore_codes(in, minutes)) return;
  for (size_t i = 0; i < minutes.size(); ++i) minutes_[i].count = short_of(minutes[i]);
  if (!restore_codes(in, minutes)) return;
  for (size_t i = 0; i < minutes.size(); ++i) minutes_[i].expected = short_of(minutes[i]);
}

}  // namespace insight::models
