#include "app/worker.h"

#include <fmt/format.h>

#include <utility>

namespace insight::app {

using std::chrono::milliseconds;

Worker::Worker(const WorkerContext& context, std::string stage)
    : settings_(context.settings),
      cluster_(context.cluster),
      client_(context.client),
      clock_(context.clock),
      calls_partitions_(context.calls_partitions),
      metrics_(context.metrics),
      log_(context.log),
      stop_(context.stop),
      stage_(std::move(stage)),
      live_(context.live),
      backoff_(context.entropy) {}

bool Worker::run() {
  while (!stop_.requested() && !hopeless_) {
    take_settings();
    if (connect()) {
      session();
      consumer_->serve();  // what ended the session may be the end of the member
      watch();
      if (!denied_) backoff_.reset();
    }
    disconnect();
    status_.connected = status_.joined = false;
    if (!stop_.requested() && !hopeless_) stop_.wait_for(backoff_.next());
  }
  return !hopeless_;
}

bool Worker::take_settings() {
  if (live_ == nullptr || live_->generation() == generation_) return false;
  generation_ = live_->generation();
  settings_ = *live_->get();
  return true;
}

kafka::Consumer::Options Worker::consumer_options() const {
  kafka::Consumer::Options options;
  options.client = client_;
  options.group = group();
  options.client.properties["auto.offset.reset"] = "error";
  options.client.properties["isolation.level"] = "read_committed";
  return options;
}

kafka::ClientOptions Worker::producer_options(const std::string& linger_ms) const {
  kafka::ClientOptions options = client_;
  options.properties.try_emplace("linger.ms", linger_ms);
  options.properties.try_emplace("message.max.bytes", "8388608");
  return options;
}

void Worker::watch() {
  const auto health = consumer_->health().snapshot();
  status_.connected = health.connected && !denied_;
  status_.joined = consumer_->rebalances() > 0;
  if (health.fatal) name_is_taken(health.fatal);
}

void Worker::name_is_taken(const kafka::Error& why) {
  if (std::exchange(hopeless_, true)) return;
  log_.error("{} is no longer a member of {}, and stops: {}; with group.instance.id every process needs one of its own",
             stage_, group(), kafka::to_string(why));
}

void Worker::await_heartbeat() {
  if (!client_.properties.contains("group.instance.id")) return;
  const auto set = client_.properties.find("heartbeat.interval.ms");
  const milliseconds beat(set == client_.properties.end() ? 3000 : std::stoi(set->second));
  const auto end = clock_.steady() + 2 * beat;
  while (!stop_.requested() && !hopeless_ && clock_.steady() < end) {
    consumer_->poll_batch(milliseconds(50), 1, [](const kafka::Message&) {});
    watch();
  }
}

bool Worker::unreadable(const kafka::Error& error, std::string_view topic) {
  if (!kafka::is_denied(error)) return false;
  denied_ = true;
  const std::string what = topic.empty() ? "group " + group() : fmt::format("topic {}", topic);
  if (damper_.admit(what, clock_.steady()))
    log_.error("the user may not Read {}: trying again; docs/security.md lists the permissions that the daemon needs",
               what);
  return true;
}

bool Worker::all_made(std::initializer_list<const kafka::Error*> errors) {
  for (const auto* error : errors) {
    if (error->code == 0) continue;
    log_.error("{} cannot start: {}", stage_, kafka::to_string(*error));
    hopeless_ = true;
    return false;
  }
  return true;
}

}  // namespace insight::app
