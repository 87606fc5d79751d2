// The day and week profiles that the series of one account share within a partition, hour by hour.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/time.h"
#include "models/profile.h"

namespace insight::partition {

// A profile per account, for call series. They change on the hour; those of the
// last three hours are kept, because an API that lags behind is folded with the profiles of its minutes.
class PooledProfiles {
 public:
  static constexpr int32_t kHoursKept = 3;

  const models::Profile& calls(std::string_view account, core::Minute minute) const;

  // The profiles in force from `first` (the first minute of an hour) on. An account that is not among them keeps what was
  // taken over of that hour.
  void change(core::Minute first, std::map<std::string, models::Profile, std::less<>> calls);

  void forget(std::string_view account);
  // Takes over what `other` knows of an account, unless something is known of it already.
  void adopt(const PooledProfiles& other, const std::string& account);

  void persist(core::ByteWriter& out) const;
  bool restore(core::ByteReader& in);

 private:
  using Hour = std::map<std::string, models::Profile, std::less<>>;

  const Hour* in_force(core::Minute minute) const;

  std::map<core::Minute, Hour> hours_;  // by the first minute they are in force
  models::Profile flat_;
};

}  // namespace insight::partition
