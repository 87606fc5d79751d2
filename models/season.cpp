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

const std::array<double, 256> kDiscountedVisits = discounted_visits();

double in_events(uint16_t code) { return Short::of_code(code) * kUnit; }

// Rounds so that many small steps keep their sum: up or down by turns, by the hour of the week.
uint16_t kept(double events, int64_t minute) {
  return Short(events / kUnit, golden_dither(minute_of_week(minute) / kMinutesPerHour)).code();
}

}  // namespace

Season::HourBin Season::hour(int bin) const {
  const auto row = static_cast<size_t>(bin);
  HourBin hour{in_events(kept_.get(kEvents, row)), in_events(kept_.get(kExposures, row)),
               kDiscountedVisits[kept_.get(kVisits, row)]};
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
    const double events = in_events(kept_.get(kMinuteEvents, of_hour));
    result.rate *= std::max((events + 0.5) / (in_events(kept_.get(kMinuteExpected, of_hour)) + 0.5), 1e-3);
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
  const auto of_hour = static_cast<size_t>(minute_of_hour(minute));
  const double events =
      in_events(kept_.get(kMinuteEvents, of_hour)) + minute_weight * raw + (1.0 - minute_weight) * rate.rate;
  kept_.set(kMinuteEvents, of_hour, kept(events, minute));
  kept_.set(kMinuteExpected, of_hour, kept(in_events(kept_.get(kMinuteExpected, of_hour)) + rate.base, minute));
}

void Season::roll_over(int64_t minute, double age_days, double minute_dispersion) {
  const int bin = hour_bin(minute);
  const HourBin ended = hour(bin);
  Kept::Codes codes = kept_.all();
  const auto row = static_cast<size_t>(bin);
  codes[Kept::begin_of(kEvents) + row] = kept(ended.count * kVisitDecay, minute);
  codes[Kept::begin_of(kExposures) + row] = Short(ended.minutes * kVisitDecay / kUnit).code();
  uint16_t& visits = codes[Kept::begin_of(kVisits) + row];
  if (visits < kDiscountedVisits.size() - 1) ++visits;
  open_count_ = 0.0;
  open_minutes_ = 0;
  follows_minute_of_hour_ = shows_minute_of_hour(codes, age_days, minute_dispersion);
  if (age_days > 1.0) {
    for (size_t i = Kept::begin_of(kMinuteEvents); i < codes.size(); ++i)
      codes[i] = kept(in_events(codes[i]) * kMinuteBinDecay, minute);
  }
  kept_.assign(codes);
}

bool Season::shows_minute_of_hour(const Kept::Codes& codes, double age_days, double minute_dispersion) {
  std::array<double, 60> counts{};
  double total = 0.0;
  for (size_t i = 0; i < counts.size(); ++i) {
    counts[i] = in_events(codes[Kept::begin_of(kMinuteEvents) + i]);
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
  const Kept::Codes codes = kept_.all();
  std::array<uint64_t, Kept::kCodes> values{};
  std::copy(codes.begin(), codes.end(), values.begin());
  for (size_t column = 0; column < Kept::kColumns; ++column)
    pack_near(out, std::span(values).subspan(Kept::begin_of(column), Kept::kRows[column]));
}

void Season::restore(ByteReader& in) {
  for (Single* value : {&level_count_, &level_minutes_, &open_count_}) unpack(in, *value);
  follows_minute_of_hour_ = in.varint_up_to(1) == 1;
  open_hour_ = static_cast<uint8_t>(in.varint_up_to(kHourBins - 1));
  open_minutes_ = static_cast<uint8_t>(in.varint_up_to(kMinutesPerHour));
  Kept::Codes codes{};
  std::array<uint64_t, Kept::kCodes> values{};
  for (size_t column = 0; column < Kept::kColumns; ++column) {
    const std::span<uint64_t> list = std::span(values).subspan(Kept::begin_of(column), Kept::kRows[column]);
    const uint64_t most = column == kVisits ? kDiscountedVisits.size() - 1 : Short::kMostCode;
    unpack_near(in, list);
    if (std::any_of(list.begin(), list.end(), [&](uint64_t value) { return value > most; })) return in.fail();
  }
  std::transform(values.begin(), values.end(), codes.begin(),
                 [](uint64_t value) { return static_cast<uint16_t>(value); });
  kept_.assign(codes);
}

}  // namespace insight::models
