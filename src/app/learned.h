// What was learned, of all partitions, read for people: from a state file or the state topic.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/engine_options.h"
#include "inspect/portrait.h"
#include "kafka/client.h"
#include "partition/task.h"
#include "settings/settings.h"

namespace insight::app {

// Tasks that hold records and do nothing with them. Empty until read.
class Learned {
 public:
  // How reading went, as an exit status with the sentence that explains it.
  struct Outcome {
    int status = 0;
    std::string why;   // empty if the status is 0
  };

  explicit Learned(const settings::Settings& settings) : settings_(settings) {}

  Outcome read_file(const std::string& path);
  Outcome read_topic(const kafka::Properties& properties);

  // In the order of their names. Borrowed.
  std::vector<inspect::Subject> subjects() const;

 private:
  void make_tasks(uint32_t partitions, std::chrono::milliseconds lateness);
  Outcome take(uint32_t partition, std::string_view key, std::optional<std::string_view> value,
               const std::string& source);

  const settings::Settings& settings_;
  std::vector<std::unique_ptr<partition::Task>> tasks_;
};

}  // namespace insight::app
