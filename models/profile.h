// What the series of one account have in common: the shape of their day and weekend.
#pragma once

#include <Eigen/Core>

#include "models/bytes.h"
#include "models/calendar.h"

namespace insight::models {

class CountModel;

// One number per hour bin: 24 hours of working days, then 24 of weekend days.
using HourVector = Eigen::Array<double, kHourBins, 1>;

// The pooled hourly shape that a series with little history of its own leans on. A plain value.
struct Profile {
  // Expected rate in an hour bin relative to the series' mean level; 1 on average over a week.
  HourVector factors;
  // Relative variance added to the prior of a bin: 1 for a bin nobody has seen yet, towards 0 as visits grow.
  HourVector extra_variances;

  Profile();   // flat, nothing seen yet

  void persist(ByteWriter& out) const;
  // Fails, with this profile unspecified, on malformed bytes.
  void restore(ByteReader& in);
};

// Pools the hour bins of a group of series into a Profile. Add every series of the group once, then finish;
// done once an hour in the running engine. Each bin of a series counts as at most kMostEvents expected events,
// so that one busy series does not speak for the group. The order of `add` changes the result in the last bits.
class ProfilePool {
 public:
  static constexpr double kMostEvents = 20.0;

  void add(const CountModel& model);
  Profile finish() const;

 private:
  HourVector observed_ = HourVector::Zero();
  HourVector expected_ = HourVector::Zero();
  HourVector visits_ = HourVector::Zero();
  double series_ = 0.0;
};

}  // namespace insight::models
