// How long it takes from the call that crosses a bound to the record that consumers can read.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <stdexcept>

#include "tests/integration/daemon_fixture.h"

namespace insight::integration {
namespace {

constexpr int kBursts = 30;
constexpr int64_t kHistoryMinutes = 26 * 60;
constexpr int kBurstCalls = 40;
constexpr milliseconds kBurstPatience{60'000};

int64_t now_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Two processes that have learned a day of calm, and hold all partitions between them.
class Latency : public OnDaemon {
 protected:
  void SetUp() override {
    configure();
    create_events();
    produce_history(now_ms());
    produce(beats(now_ms()));
    one_ = start_daemon("one");
    two_ = start_daemon("two");
    ASSERT_TRUE(all_judged()) << "the history is learned";
    ASSERT_TRUE(eventually([&] { return hold_everything({one_.get(), two_.get()}); }));
  }

  TrailEvent call(int api, int64_t time_ms, const std::string& principal) {
    return {time_ms, "service.amazonaws.com", "CreateThing" + std::to_string(api), false, "", principal, ++ids_};
  }

  // A day of calm traffic of every API, up to now, in files of one API's quarter of an hour.
  void produce_history(int64_t now) {
    std::vector<TrailMessage> messages;
    std::poisson_distribution<int> calls(1.0);
    std::uniform_int_distribution<int64_t> within(0, 59'999);
    for (int64_t minute = -kHistoryMinutes; minute < 0; minute += 15) {
      for (int api = 0; api < kBursts; ++api) {
        std::string file;
        for (int64_t m = minute; m < minute + 15; ++m)
          for (int n = calls(random_); n > 0; --n)
            file += to_record(call(api, now + m * 60'000 + within(random_), "ci")) + "\n";
        if (!file.empty()) messages.push_back({api % kInputPartitions, 0, file, 0});
      }
    }
    produce(messages);
  }

  // The crossing calls of one API, and a read in every partition, so that all are seen to be at work.
  std::vector<TrailMessage> burst(int api) {
    const int64_t now = now_ms();
    std::string file;
    for (int i = 0; i < kBurstCalls; ++i) file += to_record(call(api, now, "mallory")) + "\n";
    std::vector<TrailMessage> messages = beats(now);
    messages.push_back({api % kInputPartitions, 0, file, 0});
    return messages;
  }

  std::vector<TrailMessage> beats(int64_t now) {
    std::vector<TrailMessage> messages;
    for (int32_t p = 0; p < kInputPartitions; ++p)
      messages.push_back({p, 0, to_record({now, "s3.amazonaws.com", "ListBuckets", true, "", "ci", ++ids_}), 1});
    return messages;
  }

  std::unique_ptr<Daemon> one_;
  std::unique_ptr<Daemon> two_;

 private:
  std::mt19937_64 random_{7};
  uint64_t ids_ = 0;
};

// Who reads the Starts as they become readable.
class StartReader {
 public:
  StartReader(KafkaBroker& broker, const std::string& topic) {
    auto made =
        kafka::LibrdkafkaCluster().consumer({broker.client({{"isolation.level", "read_committed"}}), "latency-reader"});
    if (!made || (*made)->assign({{{topic, 0}, kafka::kOffsetBeginning, false}}))
      throw std::runtime_error("the insights cannot be read");
    reader_ = std::move(*made);
  }

  // The names of the APIs of which there is a Start by now.
  const std::map<std::string, std::chrono::steady_clock::time_point>& started() {
    reader_->poll_batch(milliseconds(20), 1000, [&](const kafka::Message& message) {
      if (message.error == nullptr && member(std::string(message.payload), "state") == "Start")
        started_.emplace(member(std::string(message.payload), "eventName"), std::chrono::steady_clock::now());
    });
    return started_;
  }

 private:
  std::unique_ptr<kafka::Consumer> reader_;
  std::map<std::string, std::chrono::steady_clock::time_point> started_;
};

double quantile(std::vector<double>& seconds, double share) {
  std::sort(seconds.begin(), seconds.end());
  return seconds[static_cast<size_t>(share * static_cast<double>(seconds.size() - 1) + 0.5)];
}

std::string name_of(int api) { return "CreateThing" + std::to_string(api); }

TEST_F(Latency, AStartIsReadableSecondsAfterTheCallThatCrossedTheBound) {
  StartReader reader(broker(), topic("insights"));
  std::vector<double> seconds;
  for (int api = 0; api < kBursts; ++api) {
    if (reader.started().contains(name_of(api))) continue;      // by chance, out of its history
    const auto produced = std::chrono::steady_clock::now();
    produce(burst(api));
    ASSERT_TRUE(eventually([&] { return reader.started().contains(name_of(api)); }, kBurstPatience)) << name_of(api);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - produced).count());
  }
  ASSERT_GE(seconds.size(), 20u);
  std::cout << fmt::format(
      "[ latency  ] produce to readable Start, {} bursts: p50 {:.3f} s, p90 {:.3f} s, p99 {:.3f} s\n", seconds.size(),
      quantile(seconds, 0.5), quantile(seconds, 0.9), quantile(seconds, 0.99));
  RecordProperty("p99_ms", static_cast<int>(quantile(seconds, 0.99) * 1000));
}

// Bursts of all APIs as one of two processes is killed: what the other one reads and judges is told as always, the rest
// once the dead one's session is over and its partitions are taken over.
TEST_F(Latency, OfTheOthersPartitionsWhenANeighbourIsKilled) {
  // The session is 10 s; the last heartbeat before the end was sent up to 3 s before, and may have been late.
  constexpr double kSessionSecondsLeft = 5;
  StartReader reader(broker(), topic("insights"));
  const auto before = reader.started();
  std::vector<TrailMessage> bursts;
  for (int api = 0; api < kBursts; ++api)
    if (!before.contains(name_of(api))) std::ranges::move(burst(api), std::back_inserter(bursts));
  two_->kill();
  const auto killed = std::chrono::steady_clock::now();
  produce(bursts);
  ASSERT_TRUE(eventually([&] { return reader.started().size() >= size_t{kBursts}; }, kBurstPatience));
  std::vector<double> at_once;
  std::vector<double> taken_over;
  for (const auto& [name, at] : reader.started()) {
    if (before.contains(name)) continue;
    const double seconds = std::chrono::duration<double>(at - killed).count();
    (seconds < kSessionSecondsLeft ? at_once : taken_over).push_back(seconds);
  }
  ASSERT_FALSE(taken_over.empty());
  // It may be that no burst fell into what the survivor both reads and judges.
  const std::string told_at_once =
      at_once.empty() ? "none"
                      : fmt::format("p50 {:.3f} s, last {:.3f} s", quantile(at_once, 0.5), quantile(at_once, 1));
  std::cout << fmt::format(
      "[ latency  ] a neighbour dead, {} bursts told before its session is over: {}; {} taken over: last {:.3f} s\n",
      at_once.size(), told_at_once, taken_over.size(), quantile(taken_over, 1));
}

}  // namespace
}  // namespace insight::integration
