// The detect stage on Kafka: reads the calls topic as a member of a group; writes insights, state and offsets
// in one transaction.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/state_reader.h"
#include "app/top_board.h"
#include "app/worker.h"
#include "partition/task.h"

namespace insight::app {

// Owns one consumer, one transactional producer and a task per calls partition assigned to it. A task is
// restored from the state topic before it reads on, its partition paused meanwhile. After an abortable error
// the same output is sent again for what is still owned; after anything worse producer and tasks are thrown
// away and restored.
class DetectWorker : public Worker {
 public:
  // `instance`: unique among all detect workers of the group.
  DetectWorker(const WorkerContext& context, std::string instance);

 private:
  enum class Phase : uint8_t { kRefused, kReadingState, kReadingCalls, kLive };
  // Collected and not committed yet, with what had been counted by then.
  struct Pending {
    partition::Commit commit;
    partition::Counters counters;
  };
  // What was given up and not said yet, and when it may be said again.
  struct GivenUp {
    uint64_t unsaid = 0;
    SteadyTime next;
  };
  struct Owned {
    std::unique_ptr<partition::Task> task;   // none while it is refused
    Phase phase = Phase::kRefused;
    int64_t next = 0;                  // offset that is read next
    int64_t committed = 0;             // offset of the last commit
    partition::Counters published;
  };

  bool connect() override;
  void disconnect() override;
  void abandon_large();
  void session() override;
  void retune();
  void read(const kafka::Message& message);
  bool wants_commit(int32_t partition) const;
  bool is_next(Owned& owned, const kafka::Message& message);
  void take_batch(Owned& owned, const kafka::Message& message);
  void admit();
  void restore_step();
  void expect_progress();
  void note_progress();
  void begin_calls(int32_t partition, Owned& owned, bool found);
  bool is_all_state(const kafka::TopicPartition& name, int64_t frontier, int64_t judged);
  int64_t begin_without_state(const kafka::TopicPartition& name, const kafka::Watermarks& range, int64_t judged);
  void finish_restore(int32_t partition, Owned& owned);

  bool commit_due(SteadyTime now) const;
  void commit();
  bool try_commit();
  kafka::TransactionResult write(const kafka::GroupMetadata& member);
  kafka::TransactionResult write_one(int32_t partition, const partition::Commit& commit);
  void committed(SteadyTime began);
  void delete_old_calls(SteadyTime now);
  std::chrono::milliseconds time_left() const;   // for one call of a transaction
  void publish_counts(partition::Counters& before, const partition::Counters& now);
  void publish_gauges();
  void survey_apis();
  void say(GivenUp& what, uint64_t more, std::string_view sentence);

  std::vector<kafka::Assignment> on_assigned(const std::vector<kafka::TopicPartition>& partitions) override;
  void give_up(const std::vector<kafka::TopicPartition>& partitions) override;
  void count_owned();

  std::string instance_;
  const size_t held_max_;                  // partitions that limits.memory allows
  std::unique_ptr<kafka::TransactionalProducer> producer_;
  std::unique_ptr<kafka::Admin> admin_;
  std::unique_ptr<StateReader> state_reader_;
  std::string calls_id_;                   // of the calls topic in this session
  TopBoard top_board_;
  std::map<int32_t, Owned> owned_;
  std::map<int32_t, Pending> pending_;     // memory is right: sent again as it is until it is committed
  std::map<int32_t, int64_t> rewinds_;     // calls below are needed by nobody
  std::map<int32_t, int64_t> holes_;       // by partition, before which offset something was missing once
  std::map<int32_t, int64_t>
      short_state_; // by partition, where state ended once that is older than the group's offset
  bool broken_ = false;                    // producer and tasks are of no more use
  bool fenced_ = false;                    // for another producer has taken the transactions
  SteadyTime next_commit_;
  SteadyTime next_delete_;
  GivenUp late_, refused_, thinned_;
  SteadyTime next_survey_;                 // when all APIs are looked at for the metrics
  SteadyTime next_progress_;               // when a restore that goes on is logged
  SteadyTime standing_since_;              // since when it has not gone on
  int64_t progress_seen_ = 0;              // offsets read by then
  core::Batch batch_;
};

}  // namespace insight::app
