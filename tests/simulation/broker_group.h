// One consumer group: its members, its generations and its offsets.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/broker_assignor.h"
#include "tests/simulation/broker_log.h"

namespace insight::simulation {

// Proof of membership, as requests carry it.
struct Membership {
  std::string member;         // empty: no member
  int32_t generation = -1;
  std::string instance;       // of a static member
};

struct JoinRequest {
  std::string member;         // empty: a new one
  std::string instance;       // not empty: static
  std::vector<std::string> topics;
  std::set<kafka::TopicPartition> owned;
  int32_t generation = -1;    // in which it owned them
  Duration session_timeout{10'000};
  Duration rebalance_timeout{300'000};   // max.poll.interval.ms
};

struct CommittedOffset {
  int64_t offset = kafka::kOffsetInvalid;
  std::string metadata;

  bool operator==(const CommittedOffset&) const = default;
};

// The classic protocol with joining and synchronising in one step: whoever joins is told its share when all known
// members have joined, or when the rebalance timeout has expelled the rest. Between the two the old generation goes on
// being valid, as in Kafka. Single-threaded.
class Group {
 public:
  struct Joined {
    Code code = Code::kNone;
    std::string member;
  };
  // `new_id`: for a member that has none.
  Joined join(const JoinRequest& request, const std::string& new_id, Timestamp now);

  // What a member hears when it asks, besides being kept alive.
  struct Heard {
    Code code = Code::kNone;   // kRebalanceInProgress: join, unless it has
    bool joined = false;       // with kRebalanceInProgress: in the round that is being prepared
    int32_t generation = -1;   // with kNone
    std::set<kafka::TopicPartition> share = {};
  };
  Heard heartbeat(const Membership& membership, Timestamp now);
  void leave(const std::string& member, Timestamp now);
  // Expels who was not heard of for its session, or did not join in time. `partitions`: of all topics.
  void advance(Timestamp now, const std::map<std::string, int32_t>& partitions);

  // As measured on a real broker: generation and member are checked, ownership is not.
  Code check(const Membership& membership, bool transactional) const;
  Code commit(const Membership& membership, const std::vector<kafka::TopicPartitionOffset>& offsets);
  Code commit_in_transaction(const Membership& membership, TransactionNumber transaction,
                             const std::vector<kafka::TopicPartitionOffset>& offsets);
  // Its offsets become visible, or never will.
  void end_transaction(TransactionNumber transaction, bool commit);
  // nullopt: an open transaction may change it.
  std::optional<CommittedOffset> committed(const kafka::TopicPartition& partition, bool stable_only) const;
  void forget_topic(const std::string& topic);
  void forget_offsets();

  int32_t generation() const { return generation_; }
  size_t members() const { return members_.size(); }
  bool is_stable() const { return state_ == State::kStable; }

 private:
  enum class State : uint8_t { kEmpty, kPreparing, kStable };
  struct Member {
    JoinRequest request;
    Timestamp heard{};
    bool joined = false;     // in the round that is being prepared
    std::set<kafka::TopicPartition> share;
  };
  // A later commit wins, whatever the order in which transactions end.
  struct Stored {
    CommittedOffset offset;
    uint64_t order = 0;
  };
  using Offsets = std::map<kafka::TopicPartition, Stored>;

  Joined join_static(const JoinRequest& request, const std::string& new_id, Timestamp now);
  void add(const JoinRequest& request, const std::string& id, Timestamp now);
  void prepare(Timestamp now);
  void complete(Timestamp now, const std::map<std::string, int32_t>& partitions);

  State state_ = State::kEmpty;
  int32_t generation_ = 0;
  std::map<std::string, Member> members_;
  std::map<std::string, std::string> instances_;   // static ones: their member ids now
  Timestamp joining_until_{};
  Offsets offsets_;
  std::map<TransactionNumber, Offsets> pending_;
  uint64_t commits_ = 0;
};

}  // namespace insight::simulation
