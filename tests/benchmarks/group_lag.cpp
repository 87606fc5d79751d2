// Waits until a consumer group has committed everything that a topic holds at the moment of the call. Says how many
// records that are.
//
// usage: group_lag BOOTSTRAP GROUP TOPIC SECONDS
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "kafka/consumer.h"
#include "kafka/deadline.h"
#include "tests/benchmarks/topic_ends.h"

namespace {

using namespace insight;
using yardstick::fail;
constexpr kafka::Milliseconds kPause{50};

// Records between what is committed and the ends. `commits` are in the order of `ends`.
int64_t lag(const std::vector<kafka::Watermarks>& ends, const std::vector<kafka::TopicPartitionOffset>& commits) {
  int64_t sum = 0;
  for (size_t i = 0; i < ends.size(); ++i) {
    const int64_t next = commits[i].offset < 0 ? ends[i].low : commits[i].offset;
    sum += std::max<int64_t>(0, ends[i].high - next);
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s BOOTSTRAP GROUP TOPIC SECONDS\n", argv[0]);
    return 2;
  }
  kafka::ClientOptions options;
  options.bootstrap_servers = argv[1];
  const auto [partitions, ends] = yardstick::ends_of(options, argv[3], kafka::Isolation::kReadUncommitted);
  auto member = kafka::LibrdkafkaCluster().consumer({options, argv[2]});
  if (!member) fail(kafka::to_string(member.error));

  const kafka::Deadline deadline(std::chrono::seconds(std::atoi(argv[4])));
  int64_t left = 0;
  do {
    const auto commits = (*member)->committed(partitions, yardstick::kAnswer);
    left = commits ? lag(ends, *commits) : -1;
    if (left == 0) break;
    std::this_thread::sleep_for(kPause);
  } while (!deadline.is_over());
  if (left != 0) fail("still behind by " + std::to_string(left));
  int64_t held = 0;
  for (const auto& at : ends) held += at.high - at.low;
  std::printf("records: %lld\n", static_cast<long long>(held));
  return 0;
}
