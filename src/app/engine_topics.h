// The topics that the engine works with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/cluster.h"
#include "settings/settings.h"

namespace insight::app {

struct EngineTopics {
  std::vector<std::pair<std::string, uint32_t>> events;   // with their partition counts
  uint32_t partitions = 0;                                // of the calls and of the state topic
  int32_t state_replication = 0;
  std::vector<std::string> created;                       // which were not there before
  bool may_delete_calls = true;                           // without it the calls topic only grows
};

// The topics, or why not.
struct FoundTopics {
  std::optional<EngineTopics> topics;
  std::string why;
  bool hopeless = false;   // waiting mends nothing
};

// Makes those of the configuration that are absent. One that exists is left as it is.
FoundTopics ensure_topics(kafka::Admin& admin, const settings::Settings& settings);

// Whether `insightd state move` took the state elsewhere: the sentence that says where to; empty: it did not. Intake must
// not begin then: it would read events on behalf of topics that nobody uses any more.
kafka::Result<std::string> find_move(kafka::Cluster& cluster, const kafka::ClientOptions& client,
                                     const settings::Settings& settings);

// Makes a calls and a state topic with these names unless they exist.
FoundTopics ensure_calls_and_state(kafka::Admin& admin, const settings::Settings& settings, const std::string& calls,
                                   const std::string& state, int32_t partitions);

}  // namespace insight::app
