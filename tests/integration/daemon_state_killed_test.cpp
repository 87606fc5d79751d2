// `insightd state move` and `state seed`, killed at any of their requests and run again: what they leave in the end is
// what one leaves that was never killed.
//
// KILLS=300 SEED=7 build/tests/integration/daemon_test --gtest_filter='StateKilled*': more of them, or others.
#include <signal.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <random>

#include "tests/integration/daemon_fixture.h"
#include "tests/integration/tcp_proxy.h"

namespace insight::integration {
namespace {

constexpr int32_t kMovedPartitions = 4;

const Trail& trail() {
  static const Trail made = make_trail(2, kInputPartitions, 20260302);
  return made;
}

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// A state topic's records that count, by partition and key.
using State = std::map<std::pair<int32_t, std::string>, std::string>;

// When to kill: its request of that kind (Kafka's api key) and number is on its way, or has been handed on.
struct Moment {
  int16_t api = -1;
  uint64_t number = 0;
  bool arrives = true;
};
constexpr Moment kNever;

class StateKilled : public OnDaemon {
 protected:
  StateKilled() : broker_({{"log.retention.ms", "-1"}}, {{"PROXIED", "PLAINTEXT", proxy_.port()}}) {
    proxy_.forward_to(broker_.port("PROXIED"));
  }

  KafkaBroker& broker() override { return broker_; }

  // The configuration of commands, which go through the proxy.
  std::filesystem::path configure_behind_proxy(const std::string& state) {
    std::string text = config_text("detection:\n  early_start: false\n");
    replace_in(text, broker().address(), "127.0.0.1:" + std::to_string(proxy_.port()));
    replace_in(text, "state: " + topic("state"), "state: " + topic(state));
    const auto path = folder_ / "proxied.yaml";
    write_file(path, text);
    return path;
  }

  // Runs the command, and kills it at that moment.
  CommandResult run_killed(const std::vector<std::string>& arguments, const Moment& moment) {
    for (auto& count : requests_) count = 0;
    killed_ = false;
    const auto result = run_insightd(arguments, folder_, [&](pid_t process) {
      proxy_.set_rule([this, process, moment](int16_t api) {
        if (killed_) return Passage::kCut;
        const uint64_t number = ++requests_.at(static_cast<size_t>(api));
        if (api != moment.api || number != moment.number) return Passage::kPass;
        ::kill(process, SIGKILL);
        killed_ = true;
        return moment.arrives ? Passage::kPass : Passage::kCut;
      });
    });
    proxy_.set_rule(nullptr);
    return result;
  }

  // One request of those that the command made last. Each kind is as likely as the others: most only ask.
  Moment draw(std::mt19937_64& random) const {
    std::vector<int16_t> kinds;
    for (size_t api = 0; api < requests_.size(); ++api)
      if (requests_[api] > 0) kinds.push_back(static_cast<int16_t>(api));
    Moment moment;
    moment.api = kinds[random() % kinds.size()];
    moment.number = random() % requests_.at(static_cast<size_t>(moment.api)) + 1;
    moment.arrives = random() % 2 == 0;
    return moment;
  }

  // Without the identity of the calls topic, which is another for each run.
  State state_of(const std::string& state, const std::string& calls) {
    const std::string id = broker().admin().describe({topic(calls)}, kPatience)->front().id;
    State found;
    for (const auto& record : broker().read_all(topic(state))) {
      std::string value = record.payload.value_or("");
      if (const size_t at = value.find(id); !id.empty() && at != std::string::npos) value.replace(at, id.size(), "ID");
      found[{record.partition, record.key}] = value;
    }
    return found;
  }

  std::vector<kafka::TopicPartitionOffset> intake_offsets() {
    return broker().commits(group("intake"), topic("events"), kInputPartitions);
  }

  // The state of the daemon, in another topic.
  void copy_state(const std::vector<StoredRecord>& records, const std::string& to) {
    broker().create_topic(to, kCallsPartitions, {{"cleanup.policy", "compact"}});
    const auto producer = kafka::LibrdkafkaCluster().producer(broker().client(), nullptr);
    for (const StoredRecord& stored : records) {
      kafka::Record record;
      record.topic = to;
      record.partition = stored.partition;
      record.key = stored.key;
      if (stored.payload) record.payload = *stored.payload;
      kafka::Error why;
      ASSERT_EQ((*producer)->produce(record, 0, &why), kafka::Produced::kQueued) << kafka::to_string(why);
    }
    ASSERT_TRUE((*producer)->flush(kPatience));
  }

