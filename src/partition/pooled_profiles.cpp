#include "partition/pooled_profiles.h"

namespace insight::partition {

using core::Minute;
using models::Profile;

const PooledProfiles::Hour* PooledProfiles::in_force(Minute minute) const {
  auto at = hours_.upper_bound(minute);
  return at == hours_.begin() ? nullptr : &std::prev(at)->second;
}

const Profile& PooledProfiles::calls(std::string_view account, Minute minute) const {
  const Hour* hour = in_force(minute);
  if (hour == nullptr) return flat_;
  const auto at = hour->find(account);
  return at == hour->end() ? flat_ : at->second;
}

void PooledProfiles::change(Minute first, std::map<std::string, Profile, std::less<>> calls) {
  Hour& hour = hours_[first];
  calls.merge(hour);
  hour = std::move(calls);
  // One more than the hours kept: the oldest minute of the last three may need the profile before it. What was taken over
  // may know later hours, too.
  const Minute kept = first - kHoursKept * 60;
  while (hours_.size() > kHoursKept + 1 && std::next(hours_.begin())->first <= kept) hours_.erase(hours_.begin());
}

void PooledProfiles::forget(std::string_view account) {
  for (auto& [first, hour] : hours_)
    if (const auto at = hour.find(account); at != hour.end()) hour.erase(at);
}

void PooledProfiles::adopt(const PooledProfiles& other, const std::string& account) {
  for (const auto& [first, hour] : other.hours_)
    if (const auto at = hour.find(account); at != hour.end()) hours_[first].try_emplace(account, at->second);
}

void PooledProfiles::persist(core::ByteWriter& out) const {
  out.varint(hours_.size());
  for (const auto& [first, hour] : hours_) {
    out.zigzag(first.value);
    out.varint(hour.size());
    for (const auto& [account, profile] : hour) {
      out.text(account);
      profile.persist(out);
    }
  }
}

bool PooledProfiles::restore(core::ByteReader& in) {
  hours_.clear();
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    Hour& hour = hours_[{static_cast<int32_t>(in.zigzag())}];
    for (size_t accounts = in.count(); accounts > 0 && in.ok(); --accounts) {
      hour[std::string(in.text())].restore(in);
    }
  }
  return in.ok();
}

}  // namespace insight::partition
