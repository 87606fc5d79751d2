// Reads partitions of a topic to their end: those of the compacted state topic, for a restore.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kafka/cluster.h"

namespace insight::app {

// Reads committed records only, until the position reaches the end as an uncommitted reader sees it (the
// markers of transactions hold offsets too). Partitions without records are done at once. One that is done
// stays assigned until all are, so that what was fetched of the others is kept; pausing it instead would outlast
// the assignment. Borrows the cluster. Single-threaded.
class StateReader {
 public:
  using RecordHandler = std::function<void(int32_t partition, const kafka::Message& record)>;
  using DoneHandler = std::function<void(int32_t partition)>;

  static kafka::Result<std::unique_ptr<StateReader>> create(kafka::Cluster& cluster, const kafka::ClientOptions& client,
                                                            const std::string& group, const std::string& topic);

  StateReader(kafka::Cluster& cluster, kafka::ClientOptions client, std::string topic)
      : cluster_(cluster), client_(std::move(client)), topic_(std::move(topic)) {}

  void add(int32_t partition, int64_t from = kafka::kOffsetBeginning);
  void remove(int32_t partition);
  bool idle() const { return ends_.empty(); }
  // Offsets of the topic that are behind us, of all that the partitions being read have; since it was last idle.
  // Compaction leaves fewer records than offsets.
  struct Progress {
    int64_t read = 0;
    int64_t total = 0;
  };
  Progress progress() const;
  // A partition whose end is known and not reached.
  struct Behind {
    int32_t partition = 0;
    int64_t next = 0;
    int64_t end = 0;
  };
  std::vector<Behind> behind() const;
  // Reads for about `timeout`.
  void step(kafka::Milliseconds timeout, const RecordHandler& on_record, const DoneHandler& on_done);
  // Reads until all are done. False: neither a record nor the end of a partition came for half a minute.
  bool read_all(const RecordHandler& on_record);

 private:
  static constexpr int64_t kEndUnknown = -1;

  int64_t position_of(int32_t partition) const;
  void ask_ends();
  void assign();

  kafka::Cluster& cluster_;
  kafka::ClientOptions client_;
  std::unique_ptr<kafka::Consumer> consumer_;
  std::unique_ptr<kafka::Admin> admin_;
  std::string topic_;
  std::map<int32_t, int64_t> ends_;        // by partition being read; kEndUnknown: to be asked
  std::map<int32_t, int64_t> begins_;      // of those whose end is known
  std::map<int32_t, int64_t> positions_;   // next offset of each
  int64_t finished_ = 0;                   // offsets of partitions that are done
  bool assigned_ = true;                   // the consumer reads what ends_ names
};

}  // namespace insight::app
