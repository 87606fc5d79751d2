#include "tests/simulation/process.h"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/null_sink.h>

#include <cstdio>

#include "app/detect_worker.h"
#include "app/intake_worker.h"

namespace insight::simulation {
namespace {

// Lines with the world's time instead of ours.
class WorldLog : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  WorldLog(const Scheduler& scheduler, std::string name) : scheduler_(scheduler), name_(std::move(name)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    fmt::print(stderr, "{:>9} {:<12} {}\n", scheduler_.now().count(), name_,
               std::string_view(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}

  const Scheduler& scheduler_;
  std::string name_;
};

std::shared_ptr<spdlog::logger> make_log(const Process::Surroundings& world, const std::string& name) {
  if (!world.verbose) {
    auto silent = std::make_shared<spdlog::logger>(name, std::make_shared<spdlog::sinks::null_sink_st>());
    silent->set_level(spdlog::level::off);
    return silent;
  }
  auto log = std::make_shared<spdlog::logger>(name, std::make_shared<WorldLog>(world.scheduler, name));
  log->set_level(spdlog::level::debug);
  return log;
}

}  // namespace

Process::Process(const Surroundings& world, Stage stage, std::string name, Time skew)
    : settings_(world.settings),
      stage_(stage),
      instance_(world.scheduler, world.faults, name, world.epoch, skew),
      cluster_(world.broker, instance_),
      log_(make_log(world, name)),
      metrics_("simulated", "simulated"),
      entropy_(static_cast<uint32_t>(world.scheduler.random().next())) {}

void Process::start(std::vector<std::pair<std::string, uint32_t>> topics, uint32_t calls_partitions) {
  instance_.start([this, topics = std::move(topics), calls_partitions] { run(topics, calls_partitions); });
}

void Process::run(const std::vector<std::pair<std::string, uint32_t>>& topics, uint32_t calls_partitions) {
  const kafka::ClientOptions client;
  const app::WorkerContext context{settings_, cluster_, client,    instance_, calls_partitions,
                                   metrics_,  *log_,    instance_, entropy_};
  std::unique_ptr<app::Worker> worker;
  if (stage_ == Stage::kIntake)
    worker = std::make_unique<app::IntakeWorker>(context, topics);
  else
    worker = std::make_unique<app::DetectWorker>(context, instance_.name());
  gave_up_ = !worker->run();
}

uint64_t Process::counter(const std::string& name) const {
  const std::string text = metrics_.exposition();
  uint64_t sum = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    const std::string_view line(text.data() + at, end - at);
    at = end + 1;
    if (!line.starts_with(name) || (line[name.size()] != ' ' && line[name.size()] != '{')) continue;
    sum += static_cast<uint64_t>(std::stod(std::string(line.substr(line.rfind(' ') + 1))));
  }
  return sum;
}

}  // namespace insight::simulation
