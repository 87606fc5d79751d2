// The simulated consumer: a reader of partitions, and a member of its group.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>

#include "tests/simulation/client_cluster.h"

namespace insight::simulation {

// Keeps what kafka::Consumer promises. What librdkafka's own thread does (heartbeats, joining, sending commits) it does
// whenever a client of its thread is called; what the application must hear of that waits for a poll. Fetches nothing
// ahead.
class SimulatedConsumer final : public kafka::Consumer, private SimulatedClient, private Background {
 public:
  SimulatedConsumer(SimulatedCluster& cluster, const Options& options);
  ~SimulatedConsumer() override;

  using CommitHandler = std::function<void(const kafka::Error&, const std::vector<kafka::TopicPartitionOffset>&)>;

  // The broker asks at each step: keeps the session alive if the process runs.
  void beat();

  const kafka::Health& health() const override { return health_; }
  kafka::Error subscribe(const std::vector<std::string>& topics, kafka::RebalanceHandler& handler) override;
  kafka::Error assign(const std::vector<kafka::Assignment>& partitions) override;
  bool serve() override;
  void wake() override { woken_ = true; }
  kafka::Result<kafka::GroupMetadata> group_metadata() override;
  uint64_t rebalances() const override { return rebalances_; }
  std::vector<kafka::TopicPartition> assignment() const override;
  kafka::Error commit(const std::vector<kafka::TopicPartitionOffset>& offsets) override;
  kafka::Error commit_async(const std::vector<kafka::TopicPartitionOffset>& offsets) override;
  void set_commit_handler(CommitHandler handler) override { on_commit_ = std::move(handler); }
  kafka::Result<std::vector<kafka::TopicPartitionOffset>> committed(
      const std::vector<kafka::TopicPartition>& partitions, kafka::Milliseconds timeout) override;
  kafka::Error seek(const kafka::TopicPartition& partition, int64_t offset, kafka::Milliseconds timeout) override;
  kafka::Error pause(const std::vector<kafka::TopicPartition>& partitions) override;
  kafka::Error resume(const std::vector<kafka::TopicPartition>& partitions) override;
  int64_t position(const kafka::TopicPartition& partition) const override;
  kafka::Error close(kafka::Milliseconds deadline) override;

 private:
  using Offsets = std::vector<kafka::TopicPartitionOffset>;
  using CommitReport = std::pair<kafka::Error, Offsets>;

  enum class Member : uint8_t { kOut, kJoining, kIn };
  // What the application has to be told of its partitions, in this order.
  struct Event {
    enum class Kind : uint8_t { kAssigned, kRevoked, kLost } kind;
    std::set<kafka::TopicPartition> partitions;  // kLost: all that are owned by then
  };
  struct Reading {
    int64_t next = kafka::kOffsetStored;  // to be read; or one of the logical offsets
    int64_t position = kafka::kOffsetInvalid;
    bool paused = false;
    bool halted = false;  // its offset is none: it waits for a seek
    core::Timestamp since{};  // for a pace
    int64_t handed_over = 0;
  };

  size_t poll_messages(kafka::Milliseconds timeout, size_t max, MessageCall call, void* context) override;
  size_t hand_over(size_t max, MessageCall call, void* context);
  bool hand_over_one(const kafka::TopicPartition& partition, Reading& reading, MessageCall call, void* context,
                     bool& go_on);
  bool hand_over_error(const kafka::TopicPartition& partition, Code code, const std::string& text, MessageCall call,
                       void* context);
  bool find_start(const kafka::TopicPartition& partition, Reading& reading, const PartitionLog& log);
  bool reset(Reading& reading, const PartitionLog& log) const;
  bool is_paced_out(const kafka::TopicPartition& partition, Reading& reading) const;

  void note_end();
  void work() override;
  void attend();
  void join();
  void adopt(int32_t generation, const std::set<kafka::TopicPartition>& share);
  void lose();
  bool is_poll_overdue(core::Timestamp at) const { return at - last_poll_ > max_poll_interval_; }
  void send_commit(const Offsets& offsets);
  bool serve_due();
  bool serve_rebalances();
  void serve_assigned(const std::set<kafka::TopicPartition>& partitions);
  void serve_removed(const Event& event);
  Membership membership() const { return {member_, generation_, instance_}; }
  Group& group() { return cluster_.model().group(group_); }
  std::vector<int32_t> subscribed_counts();

  const std::string group_;
  const std::string instance_;
  const kafka::Isolation isolation_;
  const core::Duration max_poll_interval_;
  kafka::RebalanceHandler* handler_ = nullptr;
  CommitHandler on_commit_;
  std::vector<std::string> topics_;
  std::map<kafka::TopicPartition, Reading> reading_;

  Member state_ = Member::kOut;
  std::string member_;
  int32_t generation_ = -1;
  std::set<kafka::TopicPartition> owned_;  // as the application was told
  std::deque<Event> events_;
  bool must_rejoin_ = false;
  bool fenced_ = false;  // a static member whose name another has taken
  bool overdue_ = false;  // left the group because nobody polled
  bool closed_ = false;
  core::Timestamp last_poll_;
  std::vector<int32_t> counts_;  // partitions of the topics, as of the last look
  core::Timestamp next_look_{};
  std::deque<Offsets> commits_;  // not sent yet
  std::deque<CommitReport> reports_;
  uint64_t rebalances_ = 0;
  bool woken_ = false;
};

}  // namespace insight::simulation
