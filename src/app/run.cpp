#include "app/run.h"

#include <pthread.h>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "app/backoff.h"
#include "app/detect_worker.h"
#include "app/engine_topics.h"
#include "app/intake_worker.h"
#include "app/live_settings.h"
#include "app/log_damper.h"
#include "app/reload.h"
#include "app/resident_memory.h"
#include "app/version.h"
#include "telemetry/admin_server.h"
#include "telemetry/log.h"

namespace insight::app {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kFileCheckEvery{2};

// The signals that stop the daemon or have it read its configuration again, blocked in every thread and waited for in
// one, which also looks after the file: a ConfigMap changes without a signal.
class SignalThread {
 public:
  SignalThread(StopRequest& stop, Reload& reload) {
    sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this, &stop, &reload] {
      for (;;) {
        const timespec wait{kFileCheckEvery.count(), 0};
        const int signal = sigtimedwait(&signals_, nullptr, &wait);
        if (signal < 0)
          reload.if_changed();
        else if (signal == SIGHUP)
          reload.now();
        else
          return stop.request();
      }
    });
  }
  ~SignalThread() {
    pthread_kill(thread_.native_handle(), SIGUSR1);   // if no signal came, let it go
    thread_.join();
  }

 private:
  sigset_t signals_{};
  std::thread thread_;
};

uint32_t entropy() { return std::random_device{}(); }

std::string random_instance() { return fmt::format("{:08x}{:08x}", entropy(), entropy()); }

class Daemon {
 public:
  Daemon(const settings::Settings& settings, ConfigurationSource source, const kafka::Properties& properties)
      : settings_(settings),
        live_settings_(settings),
        log_(telemetry::make_logger(settings.logging.level, settings.logging.format == "json"
                                                                ? telemetry::LogFormat::kJson
                                                                : telemetry::LogFormat::kText)),
        metrics_(version(), git_revision()),
        reload_(std::move(source), live_settings_, metrics_, *log_) {
    client_.bootstrap_servers = settings.kafka.bootstrap_servers;
    client_.client_id = "insightd";
    client_.properties = properties;
    client_.log = [this](kafka::LogLevel level, std::string_view text) { log_client(level, text); };
  }

  int run() {
    SignalThread signals(stop_, reload_);
    telemetry::AdminServer admin(
        {[this] { return exposition(); }, [this] { return live(); }, [this] { return ready(); }});
    const auto started = admin.start(settings_.admin.listen);
    if (!started.error.empty()) {
      log_->error("{}; free the address, or set another with admin.listen", started.error);
      return 2;
    }
    log_->info("insightd {} ({}), librdkafka {}; metrics on port {}", version(), git_revision(),
               kafka::library_version(), started.port);
    const int status = prepare_topics() ? work() : (failed_ ? 1 : 0);
    admin.stop();
    log_->info("stopped");
    return status;
  }

 private:
  // Tries until the topics are there or the wish to stop is. False: stopped, or it cannot work (failed_).
  bool prepare_topics() {
    Backoff backoff(entropy());
    while (!stop_.requested()) {
      std::string why;
      if (try_topics(why)) return true;
      if (failed_) {
        log_->error("{}", why);
        return false;
      }
      const auto wait = backoff.next();
      log_->warn("Kafka is not ready, trying again in {} ms: {}", wait.count(), why);
      stop_.wait_for(wait);
    }
    return false;
  }

  bool try_topics(std::string& why) {
    auto admin = cluster_.admin(client_);
    if (!admin) {
      why = kafka::to_string(admin.error);
      failed_ = true;
      return false;
    }
    const FoundTopics found = ensure_topics(**admin, settings_);
    if (!found.topics) {
      why = found.why;
      failed_ = found.hopeless;
      return false;
    }
    const auto& made = found.topics->created;
    const bool is_new = std::find(made.begin(), made.end(), settings_.kafka.state_topic) != made.end();
    const auto moved = is_new ? kafka::Result<std::string>{std::string(), {}} : find_move(cluster_, client_, settings_);
    if (!moved || !moved->empty()) {
      why = moved ? *moved : kafka::to_string(moved.error);
      failed_ = static_cast<bool>(moved);
      return false;
    }
    topics_ = *found.topics;
    for (const auto& name : topics_.created) log_->info("created topic {}", name);
    if (topics_.partitions != static_cast<uint32_t>(settings_.kafka.partitions))
      log_->info("{} has {} partitions; kafka.partitions ({}) counts only when the daemon creates it",
                 settings_.kafka.calls_topic, topics_.partitions, settings_.kafka.partitions);
    if (!topics_.may_delete_calls)
      log_->warn("the user may not Delete records of topic {}: calls that are done with stay there for ever",
                 settings_.kafka.calls_topic);
    if (topics_.state_replication < 3)
      log_->warn("{} has {} replicas: losing a broker's disk can lose what was learned", settings_.kafka.state_topic,
                 topics_.state_replication);
    return true;
  }

