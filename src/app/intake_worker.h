// The intake stage on Kafka: reads the events topics as a member of a group, writes the calls topic.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/worker.h"
#include "intake/intake.h"

namespace insight::app {

// Owns one consumer, one idempotent producer and one Intake; after any delivery failure all three are thrown
// away and reading goes on from the last commit. Input offsets are committed after the batches that hold
// their rows were acknowledged.
class IntakeWorker : public Worker {
 public:
  // `topics`: the events topics with their partition counts.
  IntakeWorker(const WorkerContext& context, std::vector<std::pair<std::string, uint32_t>> topics);

 private:
  // One partition of an events topic that is assigned to us.
  struct Assigned {
    uint32_t origin = 0;
    int64_t next_offset = 0;
    int64_t end_offset = 0;    // of the partition, when it was last asked
    bool read_since_tick = false;
    bool caught_up = false;
    bool paused = false;
    std::optional<core::Timestamp> committed_time;    // of the commit that reading began at
    bool cut = false;          // the log was cut before it was read: its minutes are missing
  };
  // Offsets that may be committed once every batch up to `batch` is acknowledged.
  struct Checkpoint {
    uint64_t batch = 0;
    std::vector<kafka::TopicPartitionOffset> offsets;
  };

  bool connect() override;
  void disconnect() override;
  void session() override;
  void read(const kafka::Message& message);
  void send_due(SteadyTime now);
  void send(uint32_t partition);
  kafka::Produced write(const kafka::Record& record, kafka::Error& why);
  void tick();
  bool ask_ends(const std::vector<kafka::TopicPartition>& names);
  void ask_next_end();
  void claim_caught_up();
  void align();
  std::optional<core::Timestamp> oldest_read() const;
  void checkpoint();
  void commit_acknowledged();
  void on_delivery(const kafka::Delivery& delivery);
  void on_bad_record(core::DropReason reason, const core::Coordinates& where, std::string_view raw);
  void publish_counts();
  void recover_position(const kafka::TopicPartition& partition);
  void refresh_topics();
  void grow(uint32_t topic, uint32_t partitions);

  std::vector<kafka::Assignment> on_assigned(const std::vector<kafka::TopicPartition>& partitions) override;
  void give_up(const std::vector<kafka::TopicPartition>& partitions) override;
  Assigned take_over(const kafka::TopicPartition& partition, const kafka::TopicPartitionOffset& committed,
                     const kafka::Watermarks& range);

  std::vector<std::pair<std::string, uint32_t>> topics_;
  std::unique_ptr<intake::Intake> intake_;
  std::unique_ptr<kafka::Producer> producer_;
  std::unique_ptr<kafka::Admin> admin_;
  std::map<kafka::TopicPartition, Assigned> assigned_;
  std::map<std::pair<std::string_view, int32_t>, Assigned*> by_name_;
  kafka::TopicPartition end_asked_;        // the last one whose end was asked in turn
  std::set<uint64_t> unacknowledged_;
  std::vector<Checkpoint> checkpoints_;
  uint64_t batches_ = 0;
  std::optional<core::Timestamp> acknowledged_at_;   // the broker's time of the batch that was acknowledged last
  int commits_open_ = 0;                   // commits whose answer is not here yet
  bool failed_ = false;                    // a delivery failed: this session is over
  std::vector<SteadyTime> waiting_since_;  // by calls partition: oldest row not sent
  bool align_due_ = false;                 // a partition came further than the last alignment allows
  std::optional<core::Timestamp> aligned_until_;
  SteadyTime next_tick_;
  SteadyTime next_topics_check_;
  core::Timestamp now_;                    // the time of day of this round
  std::string encoded_;
  intake::Counters published_;
};

}  // namespace insight::app
