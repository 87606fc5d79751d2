// The tests of the layer on the simulation's Kafka.
#include <deque>

#include "tests/integration/kafka_under_test.h"
#include "tests/simulation/broker.h"

namespace insight::integration {
namespace {

using simulation::Fault;
using simulation::Instance;
using simulation::Time;

constexpr Time kStep{10};

class NoFaults final : public simulation::Faults {
 public:
  Fault at(const Instance&, std::string_view) override { return Fault::kNone; }
  Time latency(const Instance&, std::string_view) override { return Time(1); }
  Time freeze(const Instance&) override { return Time(0); }
};

class SimulatedKafka final : public KafkaUnderTest {
 public:
  SimulatedKafka() {
    scheduler_.on_step([this] { broker_.step(); });
  }

  kafka::Cluster& cluster() override { return cluster_; }
  kafka::ClientOptions client(const kafka::Properties& properties) const override { return {{}, {}, properties, {}}; }
  using KafkaUnderTest::client;
  void start() override { broker_.set_availability(simulation::Broker::Availability::kUp); }
  void kill() override { broker_.set_availability(simulation::Broker::Availability::kDown); }
  void freeze() override { broker_.set_availability(simulation::Broker::Availability::kFrozen); }
  void thaw() override { start(); }
  bool eventually(const std::function<bool()>& condition, milliseconds patience) override {
    const Time end = scheduler_.now() + patience;
    while (!condition()) {
      if (scheduler_.now() >= end) return false;
      pass(kStep);
    }
    return true;
  }
  std::chrono::steady_clock::time_point now() const override { return instance_.steady(); }

  void pass(Time time) { scheduler_.wait(scheduler_.now() + time); }
  simulation::Scheduler& scheduler() { return scheduler_; }
  simulation::Faults& faults() { return faults_; }
  simulation::Broker& broker() { return broker_; }

 private:
  static constexpr core::Timestamp kEpoch{std::chrono::seconds(1'733'936'400)};

  simulation::Scheduler scheduler_{1};
  NoFaults faults_;
  simulation::Broker broker_{scheduler_, kEpoch};
  Instance instance_{scheduler_, faults_, "test", kEpoch, Time(0)};
  simulation::SimulatedCluster cluster_{broker_, instance_};
};

SimulatedKafka& simulated_kafka() {
  static SimulatedKafka kafka;
  return kafka;
}

class GroupMember final : public MemberProcess {
 public:
  explicit GroupMember(const MemberPlan& plan)
      : instance_(kafka_.scheduler(), kafka_.faults(), "member", core::Timestamp{}, Time(0)),
        cluster_(kafka_.broker(), instance_) {
    instance_.start([this, plan] {
      GroupMemberRun member(cluster_, kafka_.client(), plan);
      try {
        member.run([this](const std::string& line) { lines_.push_back(line); },
                   [this] { return instance_.wait(kPatience, [this] { return told_to_go_; }); });
      } catch (const std::exception& error) {
        lines_.push_back(std::string("failed: ") + error.what());
      }
    });
  }
  ~GroupMember() override {
    instance_.crash();
    instance_.join();
  }
  std::string listen() override {
    if (!kafka_.eventually([this] { return !lines_.empty(); }, kPatience)) return "(silent)";
    const std::string line = lines_.front();
    lines_.pop_front();
    return line;
  }
  void go() override { told_to_go_ = true; }
  void stop() override { instance_.freeze(kStopped); }
  // It runs again when its time is up.
  void wake() override { kafka_.pass(kStopped); }

 private:
  // Longer than its session; shorter than the transaction's timeout, which would fence it.
  static constexpr Time kStopped{5'000};

  SimulatedKafka& kafka_ = simulated_kafka();
  Instance instance_;
  simulation::SimulatedCluster cluster_;
  std::deque<std::string> lines_;
  bool told_to_go_ = false;
};

}  // namespace

KafkaUnderTest& kafka_under_test() { return simulated_kafka(); }

std::unique_ptr<MemberProcess> start_member(const MemberPlan& plan) { return std::make_unique<GroupMember>(plan); }

}  // namespace insight::integration