  int work() {
    WorkerContext context{settings_, cluster_, client_, clock_,    topics_.partitions,
                          metrics_,  *log_,    stop_,   entropy(), &live_settings_};
    intake_ = std::make_unique<IntakeWorker>(context, topics_.events);
    context.entropy = entropy();
    detect_ = std::make_unique<DetectWorker>(context, instance());
    working_ = true;
    std::thread intake([this] { run_worker(*intake_); });
    std::thread detect([this] { run_worker(*detect_); });
    intake.join();
    detect.join();
    working_ = false;
    return failed_ ? 1 : 0;
  }

  void run_worker(Worker& worker) {
    if (worker.run()) return;
    failed_ = true;
    stop_.request();
  }

  telemetry::Health live() const { return {true, "alive"}; }

  // The metrics, and what only the moment of asking tells.
  std::string exposition() {
    metrics_.set_ready(ready().ok);
    metrics_.set_memory(resident_memory(), settings_.limits.memory_bytes);
    return metrics_.exposition();
  }

  telemetry::Health ready() const {
    if (!working_) return {false, "waiting for Kafka"};
    if (!intake_->status().connected || !detect_->status().connected) return {false, "not connected to Kafka"};
    if (!intake_->status().joined || !detect_->status().joined) return {false, "waiting for a share of the partitions"};
    const WorkerStatus& detect = detect_->status();
    if (const uint32_t restoring = detect.restoring; restoring > 0)
      return {false, fmt::format("restoring {} partitions: {} of {} offsets of the state topic read", restoring,
                                 detect.restore_read.load(), detect.restore_total.load())};
    if (const uint32_t refused = detect.refused; refused > 0)
      return {false, fmt::format("{} of {} partitions do not fit limits.memory and are not read; raise it, or run more "
                                 "instances",
                                 refused, detect.partitions.load())};
    return {true, fmt::format("reading {} partitions, detecting on {}", intake_->status().partitions.load(),
                              detect_->status().partitions.load())};
  }

  // What tells this process's transactions from those of others. A static member's name, if it has one: who takes it
  // over ends at once what the one before left open, instead of waiting for the transaction's time to be up.
  std::string instance() const {
    const auto named = client_.properties.find("group.instance.id");
    return named == client_.properties.end() ? random_instance() : named->second;
  }

  // Half a dozen clients say the same of a broker that is away, several times a second.
  void log_client(kafka::LogLevel level, std::string_view text) {
    const bool trouble = level == kafka::LogLevel::kError || level == kafka::LogLevel::kWarning;
    const auto held_back = trouble ? damper_.admit(text, clock_.steady()) : std::optional<uint64_t>(0);
    if (!held_back) return;
    // The client's own news are of use to those who look for a fault: one level lower than it says.
    static constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::err, spdlog::level::warn,
                                                            spdlog::level::debug, spdlog::level::trace};
    const auto shown = kLevels[static_cast<size_t>(level)];
    if (*held_back == 0)
      log_->log(shown, "kafka: {}", text);
    else
      log_->log(shown, "kafka: {} ({} more like it were not shown)", text, *held_back);
  }

  const settings::Settings& settings_;
  LiveSettings live_settings_;
  std::shared_ptr<spdlog::logger> log_;
  telemetry::Metrics metrics_;
  Reload reload_;
  LogDamper damper_;
  SystemClock clock_;
  kafka::LibrdkafkaCluster cluster_;
  kafka::ClientOptions client_;
  StopRequest stop_;
  EngineTopics topics_;
  std::unique_ptr<IntakeWorker> intake_;
  std::unique_ptr<DetectWorker> detect_;
  std::atomic<bool> working_{false};
  std::atomic<bool> failed_{false};
};

}  // namespace

int run(const settings::Settings& settings, const kafka::Properties& properties, const ConfigurationSource& source) {
  return Daemon(settings, source, properties).run();
}

}  // namespace insight::app
