// How much a compacted topic holds, and how much of that is live: the newest value of every key.
//
// usage: topic_size BOOTSTRAP TOPIC
#include <cstdio>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kafka/consumer.h"
#include "kafka/deadline.h"
#include "tests/benchmarks/topic_ends.h"

int main(int argc, char** argv) {
  using namespace insight;
  using yardstick::fail;
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s BOOTSTRAP TOPIC\n", argv[0]);
    return 2;
  }
  constexpr kafka::Milliseconds kPatience{600000};
  kafka::ClientOptions options;
  options.bootstrap_servers = argv[1];
  const auto [partitions, ends] = yardstick::ends_of(options, argv[2], kafka::Isolation::kReadCommitted);
  std::vector<kafka::Assignment> starts;
  for (const auto& partition : partitions) starts.push_back({partition, kafka::kOffsetBeginning, false});
  options.properties = {{"isolation.level", "read_committed"}};
  auto reader = kafka::LibrdkafkaCluster().consumer({options, "topic-size"});
  if (!reader) fail(kafka::to_string(reader.error));
  if (const auto error = (*reader)->assign(starts)) fail(kafka::to_string(error));

  uint64_t bytes = 0;
  std::vector<std::unordered_map<uint64_t, uint64_t>> live(partitions.size());   // by hash of the key: bytes
  const auto is_read = [&, &partitions = partitions, &ends = ends] {
    for (size_t i = 0; i < partitions.size(); ++i)
      if (ends[i].high > ends[i].low && (*reader)->position(partitions[i]) < ends[i].high) return false;
    return true;
  };
  for (const kafka::Deadline deadline(kPatience); !is_read();) {
    if (deadline.is_over()) fail("the end is not reached");
    (*reader)->poll_batch(kafka::Milliseconds(100), 10000, [&](const kafka::Message& message) {
      if (message.error != nullptr) fail(kafka::to_string(*message.error));
      const uint64_t size = message.key.size() + message.payload.size();
      bytes += size;
      live[static_cast<size_t>(message.partition)][std::hash<std::string_view>{}(message.key)] =
          message.tombstone ? 0 : size;
    });
  }
  uint64_t live_bytes = 0;
  for (const auto& keys : live)
    for (const auto& [key, size] : keys) live_bytes += size;
  std::printf("bytes: %llu\nlive_bytes: %llu\n", static_cast<unsigned long long>(bytes),
              static_cast<unsigned long long>(live_bytes));
  return 0;
}
