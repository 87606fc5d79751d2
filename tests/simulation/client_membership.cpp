// The simulated consumer as a member of its group: rebalances, commits, leaving.
#include <algorithm>

#include "tests/simulation/client_consumer.h"

namespace insight::simulation {
namespace {

using kafka::TopicPartition;

constexpr kafka::Milliseconds kCommitTimeout{60'000};   // librdkafka's, when it is asked to wait

kafka::Error not_a_member() {
  kafka::Error error = make_error(Code::kUnknownMember, "not a member of the group at the moment");
  error.abortable = true;
  return error;
}

std::vector<TopicPartition> to_list(const std::set<TopicPartition>& partitions) {
  return {partitions.begin(), partitions.end()};
}

}  // namespace

kafka::Error SimulatedConsumer::subscribe(const std::vector<std::string>& topics, kafka::RebalanceHandler& handler) {
  topics_ = topics;
  handler_ = &handler;
  return {};
}

// ---- what librdkafka's own threads do

void SimulatedConsumer::beat() {
  const core::Timestamp at = now();
  const Instance& instance = cluster_.instance();
  const bool runs = !instance.crashed() && instance.last_alive() == instance.scheduler().now();
  if (closed_ || fenced_ || member_.empty() || !runs || !cluster_.broker().is_up()) return;
  if (is_poll_overdue(at)) {
    // Nobody polls: the client leaves by itself, unless its name is static, which the session's end frees.
    if (instance_.empty()) group().leave(member_, at);
    return;
  }
  group().heartbeat(membership(), at);
}

void SimulatedConsumer::work() {
  if (closed_) return;
  while (!commits_.empty()) {
    const Offsets offsets = std::move(commits_.front());
    commits_.pop_front();
    send_commit(offsets);
  }
  if (handler_ != nullptr && !fenced_) attend();
}

void SimulatedConsumer::attend() {
  const bool was_overdue = std::exchange(overdue_, is_poll_overdue(now()));
  if (overdue_) {
    if (!was_overdue && state_ != Member::kOut) {
      health_.note_error(make_error(Code::kLocalMaxPollExceeded, "max.poll.interval.ms is over"), false);
      lose();
    }
    return;
  }
  if (state_ == Member::kOut) {
    if (events_.empty()) join();   // what was lost is told before
    return;
  }
  const Group::Heard heard = group().heartbeat(membership(), now());
  switch (heard.code) {
    case Code::kNone:
      if (state_ == Member::kJoining) adopt(heard.generation, heard.share);
      break;
    case Code::kRebalanceInProgress:
      // One that joined a round that was over before it heard of its share joins the next one.
      if (!heard.joined && events_.empty()) join();
      break;
    case Code::kFencedInstance: fenced_ = true; return;
    default: lose(); return;
  }
  if (state_ != Member::kIn || !events_.empty()) return;
  if (now() >= next_look_ && subscribed_counts() != counts_) must_rejoin_ = true;   // a topic got another partition
  if (std::exchange(must_rejoin_, false)) join();
}

std::vector<int32_t> SimulatedConsumer::subscribed_counts() {
  next_look_ = now() + core::Duration(number("topic.metadata.refresh.interval.ms", 300'000));
  const auto all = cluster_.model().partition_counts();
  std::vector<int32_t> counts;
  for (const std::string& topic : topics_) {
    const auto at = all.find(topic);
    counts.push_back(at == all.end() ? 0 : at->second);
  }
  return counts;
}

void SimulatedConsumer::join() {
  JoinRequest request{
      member_,           instance_, topics_, owned_, generation_, core::Duration(number("session.timeout.ms", 10'000)),
      max_poll_interval_};
  counts_ = subscribed_counts();
  const Group::Joined joined = cluster_.model().join(group_, request, now());
  if (joined.code != Code::kNone) return lose();
  member_ = joined.member;
  state_ = Member::kJoining;
  health_.note_answer();
}

// Cooperative: what is kept is not named. What goes is let go before anything new is taken, and then all join again.
void SimulatedConsumer::adopt(int32_t generation, const std::set<TopicPartition>& share) {
  state_ = Member::kIn;
  generation_ = generation;
  std::set<TopicPartition> revoked;
  std::set<TopicPartition> added;
  std::set_difference(owned_.begin(), owned_.end(), share.begin(), share.end(), std::inserter(revoked, revoked.end()));
  std::set_difference(share.begin(), share.end(), owned_.begin(), owned_.end(), std::inserter(added, added.end()));
  must_rejoin_ = !revoked.empty();
  if (!revoked.empty()) events_.push_back({Event::Kind::kRevoked, std::move(revoked)});
  if (!added.empty()) events_.push_back({Event::Kind::kAssigned, std::move(added)});
}

// The group goes on without this member.
void SimulatedConsumer::lose() {
  state_ = Member::kOut;
  member_.clear();
  generation_ = -1;
  must_rejoin_ = false;
  // What was to go is told as such; what was to come will not.
  std::erase_if(events_, [](const Event& event) { return event.kind == Event::Kind::kAssigned; });
  if (!owned_.empty()) events_.push_back({Event::Kind::kLost, {}});
}

// ---- what the application is told, in its own calls

bool SimulatedConsumer::serve() {
  cluster_.enter();
  last_poll_ = now();
  note_connection();
  return serve_due();
}

bool SimulatedConsumer::serve_due() {
  note_end();
  while (!reports_.empty()) {
    const CommitReport report = std::move(reports_.front());
    reports_.pop_front();
    if (on_commit_) on_commit_(report.first, report.second);
  }
  return serve_rebalances();
}

bool SimulatedConsumer::serve_rebalances() {
  bool served = false;
  while (!events_.empty()) {
    const Event event = std::move(events_.front());
    events_.pop_front();
    ++rebalances_;
    served = true;
    health_.note_answer();
    if (event.kind == Event::Kind::kAssigned)
      serve_assigned(event.partitions);
    else
      serve_removed(event);
  }
  return served;
}

void SimulatedConsumer::serve_assigned(const std::set<TopicPartition>& partitions) {
  // Owned from here on: should they be lost while the handler asks for offsets, that is told next.
  owned_.insert(partitions.begin(), partitions.end());
  for (const TopicPartition& at : partitions) {
    reading_[at] = {};
    reading_[at].since = now();
    reading_[at].halted = true;   // until the handler has said where
  }
  std::map<TopicPartition, kafka::Assignment> starts;
  for (const kafka::Assignment& start : handler_->on_assigned(to_list(partitions))) starts[start.partition] = start;
  for (const TopicPartition& at : partitions) {
    Reading& reading = reading_[at];
    reading.halted = false;
    const auto start = starts.find(at);
    if (start == starts.end()) continue;
    reading.next = start->second.offset;
    reading.paused = start->second.paused;
  }
}

void SimulatedConsumer::serve_removed(const Event& event) {
  const bool lost = event.kind == Event::Kind::kLost;
  const std::set<TopicPartition> removed = lost ? owned_ : event.partitions;
  if (removed.empty()) return;
  if (lost)
    handler_->on_lost(to_list(removed));
  else
    handler_->on_revoked(to_list(removed));
  for (const TopicPartition& at : removed) {
    owned_.erase(at);
    reading_.erase(at);
  }
}

// Taken first and served after, as the real client: what is held here is no younger than what was told.
kafka::Result<kafka::GroupMetadata> SimulatedConsumer::group_metadata() {
  for (;;) {
    cluster_.enter();
    const kafka::GroupMetadata taken{group_, member_, instance_, generation_};
    if (serve()) continue;
    if (taken.member.empty() || taken.generation < 0) return {{}, not_a_member()};
    return {taken, {}};
  }
}

// ---- offsets

kafka::Error SimulatedConsumer::commit(const Offsets& offsets) {
  if (fenced_) return make_error(Code::kLocalFatal, "fenced");
  const Code code = cluster_.request("consumer.commit", kCommitTimeout,
                                     [offsets, proof = membership(), name = group_, &model = cluster_.model()](
                                         core::Timestamp) { return model.group(name).commit(proof, offsets); });
  return note(code, "committing offsets");
}

kafka::Error SimulatedConsumer::commit_async(const Offsets& offsets) {
  if (closed_) return make_error(Code::kLocalState, "closed");
  commits_.push_back(offsets);
  return {};
}

// One that nobody waits for: where its answer is lost, librdkafka gives up in time and says so.
void SimulatedConsumer::send_commit(const Offsets& offsets) {
  Code code = Code::kLocalTimedOut;
  const auto apply = [offsets, proof = membership(), name = group_, &model = cluster_.model()] {
    return model.group(name).commit(proof, offsets);
  };
  const Answer answer = cluster_.instance().effect(
      "consumer.commit", Time(0), [&] { code = apply(); },
      [&] { cluster_.model().arrive_later(now() + kCommitTimeout, [apply](core::Timestamp) { apply(); }); });
  reports_.emplace_back(note(answer == Answer::kTimedOut ? Code::kLocalTimedOut : code, "committing offsets"), offsets);
}

kafka::Result<std::vector<kafka::TopicPartitionOffset>> SimulatedConsumer::committed(
    const std::vector<TopicPartition>& partitions, kafka::Milliseconds timeout) {
  Offsets found;
  const Code code = cluster_.ask("consumer.question", timeout, [&](core::Timestamp) {
    found.clear();
    for (const TopicPartition& at : partitions) {
      const auto committed = group().committed(at, isolation_ == kafka::Isolation::kReadCommitted);
      if (!committed) return Code::kUnstableOffsetCommit;
      found.push_back({at.topic, at.partition, committed->offset, committed->metadata});
    }
    return Code::kNone;
  });
  if (const kafka::Error error = note(code, "committed offsets of " + group_)) return {{}, error};
  return {std::move(found), {}};
}

// ---- leaving

kafka::Error SimulatedConsumer::close(kafka::Milliseconds deadline) {
  if (closed_) return {};
  const core::Timestamp end = now() + deadline;
  cluster_.enter();
  serve_due();
  if (handler_ != nullptr && !owned_.empty()) {
    ++rebalances_;
    serve_removed({Event::Kind::kRevoked, std::set<TopicPartition>(owned_)});
  }
  Code code = Code::kNone;
  while (!cluster_.broker().is_up() && code == Code::kNone) {
    if (now() >= end)
      code = Code::kLocalTimedOut;
    else
      cluster_.wait(left_until(end, now()));
  }
  closed_ = true;
  if (code == Code::kNone && instance_.empty() && !member_.empty()) group().leave(member_, now());
  member_.clear();
  reading_.clear();
  return code == Code::kNone ? kafka::Error{} : make_error(code, "leaving the group");
}

}  // namespace insight::simulation
