// A member of a consumer group in a process of its own, for tests that stop it past its session and wake it.
//
// usage: group_member BOOTSTRAP GROUP TOPIC OUTPUT TRANSACTIONAL_ID metadata-late|metadata-late-and-slow|metadata-early
//
// Joins, reads one record of TOPIC, opens a transaction, writes "from TRANSACTIONAL_ID" to OUTPUT and says "ready".
// On a line from stdin it tries to commit the next offset: with membership taken then (late), or taken before it
// said "ready" (early). Says one line, the outcome; then aborts if it must, serves until it lost its partitions, and
// says "lost".
#include <signal.h>
#include <sys/prctl.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "kafka/cluster.h"
#include "kafka/producer.h"

namespace {

using namespace insight;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{30000};

class Ownership : public kafka::RebalanceHandler {
 public:
  std::vector<kafka::Assignment> on_assigned(const std::vector<kafka::TopicPartition>& partitions) override {
    std::vector<kafka::Assignment> starts;
    for (const auto& at : partitions) starts.push_back({at, kafka::kOffsetBeginning, false});
    return starts;
  }
  void on_revoked(const std::vector<kafka::TopicPartition>&) override { revoked = true; }
  void on_lost(const std::vector<kafka::TopicPartition>&) override { lost = true; }

  bool revoked = false;
  bool lost = false;
};

void say(std::string_view line) { std::cout << line << std::endl; }

[[noreturn]] void fail(const std::string& what) {
  say("failed: " + what);
  std::_Exit(1);
}

void check(const kafka::TransactionResult& result, const char* what) {
  if (!result.ok()) fail(std::string(what) + ": " + kafka::to_string(result.error));
}

std::string try_to_commit(kafka::TransactionalProducer& producer, const kafka::TopicPartitionOffset& next,
                          const kafka::Result<kafka::GroupMetadata>& membership) {
  if (!membership) return "no member";
  auto result = producer.send_offsets({next}, *membership, kPatience);
  if (result.ok()) result = producer.commit(kPatience);
  return std::string(kafka::to_string(result.outcome));
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (argc != 7) return 2;
  const std::string topic = argv[3];
  const std::string id = argv[5];
  const bool early = std::string(argv[6]) == "metadata-early";

  kafka::ClientOptions options;
  options.bootstrap_servers = argv[1];
  kafka::ClientOptions member = options;
  member.properties = {{"session.timeout.ms", "1000"}, {"heartbeat.interval.ms", "200"}};
  Ownership ownership;
  auto consumer = kafka::LibrdkafkaCluster().consumer({member, argv[2]});
  auto producer = kafka::LibrdkafkaCluster().transactional_producer(options, id);
  if (!consumer || !producer) fail("clients");
  check((*producer)->init_transactions(kPatience), "init");
  if (auto error = (*consumer)->subscribe({topic}, ownership)) fail(kafka::to_string(error));

  kafka::TopicPartitionOffset next{topic, 0, kafka::kOffsetInvalid, ""};
  while (next.offset == kafka::kOffsetInvalid) {
    (*consumer)->poll_batch(milliseconds(100), 1, [&](const kafka::Message& message) {
      if (message.error != nullptr) fail(kafka::to_string(*message.error));
      next.offset = message.offset + 1;
    });
  }
  check((*producer)->begin(), "begin");
  const std::string payload = "from " + id;
  check((*producer)->produce({argv[4], 0, "", payload, 0, {}}, kPatience), "produce");
  kafka::Result<kafka::GroupMetadata> membership = (*consumer)->group_metadata();
  say("ready");

  std::string line;
  if (!std::getline(std::cin, line)) return 0;
  if (!early) membership = (*consumer)->group_metadata();
  const std::string outcome = ownership.lost ? "lost before the commit" : try_to_commit(**producer, next, membership);
  say(outcome);
  if (outcome != "ok") check((*producer)->abort(kPatience), "abort");
  while (!ownership.lost) (*consumer)->poll_batch(milliseconds(100), 1, [](const kafka::Message&) {});
  say("lost");
  return 0;
}
