// What the commands have in common that write the state topic while no daemon of the group runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/outcome.h"
#include "kafka/cluster.h"
#include "settings/settings.h"

namespace insight::app {

// One record of a state topic, to be written.
struct StateWrite {
  std::string topic;
  int32_t partition = 0;
  std::string key;
  std::optional<std::string> value;   // nullopt: a tombstone
};

// Single-threaded. All commands of a group have one transactional id: the later fences the earlier, and what that left
// unfinished is undone.
class Offline {
 public:
  Offline(const settings::Settings& settings, kafka::Properties properties);

  // Before anything else: connects, refuses while the group has members, undoes what an earlier command broke off.
  Outcome begin();
  kafka::Admin& admin() { return *admin_; }

  std::string group(const std::string& stage) const { return settings_.kafka.consumer_group + "-" + stage; }
  // What the stage's group has committed of each, in the order asked.
  kafka::Result<std::vector<kafka::TopicPartitionOffset>> committed(const std::string& stage,
                                                                    const std::vector<kafka::TopicPartition>& of);
  Outcome commit(const std::string& stage, const std::vector<kafka::TopicPartitionOffset>& offsets);

  // Offsets of every partition of a topic, which may just have been made.
  kafka::Result<std::vector<kafka::Watermarks>> ranges(const std::string& topic, uint32_t partitions);

  // Refuses unless the topic holds no state.
  Outcome expect_empty(const std::string& state_topic, uint32_t partitions, const std::string& mend);
  // All of it or nothing, in one transaction. Refuses if a daemon has come meanwhile.
  Outcome write(const std::vector<StateWrite>& records);

 private:
  Outcome expect_nobody() const;
  Outcome connect(std::unique_ptr<kafka::TransactionalProducer>& producer, size_t bytes);
  kafka::TransactionResult produce_all(kafka::TransactionalProducer& producer, const std::vector<StateWrite>& records);

  const settings::Settings& settings_;
  kafka::LibrdkafkaCluster cluster_;
  kafka::ClientOptions client_;
  std::unique_ptr<kafka::Admin> admin_;
};

}  // namespace insight::app
