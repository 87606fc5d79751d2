#include "partition/silence.h"

#include <algorithm>

namespace insight::partition {

using core::Minute;

bool Silence::Group::was_missing(Minute minute) const {
  return std::binary_search(missing.begin(), missing.end(), minute);
}

void Silence::add(state::ApiState& api) {
  const auto [at, made] = groups_.try_emplace({std::string(api.key.account()), std::string(api.key.view().region)});
  Group& group = at->second;
  if (group.apis.empty()) {
    api.group = static_cast<uint32_t>(numbered_.size());
    numbered_.push_back(&group);
  } else {
    api.group = group.apis.front()->group;
  }
  group.apis.push_back(&api);
  group.was_silent = true;
}

void Silence::remove(state::ApiState& api) {
  auto& apis = group_of(api).apis;
  apis.erase(std::remove(apis.begin(), apis.end(), &api), apis.end());
}

void Silence::drop_empty() {
  std::erase_if(groups_, [](const auto& entry) { return entry.second.apis.empty(); });
}

void Silence::mark_missing(Group& group, Minute minute) {
  group.missing.push_back(minute);
  if (group.missing.front() + 2 * kMissingKeptMinutes > minute) return;
  std::erase_if(group.missing, [&](Minute old) { return old + kMissingKeptMinutes <= minute; });
}

void Silence::persist(core::ByteWriter& out) const {
  out.varint(groups_.size());
  for (const auto& [name, group] : groups_) {
    out.text(name.first);
    out.text(name.second);
    core::write_minute(out, group.last_row);
    out.varint(group.missing.size());
    for (const Minute minute : group.missing) core::write_minute(out, minute);
  }
}

bool Silence::restore(core::ByteReader& in) {
  groups_.clear();
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    std::string account(in.text());
    std::string region(in.text());
    Group& group = groups_[{std::move(account), std::move(region)}];
    group.last_row = core::read_minute(in);
    for (size_t minutes = in.count(); minutes > 0 && in.ok(); --minutes) group.missing.push_back(core::read_minute(in));
  }
  return in.ok();
}

}  // namespace insight::partition
