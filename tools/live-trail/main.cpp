// insight-live: writes a scenario's traffic to a Kafka topic, some days of it at once and then as the clock goes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "kafka/cluster.h"
#include "live-trail/turns.h"
#include "trail-generator/record_writer.h"
#include "trail-generator/scenario.h"
#include "trail-generator/traffic.h"

namespace insight::trail {
namespace {

constexpr kafka::Milliseconds kPause{250};
constexpr kafka::Milliseconds kAskTimeout{30'000};
constexpr kafka::Milliseconds kFlushTimeout{10'000};

volatile std::sig_atomic_t stop_asked = 0;

struct Options {
  std::string bootstrap_servers;
  std::string topic = "audit-events";
  int partitions = 3;
  std::string scenario = INSIGHT_DEMO_SCENARIO;
  uint64_t seed = 1;
  double scale = 1;
  int days = 8;
  int first_incident = 73;
  int incident_every = 20;
};

core::Timestamp clock_now() { return std::chrono::floor<core::Duration>(std::chrono::system_clock::now()); }

template <class T>
T value_of(kafka::Result<T> result) {
  if (!result) throw std::runtime_error(kafka::to_string(result.error));
  return std::move(*result);
}

// One trail on its way into one topic, in the order of event time.
class LiveTrail {
 public:
  LiveTrail(const Options& options, core::Timestamp now)
      : options_(options),
        scenario_(load_scenario(options.scenario)),
        turns_(scenario_.incidents, core::minute_of(now) - options.first_incident, options.incident_every),
        next_((core::day_of(core::minute_of(now)) - options.days * core::kMinutesPerDay)),
        traffic_(scenario_, options.seed, options.scale),
        writer_(scenario_, options.seed) {
    scenario_.start = next_;   // jobs run by it
    const kafka::ClientOptions client{options.bootstrap_servers, "insight-live", {}, {}};
    const auto admin = value_of(cluster_.admin(client));
    value_of(admin->ensure_topic(options.topic, options.partitions, 1, {}, kAskTimeout));
    producer_ = value_of(cluster_.producer(client, [](const kafka::Delivery& delivery) {
      if (delivery.error)
        fmt::print(stderr, "insight-live: a record was not delivered: {}\n", kafka::to_string(delivery.error));
    }));
  }

  // Sends every record whose time has come. Returns how many.
  uint64_t send_until(core::Timestamp now) {
    const uint64_t before = sent_;
    while (stop_asked == 0) {
      if (place_ == calls_.size() && core::start_of(next_) > now) break;
      if (place_ == calls_.size()) draw_next();
      for (; place_ < calls_.size() && calls_[place_].time <= now; ++place_) send(writer_.write(calls_[place_]));
      if (place_ < calls_.size()) break;
    }
    return sent_ - before;
  }

  void pause() { producer_->poll(kPause); }
  // Waits until all is taken, or until the process is to stop and some time has passed.
  void flush() {
    while (!producer_->flush(kFlushTimeout) && stop_asked == 0) continue;
  }

 private:
  void draw_next() {
    const core::Minute minute = next_;
    ++next_;
    scenario_.incidents = turns_.at(minute);
    if (const Incident* incident = turns_.begins(minute))
      fmt::print("{}  {:>4} min  {}\n", core::to_iso(minute), incident->minutes, incident->name);
    std::fflush(stdout);
    calls_.clear();
    place_ = 0;
    traffic_.draw(minute, calls_);
    std::sort(calls_.begin(), calls_.end(), [](const Call& a, const Call& b) { return a.time < b.time; });
  }

  void send(const std::string& record) {
    for (;;) {
      kafka::Error error;
      const auto result = producer_->produce({options_.topic, -1, "", record, 0, {}}, 0, &error);
      if (result == kafka::Produced::kRefused) throw std::runtime_error(kafka::to_string(error));
      if (result == kafka::Produced::kQueued) break;
      producer_->poll(kPause);
    }
    ++sent_;
  }

  Options options_;
  Scenario scenario_;                 // its incidents are those of the minute that is drawn
  Turns turns_;
  core::Minute next_;                 // to draw
  Traffic traffic_;
  RecordWriter writer_;
  std::vector<Call> calls_;           // of the minute before
  size_t place_ = 0;                  // the next of them to send
  uint64_t sent_ = 0;
  kafka::LibrdkafkaCluster cluster_;
  std::unique_ptr<kafka::Producer> producer_;
};

void run(const Options& options) {
  LiveTrail trail(options, clock_now());
  const uint64_t sent = trail.send_until(clock_now());
  trail.flush();
  fmt::print("{} records of the past are in {}; from now on as the clock goes\n", sent, options.topic);
  std::fflush(stdout);
  while (stop_asked == 0) {
    trail.send_until(clock_now());
    trail.pause();
  }
  trail.flush();
}

}  // namespace
}  // namespace insight::trail

int main(int argc, char** argv) {
  insight::trail::Options options;
  CLI::App app(
      "Writes a scenario's traffic to a Kafka topic as CloudTrail records: the days before now at once, and what comes "
      "then as the clock goes, until it is stopped. The scenario's incidents take turns.");
  app.add_option("--bootstrap-servers", options.bootstrap_servers, "Brokers to begin with: host:port")->required();
  app.add_option("--topic", options.topic, "Topic to write to; created if absent")->capture_default_str();
  app.add_option("--partitions", options.partitions, "Partitions of a topic that is created")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--scenario", options.scenario, "Scenario file (YAML)")->capture_default_str();
  app.add_option("--seed", options.seed, "Seed of all that is random")->capture_default_str();
  app.add_option("--scale", options.scale, "Multiplies every rate")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 10000.0));
  app.add_option("--days", options.days, "Whole days before today to begin with")
      ->capture_default_str()
      ->check(CLI::Range(0, 400));
  app.add_option("--first-incident", options.first_incident, "Minutes before now at which the first incident begins")
      ->capture_default_str()
      ->check(CLI::Range(-100'000, 100'000));
  app.add_option("--incident-every", options.incident_every, "Minutes from the beginning of one incident to the next")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  try {
    app.parse(argc, argv);
    std::signal(SIGTERM, [](int) { insight::trail::stop_asked = 1; });
    std::signal(SIGINT, [](int) { insight::trail::stop_asked = 1; });
    insight::trail::run(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "insight-live: {}\n", error.what());
    return 1;
  }
  return 0;
}
