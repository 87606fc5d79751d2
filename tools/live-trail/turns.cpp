#include "live-trail/turns.h"

#include <algorithm>
#include <utility>

namespace insight::trail {

Turns::Turns(std::vector<Incident> incidents, core::Minute first, int every)
    : incidents_(std::move(incidents)), first_(first), every_(every) {
  for (const Incident& each : incidents_) longest_ = std::max(longest_, each.minutes);
}

std::vector<Incident> Turns::at(core::Minute minute) const {
  std::vector<Incident> covering;
  const int since = minute - first_;
  if (incidents_.empty() || since < 0) return covering;
  const int last = since / every_;
  for (int turn = std::max(0, last - longest_ / every_ - 1); turn <= last; ++turn) {
    Incident incident = incidents_[static_cast<size_t>(turn) % incidents_.size()];
    incident.start = first_ + turn * every_;
    if (minute < incident.start + incident.minutes) covering.push_back(std::move(incident));
  }
  return covering;
}

const Incident* Turns::begins(core::Minute minute) const {
  const int since = minute - first_;
  if (incidents_.empty() || since < 0 || since % every_ != 0) return nullptr;
  return &incidents_[static_cast<size_t>(since / every_) % incidents_.size()];
}

}  // namespace insight::trail
