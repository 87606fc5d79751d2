#include "tests/chaos/world.h"

#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <stdexcept>

namespace insight::chaos {

using integration::eventually;
using integration::kPatience;
using Clock = std::chrono::steady_clock;

namespace {

constexpr char kEvents[] = "chaos-events";
constexpr char kCalls[] = "chaos-calls";
constexpr char kState[] = "chaos-state";
constexpr char kInsights[] = "chaos-insights";
constexpr char kGroup[] = "chaos";
constexpr char kDoor[] = "PROXIED";
// A clean stop is promised within 20 s; the machine may be busy with other things.
constexpr milliseconds kStopPatience{40'000};
constexpr milliseconds kJudgedPatience{600'000};
constexpr milliseconds kStep{20};

std::runtime_error failure(const std::string& what, const kafka::Error& error) {
  return std::runtime_error(what + ": " + kafka::to_string(error));
}

}  // namespace

World::World(const integration::Trail& trail, std::filesystem::path folder)
    : trail_(trail),
      folder_(std::move(folder)),
      broker_({{"log.retention.ms", "-1"}}, {{kDoor, "PLAINTEXT", proxy_.port()}}),
      transactions_(broker_, kInsights, kState, kPartitions),
      highest_(kPartitions, INT64_MIN) {
  proxy_.forward_to(broker_.port(kDoor));
  broker_.create_topic(kEvents, kPartitions);
  auto producer = kafka::LibrdkafkaCluster().producer(broker_.client({{"linger.ms", "5"}}), nullptr);
  if (!producer) throw failure("producer", producer.error);
  producer_ = std::move(*producer);
  configure();
  for (int i = 0; i < kInstances; ++i) {
    instances_[static_cast<size_t>(i)].name = "instance-" + std::to_string(i + 1);
    start(instances_[static_cast<size_t>(i)]);
  }
}

World::~World() = default;

// Sessions and transactions are short, so that a thousand faults and what follows from each take less than an hour.
void World::configure() {
  const std::string session = std::to_string(kSession.count());
  integration::write_file(
      folder_ / "insightd.yaml",
      "kafka:\n  bootstrap_servers: 127.0.0.1:" + std::to_string(proxy_.port()) + "\n  consumer_group: " + kGroup +
          "\n  topics:\n    events: [" + kEvents + "]\n    calls: " + kCalls + "\n    state: " + kState +
          "\n    insights: " + kInsights + "\n  partitions: " + std::to_string(kPartitions) +
          "\n  properties:\n    session.timeout.ms: \"" + session +
          "\"\n    heartbeat.interval.ms: \"300\"\n    transaction.timeout.ms: \"3000\"\n    socket.timeout.ms: "
          "\"3000\"\n    reconnect.backoff.max.ms: \"500\"\nadmin:\n  listen: 127.0.0.1:0\ndetection:\n  "
          "early_start: false\n");
}

void World::start(Instance& instance) {
  instance.daemon =
      std::make_unique<integration::Daemon>(folder_ / "insightd.yaml", folder_ / (instance.name + ".log"));
  instance.stopped = instance.leaving = false;
  instance.wakes.reset();
  instance.starts.reset();
  instance.leaves_by.reset();
}

void World::pass(milliseconds time, double until) {
  const size_t before = produced_;
  const double begin = static_cast<double>(before) / static_cast<double>(trail_.messages.size());
  const auto began = Clock::now();
  for (;;) {
    const auto passed = Clock::now() - began;
    const double share = time.count() == 0 ? 1 : std::min(1.0, std::chrono::duration<double>(passed) / time);
    produce(begin + (until - begin) * share);
    for (Instance& instance : instances_) tend(instance);
    if (network_heals_ && Clock::now() >= *network_heals_) mend_network();
    if (passed >= time) return;
    producer_->poll(std::min(kStep, std::chrono::duration_cast<milliseconds>(time - passed) + milliseconds(1)));
  }
}

// What is due of an instance: to wake, to have ended, to start.
void World::tend(Instance& instance) {
  const auto now = Clock::now();
  if (instance.stopped && now >= *instance.wakes) {
    instance.daemon->signal(SIGCONT);
    instance.stopped = false;
  }
  if (instance.daemon && !instance.stopped && !instance.daemon->running()) {
    const int status = *instance.daemon->wait_exit();
    // One that was told to stop before it had begun has no handler for the signal yet.
    const bool unborn = status == -SIGTERM && instance.daemon->log().empty();
    if (!instance.leaving || (status != 0 && !unborn))
      throw std::runtime_error(instance.name + " ended by itself with status " + std::to_string(status));
    instance.daemon.reset();
    instance.starts = now + instance.restart_after;
  }
  if (instance.leaving && instance.daemon && now >= *instance.leaves_by) {
    write_stacks(instance);
    throw std::runtime_error(instance.name + " does not stop");
  }
  if (!instance.daemon && now >= *instance.starts) start(instance);
}

// What its threads wait for, beside its log, where there is a debugger.
void World::write_stacks(const Instance& instance) const {
  const std::string command = "gdb --batch -p " + std::to_string(instance.daemon->process()) +
                              " -ex 'thread apply all backtrace' > " +
                              (folder_ / (instance.name + ".stacks")).string() + " 2>&1";
  [[maybe_unused]] const int status = std::system(command.c_str());
}

// A fault of an instance meets one that works; if none does, the network fails instead.
void World::strike(const Fault& fault) {
  const auto now = Clock::now();
  Instance* met = nullptr;
  for (int i = 0; i < kInstances && met == nullptr; ++i) {
    Instance& instance = instances_[static_cast<size_t>((fault.instance + i) % kInstances)];
    if (instance.daemon && !instance.stopped && !instance.leaving) met = &instance;
  }
  FaultKind kind = fault.kind;
  if (met == nullptr && kind <= FaultKind::kTerminate) kind = FaultKind::kCutSome;
  switch (kind) {
    case FaultKind::kKill:
      met->daemon->kill();
      met->daemon.reset();
      met->starts = now + fault.lasts;
      return;
    case FaultKind::kStop:
      met->daemon->signal(SIGSTOP);
      met->stopped = true;
      met->wakes = now + fault.lasts;
      return;
    case FaultKind::kTerminate:
      met->daemon->signal(SIGTERM);
      met->leaving = true;
      met->leaves_by = now + kStopPatience;
      met->restart_after = fault.lasts;
      return;
    case FaultKind::kCutSome: return proxy_.cut(2, true);
    case FaultKind::kCutAll: return proxy_.cut(0, false);
    case FaultKind::kDelay:
      proxy_.delay(fault.lasts / 4);
      network_heals_ = now + fault.lasts;
      return;
    case FaultKind::kFreeze:
      proxy_.freeze(true);
      network_heals_ = now + fault.lasts;
      return;
    case FaultKind::kBrokerRestart: return broker_.restart();
    case FaultKind::kBrokerKill: broker_.kill(); return broker_.start();
  }
}

void World::mend_network() {
  proxy_.delay(milliseconds(0));
  proxy_.freeze(false);
  network_heals_.reset();
}

// In the order of the trail, each message once and for all: the producer tries until it is delivered. Stamped with
// today's time, not the trail's: a broker that comes back does not know a producer whose newest message is over a day
// old (producer.id.expiration.ms), and what it then sends again may be doubled or, said to be there, lost.
void World::produce(double until) {
  const auto end = static_cast<size_t>(until * static_cast<double>(trail_.messages.size()));
  for (; produced_ < std::min(end, trail_.messages.size()); ++produced_) {
    const integration::TrailMessage& message = trail_.messages[produced_];
    kafka::Record record;
    record.topic = kEvents;
    record.partition = message.partition;
    record.payload = message.payload;
    kafka::Error why;
    const auto done = producer_->produce(record, 0, &why);
    if (done == kafka::Produced::kQueueFull) return;
    if (done == kafka::Produced::kRefused) throw failure("producing", why);
  }
}

void World::heal() {
  mend_network();
  for (Instance& instance : instances_) {
    if (instance.stopped) instance.wakes = Clock::now();
    if (!instance.daemon) instance.starts = Clock::now();
  }
  deliver_all();
  wait_until_judged();
}

void World::deliver_all() {
  const auto by = Clock::now() + kJudgedPatience;
  while (produced_ < trail_.messages.size()) {
    pass(milliseconds(100), 1);
    if (Clock::now() > by) throw std::runtime_error("the trail cannot be produced");
  }
  if (!producer_->flush(kPatience) || producer_->failed() > 0) throw std::runtime_error("messages not delivered");
  expect_delivered();
}

void World::expect_delivered() {
  std::map<std::string_view, int64_t> missing;
  for (const auto& message : trail_.messages) ++missing[message.payload];
  const auto there = broker_.payloads(kEvents);
  for (const auto& payload : there) --missing[payload];
  int64_t lost = 0;
  for (const auto& [payload, count] : missing) {
    lost += std::max(count, int64_t{0});
    doubled_ += std::max(-count, int64_t{0});
  }
  if (lost > 0) throw std::runtime_error(std::to_string(lost) + " messages that the broker acknowledged are not there");
}

// Intake commits after its batches: what is in calls by then is all that there is of the trail. It never stops coming:
// every second the intakes say how far they are.
void World::wait_until_judged() {
  tend_until([this] {
    return std::all_of(instances_.begin(), instances_.end(), [](Instance& i) { return i.daemon && i.daemon->ready(); });
  });
  wait_until_committed("intake", kEvents);
  wait_until_committed("detect", kCalls);
}

void World::wait_until_committed(const std::string& stage, const std::string& topic) {
  const auto until = broker_.ends(topic, kPartitions);
  tend_until([&] {
    const auto now = committed(stage, topic);
    return std::equal(now.begin(), now.end(), until.begin(), std::greater_equal<>());
  });
}

void World::tend_until(const std::function<bool()>& condition) {
  const auto by = Clock::now() + kJudgedPatience;
  while (!condition()) {
    pass(milliseconds(200), 1);
    transactions_.end();
    if (Clock::now() > by) throw std::runtime_error("lag does not come back to zero");
  }
}

std::vector<int64_t> World::committed(const std::string& stage, const std::string& topic) {
  return broker_.committed_offsets(std::string(kGroup) + "-" + stage, topic, kPartitions);
}

integration::Lines World::insights() { return broker_.payloads(kInsights); }

integration::Lines World::replay() {
  integration::write_file(folder_ / "trail.ndjson", trail_.ndjson);
  const auto output = folder_ / "replay.jsonl";
  const auto result = integration::run_insightd({"replay", "--config", (folder_ / "insightd.yaml").string(), "--output",
                                                 output.string(), (folder_ / "trail.ndjson").string()},
                                                folder_);
  if (result.status != 0) throw std::runtime_error("replay failed: " + result.error);
  std::filesystem::remove(folder_ / "trail.ndjson");
  return integration::split_lines(integration::read_file(output));
}

void World::expect_no_open_transaction() {
  const auto none = [this] {
    const auto open = transactions_.open();
    return open && open->empty();
  };
  if (!eventually(none))
    throw std::runtime_error(std::string("a transaction stays open on ") + kState + " or " + kInsights);
}

bool World::any_late() const {
  return std::any_of(instances_.begin(), instances_.end(), [this](const Instance& instance) {
    const std::string log = integration::read_file(folder_ / (instance.name + ".log"));
    return log.find("calls came later than input.lateness allows") != std::string::npos;
  });
}

void World::expect_offsets_grow() {
  const auto now = committed("detect", kCalls);
  for (size_t p = 0; p < now.size(); ++p) {
    if (now[p] < highest_[p])
      throw std::runtime_error("the group's offset of calls partition " + std::to_string(p) + " went back from " +
                               std::to_string(highest_[p]) + " to " + std::to_string(now[p]));
    highest_[p] = now[p];
  }
}

}  // namespace insight::chaos
