#include "app/worker.h"

namespace insight::app {

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
      backoff_.reset();
    }
    disconnect();
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

void Worker::watch(const kafka::Consumer& consumer) {
  const auto health = consumer.health().snapshot();
  status_.connected = health.connected;
  if (!health.fatal || hopeless_) return;
  log_.error("{} is no longer a member of {}, and stops: {}; with group.instance.id every process needs one of its own",
             stage_, group(), kafka::to_string(health.fatal));
  hopeless_ = true;
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
