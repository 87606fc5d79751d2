// The expected rate of a series by hour of day, weekend and minute of hour.
#pragma once

#include <array>
#include <cstdint>

#include "models/bytes.h"
#include "models/calendar.h"
#include "models/code_columns.h"
#include "models/profile.h"
#include "models/rounded.h"

namespace insight::models {

// Discounted counts and exposure per hour bin, shrunk towards level x pooled profile, and a factor per minute of
// the hour that is used only while the series shows one (`follows_minute_of_hour`). What one hour adds is kept to 24 bits,
// what many hours have left to 9. A value of some hundred bytes.
class Season {
 public:
  struct Rate {
    double base = 0.0;  // events per minute, by hour of day and kind of day
    double rate = 0.0;  // base times the minute-of-hour factor
    double variance = 0.0;  // relative variance of base: how little is known
    double profile = 1.0;  // the profile's factor of the hour
  };
  struct HourBin {
    double count = 0.0;  // discounted events
    double minutes = 0.0;  // discounted exposure
    double visits = 0.0;  // discounted number of such hours seen
  };

  // `hour_dispersion`: relative variance of an hour's count beyond Poisson.
  Rate rate(int64_t minute, const Profile& profile, double hour_dispersion) const;

  // `count` is the count as far as it is trusted; `raw` and the expected rate are mixed by `minute_weight` for the
  // minute-of-hour table.
  void learn(int64_t minute, double count, double raw, const Rate& rate, double minute_weight);

  // At the end of the last minute of an hour. `minute_dispersion`: as above, of a minute's count.
  void roll_over(int64_t minute, double age_days, double minute_dispersion);

  double level() const { return level_count_ / level_minutes_; }  // events per profile-weighted minute
  HourBin hour(int bin) const;
  bool follows_minute_of_hour() const { return follows_minute_of_hour_; }

  void persist(ByteWriter& out) const;
  void restore(ByteReader& in);

 private:
  // What is kept, in columns. By hour bin, as it was after the last such hour: visits, not discounted (255 stands for more);
  // exposure and events as codes of Shorts, in units. By minute of the hour: events and what was expected, likewise.
  enum Column : uint8_t { kVisits, kExposures, kEvents, kMinuteEvents, kMinuteExpected };
  using Kept = CodeColumns<kHourBins, kHourBins, kHourBins, 60, 60>;
  struct Estimate {
    double rate;
    double variance;
  };
  Estimate hour_rate(int bin, const Profile& profile, double hour_dispersion) const;
  static bool shows_minute_of_hour(const Kept::Codes& codes, double age_days, double minute_dispersion);

  Single level_count_ = 0.5;
  Single level_minutes_ = 10.0;
  bool follows_minute_of_hour_ = false;
  uint8_t open_hour_ = 0;  // bin of the hour going on
  uint8_t open_minutes_ = 0;  // learned of it
  Single open_count_;
  Kept kept_;
};

}  // namespace insight::models
