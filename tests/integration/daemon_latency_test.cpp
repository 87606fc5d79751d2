// How long it takes from the call that crosses a bound to the record that consumers can read.
#include <fmt/format.h>

#include <iostream>
#include <random>
#include <set>

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

class Latency : public OnDaemon {
 protected:
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
  void produce_burst(int api) {
    const int64_t now = now_ms();
    std::string file;
    for (int i = 0; i < kBurstCalls; ++i) file += to_record(call(api, now, "mallory")) + "\n";
    std::vector<TrailMessage> messages = beats(now);
    messages.push_back({api % kInputPartitions, 0, file, 0});
    produce(messages);
  }

  std::vector<TrailMessage> beats(int64_t now) {
    std::vector<TrailMessage> messages;
    for (int32_t p = 0; p < kInputPartitions; ++p)
      messages.push_back({p, 0, to_record({now, "s3.amazonaws.com", "ListBuckets", true, "", "ci", ++ids_}), 1});
    return messages;
  }

  std::mt19937_64 random_{7};
  uint64_t ids_ = 0;
};

TEST_F(Latency, AStartIsReadableSecondsAfterTheCallThatCrossedTheBound) {
  configure();
  create_events();
  produce_history(now_ms());
  produce(beats(now_ms()));
  const auto one = start_daemon("one");
  const auto two = start_daemon("two");
  ASSERT_TRUE(all_judged()) << "the history is learned";
  ASSERT_TRUE(eventually([&] { return hold_everything({one.get(), two.get()}); }));

  auto reader =
      kafka::LibrdkafkaCluster().consumer({broker().client({{"isolation.level", "read_committed"}}), "latency-reader"});
  ASSERT_TRUE(reader);
  ASSERT_FALSE((*reader)->assign({{{topic("insights"), 0}, kafka::kOffsetBeginning, false}}));
  std::set<std::string> started;
  const auto has_started = [&](const std::string& api) {
    (*reader)->poll_batch(milliseconds(20), 1000, [&](const kafka::Message& message) {
      if (message.error == nullptr && member(std::string(message.payload), "state") == "Start")
        started.insert(member(std::string(message.payload), "eventName"));
    });
    return started.contains(api);
  };

  std::vector<double> seconds;
  for (int api = 0; api < kBursts; ++api) {
    const std::string name = "CreateThing" + std::to_string(api);
    if (has_started(name)) continue;      // by chance, out of its history
    const auto produced = std::chrono::steady_clock::now();
    produce_burst(api);
    ASSERT_TRUE(eventually([&] { return has_started(name); }, kBurstPatience)) << name;
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - produced).count());
  }
  std::sort(seconds.begin(), seconds.end());
  ASSERT_GE(seconds.size(), 20u);
  const auto at = [&](double share) {
    return seconds[static_cast<size_t>(share * static_cast<double>(seconds.size() - 1) + 0.5)];
  };
  std::cout << fmt::format(
      "[ latency  ] produce to readable Start, {} bursts: p50 {:.3f} s, p90 {:.3f} s, p99 {:.3f} s\n", seconds.size(),
      at(0.5), at(0.9), at(0.99));
  RecordProperty("p99_ms", static_cast<int>(at(0.99) * 1000));
}

}  // namespace
}  // namespace insight::integration
