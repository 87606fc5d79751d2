// Three instances of the daemon, a broker, a network in between, and a producer: all real but the network.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "tests/chaos/faults.h"
#include "tests/integration/daemon_insights.h"
#include "tests/integration/daemon_process.h"
#include "tests/integration/daemon_trail.h"
#include "tests/integration/hanging_transactions.h"
#include "tests/integration/tcp_proxy.h"

namespace insight::chaos {

constexpr int kInstances = 3;
constexpr int32_t kPartitions = 12;      // of events, calls and state alike
constexpr milliseconds kSession{2000};

// Single-threaded. What must not happen throws with the sentence that says what did.
class World {
 public:
  // Everything starts; configuration and logs are in `folder`. `trail` is borrowed.
  World(const integration::Trail& trail, std::filesystem::path folder);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // For so long the world goes on as it is; what is due of earlier faults ends. Meanwhile messages are produced, up
  // to the share `until` of all.
  void pass(milliseconds time, double until);
  void strike(const Fault& fault);
  // Ends every fault, delivers what is left of the trail and waits until all of it is judged.
  void heal();

  // What consumers see which read committed records, and what a replay of the same records says.
  integration::Lines insights();
  integration::Lines replay();
  // Throws when a transaction stays open on any topic of the daemon.
  void expect_no_open_transaction();
  // As an operator would; how many there were.
  void end_hanging_transactions() { transactions_.end(); }
  int ended_transactions() const { return transactions_.ended(); }
  // Messages that the broker has twice, known after heal().
  int64_t doubled() const { return doubled_; }
  // Whether any process said that events were late. None is, in this trail; but where all stands still for a minute (a
  // broker that a busy machine starts slowly) and then goes on hundreds of times faster than life, some may be.
  bool any_late() const;
  // Offsets of the detect group, as they are now; throws if one went back.
  void expect_offsets_grow();

 private:
  struct Instance {
    std::string name;
    std::unique_ptr<integration::Daemon> daemon;  // empty: dead
    bool stopped = false;
    bool leaving = false;
    milliseconds restart_after{0};
    std::optional<std::chrono::steady_clock::time_point> wakes, starts, leaves_by;
  };

  void configure();
  void start(Instance& instance);
  void tend(Instance& instance);
  void write_stacks(const Instance& instance) const;
  void mend_network();
  void produce(double until);
  void deliver_all();
  // What the broker has acknowledged must be there; what it has twice, the daemon has to bear.
  void expect_delivered();
  void wait_until_judged();
  // Until the stage has committed what is in the topic now.
  void wait_until_committed(const std::string& stage, const std::string& topic);
  // While the instances are looked after.
  void tend_until(const std::function<bool()>& condition);
  std::vector<int64_t> committed(const std::string& stage, const std::string& topic);

  const integration::Trail& trail_;
  std::filesystem::path folder_;
  integration::TcpProxy proxy_;
  integration::KafkaBroker broker_;
  integration::HangingTransactions transactions_;  // of state and insights
  std::unique_ptr<kafka::Producer> producer_;
  size_t produced_ = 0;
  std::array<Instance, kInstances> instances_;
  std::optional<std::chrono::steady_clock::time_point> network_heals_;
  std::vector<int64_t> highest_;
  int64_t doubled_ = 0;
};

}  // namespace insight::chaos
