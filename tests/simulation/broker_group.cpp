#include "tests/simulation/broker_group.h"

#include <algorithm>

namespace insight::simulation {

using kafka::TopicPartition;
using kafka::TopicPartitionOffset;

Group::Joined Group::join(const JoinRequest& request, const std::string& new_id, Timestamp now) {
  if (!request.instance.empty()) return join_static(request, new_id, now);
  if (!request.member.empty() && !members_.contains(request.member)) return {Code::kUnknownMember, {}};
  const std::string id = request.member.empty() ? new_id : request.member;
  add(request, id, now);
  prepare(now);
  return {Code::kNone, id};
}

// A static member that comes back takes the place of its former self, and its share, without a rebalance.
Group::Joined Group::join_static(const JoinRequest& request, const std::string& new_id, Timestamp now) {
  const auto known = instances_.find(request.instance);
  if (!request.member.empty()) {
    if (known == instances_.end()) return {Code::kUnknownMember, {}};
    if (known->second != request.member) return {Code::kFencedInstance, {}};
    add(request, request.member, now);
    prepare(now);
    return {Code::kNone, request.member};
  }
  if (known == instances_.end()) {
    instances_[request.instance] = new_id;
    add(request, new_id, now);
    prepare(now);
    return {Code::kNone, new_id};
  }
  Member former = members_.at(known->second);
  members_.erase(known->second);
  known->second = new_id;
  const bool same_topics = former.request.topics == request.topics;
  add(request, new_id, now);
  if (state_ == State::kStable && same_topics) {
    members_[new_id].share = former.share;
    members_[new_id].joined = false;
  } else {
    prepare(now);
  }
  return {Code::kNone, new_id};
}

void Group::add(const JoinRequest& request, const std::string& id, Timestamp now) {
  Member& member = members_[id];
  member.request = request;
  member.heard = now;
  member.joined = true;
}

void Group::prepare(Timestamp now) {
  if (state_ == State::kPreparing) return;
  state_ = State::kPreparing;
  Duration longest{0};
  for (const auto& [id, member] : members_) longest = std::max(longest, member.request.rebalance_timeout);
  joining_until_ = now + longest;
}

void Group::complete(Timestamp now, const std::map<std::string, int32_t>& partitions) {
  ++generation_;
  Candidates candidates;
  // Of two that claim a partition the one that owned it later is right.
  std::map<TopicPartition, std::pair<int32_t, std::string>> owners;
  for (const auto& [id, member] : members_)
    for (const TopicPartition& at : member.request.owned)
      owners[at] = std::max(owners[at], std::pair(member.request.generation, id));
  for (const auto& [id, member] : members_) {
    Candidate& candidate = candidates[id];
    candidate.topics = member.request.topics;
    for (const TopicPartition& at : member.request.owned)
      if (owners.at(at).second == id) candidate.owned.insert(at);
  }
  const Assignments shares = assign_cooperatively(candidates, partitions);
  for (auto& [id, member] : members_) {
    member.share = shares.at(id);
    member.joined = false;
    member.heard = now;
  }
  state_ = members_.empty() ? State::kEmpty : State::kStable;
}

Group::Heard Group::heartbeat(const Membership& membership, Timestamp now) {
  if (!membership.instance.empty()) {
    const auto known = instances_.find(membership.instance);
    if (known != instances_.end() && known->second != membership.member) return {Code::kFencedInstance};
  }
  const auto at = members_.find(membership.member);
  if (at == members_.end()) return {Code::kUnknownMember};
  at->second.heard = now;
  if (state_ == State::kPreparing) return {Code::kRebalanceInProgress, at->second.joined};
  return {Code::kNone, false, generation_, at->second.share};
}

void Group::leave(const std::string& member, Timestamp now) {
  if (members_.erase(member) == 0) return;
  std::erase_if(instances_, [&](const auto& entry) { return entry.second == member; });
  if (state_ == State::kStable) prepare(now);
}

void Group::advance(Timestamp now, const std::map<std::string, int32_t>& partitions) {
  std::vector<std::string> gone;
  for (const auto& [id, member] : members_) {
    // One that waits for the others keeps its connection; nobody counts its silence.
    const bool waits = state_ == State::kPreparing && member.joined;
    const bool silent = !waits && now - member.heard > member.request.session_timeout;
    const bool too_late = state_ == State::kPreparing && !member.joined && now >= joining_until_;
    if (silent || too_late) gone.push_back(id);
  }
  for (const std::string& id : gone) leave(id, now);
  const bool all_joined =
      std::all_of(members_.begin(), members_.end(), [](const auto& entry) { return entry.second.joined; });
  if (state_ == State::kPreparing && all_joined) complete(now, partitions);
}

Code Group::check(const Membership& membership, bool transactional) const {
  if (membership.member.empty() || membership.generation < 0) {
    // A transaction's offsets are taken from anybody who says no member; others only while the group has none.
    return transactional || members_.empty() ? Code::kNone : Code::kUnknownMember;
  }
  if (!membership.instance.empty()) {
    const auto known = instances_.find(membership.instance);
    if (known != instances_.end() && known->second != membership.member) return Code::kFencedInstance;
  }
  if (!members_.contains(membership.member)) return Code::kUnknownMember;
  return membership.generation == generation_ ? Code::kNone : Code::kIllegalGeneration;
}

Code Group::commit(const Membership& membership, const std::vector<TopicPartitionOffset>& offsets) {
  if (const Code code = check(membership, false); code != Code::kNone) return code;
  for (const auto& at : offsets) offsets_[{at.topic, at.partition}] = {{at.offset, at.metadata}, ++commits_};
  return Code::kNone;
}

Code Group::commit_in_transaction(const Membership& membership, TransactionNumber transaction,
                                  const std::vector<TopicPartitionOffset>& offsets) {
  if (const Code code = check(membership, true); code != Code::kNone) return code;
  for (const auto& at : offsets)
    pending_[transaction][{at.topic, at.partition}] = {{at.offset, at.metadata}, ++commits_};
  return Code::kNone;
}

void Group::end_transaction(TransactionNumber transaction, bool commit) {
  const auto found = pending_.find(transaction);
  if (found == pending_.end()) return;
  for (const auto& [at, stored] : found->second)
    if (Stored& now = offsets_[at]; commit && now.order < stored.order) now = stored;
  pending_.erase(found);
}

std::optional<CommittedOffset> Group::committed(const TopicPartition& partition, bool stable_only) const {
  const bool unstable = std::any_of(pending_.begin(), pending_.end(),
                                    [&](const auto& entry) { return entry.second.contains(partition); });
  if (stable_only && unstable) return std::nullopt;
  const auto at = offsets_.find(partition);
  return at == offsets_.end() ? CommittedOffset{} : at->second.offset;
}

void Group::forget_topic(const std::string& topic) {
  const auto is_of_topic = [&](const auto& entry) { return entry.first.topic == topic; };
  std::erase_if(offsets_, is_of_topic);
  for (auto& [transaction, offsets] : pending_) std::erase_if(offsets, is_of_topic);
}

void Group::forget_offsets() { offsets_.clear(); }

}  // namespace insight::simulation
