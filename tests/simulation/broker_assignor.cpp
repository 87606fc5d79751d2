#include "tests/simulation/broker_assignor.h"

#include <algorithm>
#include <optional>

namespace insight::simulation {
namespace {

using kafka::TopicPartition;

bool reads(const Candidate& member, const std::string& topic) {
  return std::find(member.topics.begin(), member.topics.end(), topic) != member.topics.end();
}

std::set<TopicPartition> subscribed(const Candidates& members, const std::map<std::string, int32_t>& partitions) {
  std::set<TopicPartition> all;
  for (const auto& [topic, count] : partitions) {
    const bool wanted =
        std::any_of(members.begin(), members.end(), [&](const auto& member) { return reads(member.second, topic); });
    for (int32_t i = 0; wanted && i < count; ++i) all.insert({topic, i});
  }
  return all;
}

// The member with the fewest partitions that reads the topic; the first of equals.
std::string least_loaded(const Candidates& members, const Assignments& given, const std::string& topic) {
  std::optional<std::string> best;
  for (const auto& [id, member] : members)
    if (reads(member, topic) && (!best || given.at(id).size() < given.at(*best).size())) best = id;
  return *best;
}

}  // namespace

Assignments assign_cooperatively(const Candidates& members, const std::map<std::string, int32_t>& partitions) {
  Assignments given;
  std::map<TopicPartition, std::string> owners;
  for (const auto& [id, member] : members) {
    given[id];
    for (const TopicPartition& at : member.owned) owners.try_emplace(at, id);
  }
  if (members.empty()) return given;

  std::set<TopicPartition> open = subscribed(members, partitions);
  const size_t least = open.size() / members.size();
  size_t larger_shares = open.size() % members.size();
  for (const auto& [id, member] : members) {
    for (const TopicPartition& at : member.owned) {
      if (!open.contains(at) || owners.at(at) != id || !reads(member, at.topic)) continue;
      const size_t held = given[id].size();
      if (held > least || (held == least && larger_shares == 0)) break;
      if (held == least) --larger_shares;
      given[id].insert(at);
    }
    for (const TopicPartition& at : given[id]) open.erase(at);
  }
  for (const TopicPartition& at : open) {
    const std::string id = least_loaded(members, given, at.topic);
    given[id].insert(at);
  }
  for (auto& [id, share] : given) {
    std::erase_if(share, [&](const TopicPartition& at) {
      const auto owner = owners.find(at);
      return owner != owners.end() && owner->second != id;
    });
  }
  return given;
}

}  // namespace insight::simulation
