// Where the partitions of a topic end, for small programs that say what is wrong and end.
#pragma once

#include <errno.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "kafka/cluster.h"
#include "kafka/topics.h"

namespace insight::yardstick {

constexpr kafka::Milliseconds kAnswer{10000};

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what.c_str());
  std::exit(1);
}

struct TopicEnds {
  std::vector<kafka::TopicPartition> partitions;
  std::vector<kafka::Watermarks> ends;   // in their order
};

// As a reader of that isolation sees them. Ends the program where the topic is not there or the broker does not answer.
inline TopicEnds ends_of(const kafka::ClientOptions& options, const std::string& topic, kafka::Isolation isolation) {
  auto admin = kafka::LibrdkafkaCluster().admin(options);
  if (!admin) fail(kafka::to_string(admin.error));
  const auto described = (*admin)->describe({topic}, kAnswer);
  if (!described || !described->front().exists) fail("no such topic");
  TopicEnds found;
  for (int32_t i = 0; i < described->front().partitions; ++i) found.partitions.push_back({topic, i});
  auto ends = (*admin)->watermarks(found.partitions, isolation, kAnswer);
  if (!ends) fail(kafka::to_string(ends.error));
  found.ends = std::move(*ends);
  return found;
}

}  // namespace insight::yardstick
