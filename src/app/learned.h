// What was learned, of all partitions, outside of a daemon: from a state file or the state topic.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/engine_options.h"
#include "app/outcome.h"
#include "app/state_reader.h"
#include "inspect/portrait.h"
#include "kafka/cluster.h"
#include "partition/task.h"
#include "settings/settings.h"

namespace insight::app {

// A task per partition of the state. Empty until read. Single-threaded.
class Learned {
 public:
  explicit Learned(const settings::Settings& settings) : settings_(settings) {}

  Outcome read_file(const std::string& path);
  // The records alone: enough to look at.
  Outcome read_topic(const kafka::Properties& properties);

  // After read_topic: the calls that the records lack, so that every task is as it was in the daemon at its last
  // commit. `on_batch` also sees what comes after that, to the end of the calls topic.
  using BatchHandler = std::function<void(const partition::Task& task, const core::Batch& batch)>;
  Outcome read_calls(const BatchHandler& on_batch = nullptr);

  const std::vector<std::unique_ptr<partition::Task>>& tasks() const { return tasks_; }
  // In the order of their names. Borrowed.
  std::vector<inspect::Subject> subjects() const;

 private:
  void make_tasks(uint32_t partitions, std::chrono::milliseconds lateness, const std::string& calls_id);
  Outcome take(uint32_t partition, std::string_view key, std::optional<std::string_view> value,
               const std::string& source);
  kafka::Result<std::unique_ptr<StateReader>> reader_of(const std::string& topic);
  Outcome silent(const std::string& topic) const;
  Outcome find_calls(StateReader& reader);
  Outcome take_batch(partition::Task& task, const kafka::Message& record, const BatchHandler& on_batch);

  const settings::Settings& settings_;
  kafka::LibrdkafkaCluster cluster_;
  kafka::ClientOptions client_;
  std::vector<std::unique_ptr<partition::Task>> tasks_;
  core::Batch batch_;
};

}  // namespace insight::app
