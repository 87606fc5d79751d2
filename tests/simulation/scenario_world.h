// A world for one scenario: what happens in it is said by the test, not drawn.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/simulation/oracle.h"
#include "tests/simulation/processes.h"

namespace insight::simulation {

// Asks the scenario at each effect; nothing goes wrong by itself.
class ScriptedFaults final : public Faults {
 public:
  using Script = std::function<Fault(const Instance& instance, std::string_view effect)>;

  Script script;                     // empty: no faults
  Time standstill{60'000};           // of a process that a fault freezes

  Fault at(const Instance& instance, std::string_view effect) override {
    return script ? script(instance, effect) : Fault::kNone;
  }
  Time latency(const Instance&, std::string_view) override { return Time(0); }
  Time freeze(const Instance&) override { return standstill; }
  int slowness() const override { return slowness_; }
  void set_slowness(int slowness) { slowness_ = slowness; }

 private:
  int slowness_ = 1;
};

// Which call an event speaks of.
struct ScenarioApi {
  std::string name;
  std::string account = "111111111111";
};

class ScenarioWorld {
 public:
  struct Shape {
    int32_t events_partitions = 2;
    int32_t calls_partitions = 1;
    bool early_start = true;
    uint32_t apis_per_partition = 10'000;
  };
  // `epoch`: the broker's time of day at the beginning.
  ScenarioWorld(core::Timestamp epoch, const Shape& shape);

  Scheduler& scheduler() { return scheduler_; }
  Broker& broker() { return broker_; }
  ScriptedFaults& faults() { return faults_; }
  const std::string& events_topic() const { return settings_.kafka.events_topics.front(); }
  const std::string& calls_topic() const { return settings_.kafka.calls_topic; }
  const std::string& insights_topic() const { return settings_.kafka.insights_topic; }

  // An event of its own id, now at the end of a partition. `stamp`: Kafka's timestamp of the message.
  void add(core::Timestamp time, const ScenarioApi& api, int32_t partition, core::Timestamp stamp);
  // One that the engine is not to count, so that the replay does not hear of it.
  void add_poison(core::Timestamp time, int32_t partition, core::Timestamp stamp);
  // What Traffic or another made.
  void add_message(int32_t partition, const std::string& payload, core::Timestamp stamp);
  void set_truth(const std::vector<std::string>& events) { truth_ = events; }

  // How many records a second are read of each partition of a topic, until finish().
  void set_pace(const std::string& topic, const std::function<double(int32_t partition)>& records_per_second);

  Process& start(Stage stage, Time skew = Time(0)) { return processes_.start(stage, skew); }
  std::vector<Process*> running(Stage stage) { return processes_.running(stage); }
  void stop_all(Stage stage) { processes_.stop_all(stage); }
  void pass(Time time) { scheduler_.wait(scheduler_.now() + time); }
  // False: it did not come to that in three hours.
  bool pass_until(const std::function<bool()>& done);
  bool input_is_read() const { return processes_.input_is_read(); }
  bool calls_are_read() const { return processes_.calls_are_read(); }
  uint64_t counter(Stage stage, const std::string& name) const;

  // Without faults: all is read, everybody stops.
  void finish();
  // One that never crashed, over the same batches. After finish().
  Reference& reference();
  // How many minutes before the newest event it closed the last one.
  int behind();
  // What differs from it: insights, state, open transactions; and from a replay of the events, if `with_replay`.
  Findings differences(bool with_replay = true);

 private:
  settings::Settings settings_;
  Scheduler scheduler_{1};
  ScriptedFaults faults_;
  Broker broker_;
  Processes processes_;
  uint64_t ids_ = 0;
  std::vector<std::pair<core::Timestamp, std::string>> events_;
  std::vector<std::string> truth_;
  std::unique_ptr<Reference> reference_;
};

}  // namespace insight::simulation