  // `run(number, moment)` runs the command for topics of its own, and kills it then; `refused` is what it says of work
  // that is done. `left(number)` is what it left.
  template <class Run, class Left>
  void expect_killing_changes_nothing(const Run& run, const std::string& refused, const Left& left) {
    ASSERT_EQ(run(0, kNever).status, 0);
    const auto expected = left(0);
    const uint64_t seed = from_environment("SEED", 1);
    std::mt19937_64 random(seed);
    std::vector<Moment> moments(from_environment("KILLS", 4));
    for (Moment& moment : moments) moment = draw(random);
    std::map<int16_t, int> killed_at;
    for (size_t i = 0; i < moments.size(); ++i) {
      const Moment& moment = moments[i];
      SCOPED_TRACE("SEED=" + std::to_string(seed) + ": kill " + std::to_string(i + 1) + ", at request " +
                   std::to_string(moment.number) + " of api key " + std::to_string(moment.api) +
                   (moment.arrives ? "" : ", which is lost"));
      CommandResult result = run(i + 1, moment);
      if (killed_) {
        ASSERT_EQ(result.status, -SIGKILL);
        ++killed_at[moment.api];
        result = run(i + 1, kNever);
      }
      // What was done before it could be said is not done again.
      if (result.status != 0) {
        EXPECT_EQ(result.status, 2) << result.error;
        EXPECT_EQ(split_lines(result.error).size(), 1u) << result.error;
        EXPECT_NE(result.error.find(refused), std::string::npos) << result.error;
      }
      ASSERT_TRUE(left(i + 1) == expected) << result.error;
    }
    EXPECT_FALSE(killed_at.empty());
    std::cout << "[ killed   ] by api key:";
    for (const auto& [api, times] : killed_at) std::cout << " " << api << " (" << times << ")";
    std::cout << "\n";
  }

  TcpProxy proxy_;
  KafkaBroker broker_;
  std::array<std::atomic<uint64_t>, 128> requests_{};  // of the command, by api key
  std::atomic<bool> killed_{false};
};

TEST_F(StateKilled, AMoveIsTheSameInTheEnd) {
  configure("detection:\n  early_start: false\n");
  create_events();
  produce(trail().part(0, 0.7));
  {
    const auto daemon = start_daemon("one");
    ASSERT_TRUE(eventually([&] { return hold_everything({daemon.get()}); }));
    ASSERT_TRUE(all_judged());
    daemon->signal(SIGTERM);
    ASSERT_EQ(daemon->wait_exit(), 0);
  }
  const auto before = intake_offsets();
  const auto state = broker().read_all(topic("state"));
  const auto named = [](const std::string& name, uint64_t number) { return name + "-" + std::to_string(number); };
  std::optional<uint64_t> current;
  const auto move = [&](uint64_t number, const Moment& moment) {
    if (number != current) {
      // What was moved once is moved no more: each begins with a copy, and with intake where it stood.
      copy_state(state, topic(named("old", number)));
      const auto consumer = kafka::LibrdkafkaCluster().consumer({broker().client(), group("intake")});
      EXPECT_FALSE((*consumer)->commit(before));
      current = number;
    }
    const auto config = configure_behind_proxy(named("old", number));
    return run_killed({"state", "move", "--config", config.string(), "--partitions", std::to_string(kMovedPartitions),
                       "--calls-topic", topic(named("calls", number)), "--state-topic", topic(named("state", number))},
                      moment);
  };
  const auto left = [&](uint64_t number) {
    return std::pair(state_of(named("state", number), named("calls", number)), intake_offsets());
  };
  ASSERT_NO_FATAL_FAILURE(expect_killing_changes_nothing(move, "this state was moved to", left));
  EXPECT_GE(left(0).first.size(), 10u) << "there was not much to move";
  EXPECT_TRUE(intake_offsets() != before) << "nothing had to be read again";
}

TEST_F(StateKilled, ASeedIsTheSameInTheEnd) {
  configure();
  create_events();
  const auto history = folder_ / "history.ndjson";
  write_file(history, trail().ndjson);
  const auto named = [](uint64_t number) { return "state-" + std::to_string(number); };
  const auto seed = [&](uint64_t number, const Moment& moment) {
    const auto config = configure_behind_proxy(named(number));
    return run_killed({"state", "seed", "--config", config.string(), history.string()}, moment);
  };
  const auto left = [&](uint64_t number) { return state_of(named(number), "calls"); };
  ASSERT_NO_FATAL_FAILURE(expect_killing_changes_nothing(seed, "is not empty", left));
  EXPECT_GE(left(0).size(), 10u) << "there was not much to learn";
}

}  // namespace
}  // namespace insight::integration
