// Tells the silence of everything from the silence of one API.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"
#include "state/api_state.h"

namespace insight::partition {

// A stretch without any row is missing, for the partition or for one account and Region in it, when at least
// five APIs there, each expecting at least five calls in it, are all silent. With fewer APIs, silence is
// each API's own decrease. Knows the APIs by groups; borrowed, to be told of each that comes and goes.
class Silence {
 public:
  static constexpr int kApisNeeded = 5;
  static constexpr double kCallsNeeded = 5;

  // APIs of one account and Region. Minutes that were missing are remembered for as long as an API may lag.
  struct Group {
    std::vector<state::ApiState*> apis;
    bool was_silent = true;      // its APIs may count what they expect of a silence
    core::Minute last_row = core::kNoMinute;
    std::vector<core::Minute> missing;

    bool was_missing(core::Minute minute) const;
  };

  // Of an API that was added.
  Group& group_of(const state::ApiState& api) { return *numbered_[api.group]; }
  void add(state::ApiState& api);
  void remove(state::ApiState& api);
  // Forgets the groups that hold no API.
  void drop_empty();

  // Judges a minute before it closes. `rows`: the APIs that have rows in it; `expected(api)`: calls expected
  // of an API in it. Returns how many groups are missing in it.
  template <typename Expected>
  int judge(core::Minute minute, const std::vector<state::ApiState*>& rows, Expected&& expected);

  const std::map<std::pair<std::string, std::string>, Group>& groups() const { return groups_; }

  void persist(core::ByteWriter& out) const;
  // APIs are added afterwards.
  bool restore(core::ByteReader& in);

 private:
  static constexpr int32_t kMissingKeptMinutes = 180;

  void mark_missing(Group& group, core::Minute minute);

  std::map<std::pair<std::string, std::string>, Group> groups_;   // by account and Region
  std::vector<Group*> numbered_;   // by ApiState::group, which no API of a dropped group has
};

template <typename Expected>
int Silence::judge(core::Minute minute, const std::vector<state::ApiState*>& rows, Expected&& expected) {
  for (const auto* api : rows) group_of(*api).last_row = minute;
  int waiting_anywhere = 0;
  bool all_silent = true;
  std::vector<std::pair<Group*, int>> silent;
  for (auto& [name, group] : groups_) {
    if (group.last_row == minute) {
      if (std::exchange(group.was_silent, false))
        for (auto* api : group.apis) api->silent_expected = 0;
      all_silent = false;
      continue;
    }
    int waiting = 0;
    group.was_silent = true;
    for (auto* api : group.apis) {
      api->silent_expected += expected(*api);
      if (api->silent_expected >= kCallsNeeded) ++waiting;
    }
    waiting_anywhere += waiting;
    silent.emplace_back(&group, waiting);
  }
  int missing = 0;
  for (auto& [group, waiting] : silent) {
    if (waiting < kApisNeeded && !(all_silent && waiting_anywhere >= kApisNeeded)) continue;
    mark_missing(*group, minute);
    ++missing;
  }
  return missing;
}

}  // namespace insight::partition
