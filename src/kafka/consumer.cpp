#include "kafka/librdkafka_consumer.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "kafka/deadline.h"

namespace insight::kafka {
namespace {

constexpr Milliseconds kAbandonDeadline{2000};
constexpr Milliseconds kBurialDeadline{600'000};

// A consumer that could not close in time: to destroy it would wait for the same, without end (seen when the broker
// goes away during a rebalance). A thread of its own goes on closing, and nobody waits for it; what it says is not heard.
void bury(rd_kafka_t* handle, rd_kafka_queue_t* queue, std::unique_ptr<ClientContext> context) {
  {
    const std::lock_guard lock(context->mutex);
    context->client = nullptr;
  }
  std::thread([handle, queue, context = std::move(context)] {
    const bool closed = serve_until_closed(handle, queue, kBurialDeadline);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy_flags(handle, closed ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }).detach();
}

}  // namespace

// What librdkafka calls back, on the thread that polls (log_cb: on any).
struct LibrdkafkaConsumer::Callbacks {
  static void rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                        void* opaque) {
    if (auto* self = static_cast<LibrdkafkaConsumer*>(ClientEvents::client_of(opaque)))
      self->handle_rebalance(code, partitions);
    else
      rd_kafka_assign(handle, nullptr);
  }
  static void commit(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* offsets, void* opaque) {
    if (ClientEvents::client_of(opaque) == nullptr) return;
    auto& self = *static_cast<LibrdkafkaConsumer*>(ClientEvents::client_of(opaque));
    if (!self.on_commit_ || offsets == nullptr) return;
    Error error = code == 0 ? first_error(*offsets) : make_error(code);
    if (!error) self.health_.note_answer();
    self.on_commit_(error, to_offsets(*offsets));
  }
};

Result<std::unique_ptr<LibrdkafkaConsumer>> LibrdkafkaConsumer::create(const Options& options) {
  const Properties fixed = {{"group.id", options.group},
                            {"enable.auto.commit", "false"},
                            {"enable.auto.offset.store", "false"},
                            {"enable.partition.eof", "false"}};
  // The library stops to fetch when 64 MiB wait to be read, and looks again after this time; with its own default of a
  // second, who reads faster than that waits for most of it.
  Properties defaults = {{"fetch.queue.backoff.ms", "10"}};
  const auto protocol = options.client.properties.find("group.protocol");
  if (protocol == options.client.properties.end() || protocol->second != "consumer") {
    // The newer protocol sets these on the broker, and librdkafka refuses them beside it.
    defaults.insert({{"session.timeout.ms", "10000"},
                     {"heartbeat.interval.ms", "3000"},
                     {"partition.assignment.strategy", "cooperative-sticky"}});
  }
  Result<Conf> conf = make_conf(options.client, defaults, fixed);
  if (!conf) return {{}, std::move(conf.error)};

  std::unique_ptr<LibrdkafkaConsumer> self(new LibrdkafkaConsumer());
  rd_kafka_conf_set_rebalance_cb(conf->get(), &Callbacks::rebalance);
  rd_kafka_conf_set_offset_commit_cb(conf->get(), &Callbacks::commit);
  if (Error error = ClientEvents::open(*self, RD_KAFKA_CONSUMER, options.client.log, std::move(*conf)))
    return {{}, std::move(error)};
  rd_kafka_poll_set_consumer(self->handle_);
  self->group_ = options.group;
  const auto instance = options.client.properties.find("group.instance.id");
  if (instance != options.client.properties.end()) self->instance_ = instance->second;
  self->queue_ = rd_kafka_queue_get_consumer(self->handle_);
  return {std::move(self), {}};
}

// Destroying a client without closing it first hangs in the library when a rebalance waits for its callback.
LibrdkafkaConsumer::~LibrdkafkaConsumer() {
  handler_ = nullptr;
  on_commit_ = nullptr;
  close(kAbandonDeadline);
}

void LibrdkafkaConsumer::destroy(bool closed) {
  if (handle_ == nullptr) return;
  for (rd_kafka_message_t* message : held_) rd_kafka_message_destroy(message);
  held_.clear();
  handler_ = nullptr;
  rd_kafka_t* handle = std::exchange(handle_, nullptr);
  rd_kafka_queue_t* queue = std::exchange(queue_, nullptr);
  if (!closed) return bury(handle, queue, std::move(context_));
  if (queue != nullptr) rd_kafka_queue_destroy(queue);
  rd_kafka_destroy(handle);
}

Error LibrdkafkaConsumer::subscribe(const std::vector<std::string>& topics, RebalanceHandler& handler) {
  handler_ = &handler;
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
  for (const std::string& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  return make_error(rd_kafka_subscribe(handle_, list.get()));
}

Error LibrdkafkaConsumer::assign(const std::vector<Assignment>& partitions) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  std::vector<TopicPartition> paused;
  for (const Assignment& start : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), start.partition.topic.c_str(), start.partition.partition)->offset =
        start.offset;
    if (start.paused) paused.push_back(start.partition);
  }
  const std::vector<TopicPartition> before = assignment();
  paused_.clear();
  if (Error error = forget_positions(before)) return error;
  drop_held(before);
  if (Error error = make_error(rd_kafka_assign(handle_, list.get()))) return error;
  // The library remembers a pause beyond the assignment that it was made in.
  for (const Assignment& start : partitions) {
    if (!start.paused) resume({start.partition});
  }
  return paused.empty() ? Error{} : pause(paused);
}

// Ends the assignment and waits until the library has forgotten where it was: it does so a moment after it was told to,
// and a partition assigned again at once would seem to stand where it stood before.
Error LibrdkafkaConsumer::forget_positions(const std::vector<TopicPartition>& partitions) {
  if (partitions.empty()) return {};
  if (Error error = make_error(rd_kafka_assign(handle_, nullptr))) return error;
  for (const Deadline end(kForgetDeadline); any_position(partitions); consume(Milliseconds(1), 1))
    if (end.is_over()) return make_error(RD_KAFKA_RESP_ERR__TIMED_OUT, "the client holds on to an old assignment");
  return {};
}

bool LibrdkafkaConsumer::any_position(const std::vector<TopicPartition>& partitions) const {
  const PartitionList list = to_list(partitions);
  if (rd_kafka_position(handle_, list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  return std::any_of(list->elems, list->elems + list->cnt, [](const auto& element) { return element.offset >= 0; });
}

size_t LibrdkafkaConsumer::poll_messages(Milliseconds timeout, size_t max, MessageCall call, void* context) {
  size_t taken = hand_over(max, call, context);
  if (taken > 0 || max == 0) return taken;
  // The library waits until the batch is full or time is up; so: what is there, else wait for one, then what is there.
  if (consume(Milliseconds(0), max) == 0 && timeout.count() > 0 && consume(timeout, 1) > 0 && max > 1) {
    consume(Milliseconds(0), max - 1);
  }
  return hand_over(max, call, context);
}

// Takes up to `max` messages from librdkafka into held_; serves callbacks on the way.
size_t LibrdkafkaConsumer::consume(Milliseconds timeout, size_t max) {
  if (queue_ == nullptr) return 0;
  if (fetched_.size() < max) fetched_.resize(max);
  const ssize_t count = rd_kafka_consume_batch_queue(queue_, to_timeout(timeout), fetched_.data(), max);
  note_end();
  if (count <= 0) return 0;
  const size_t before = held_.size();
  for (ssize_t i = 0; i < count; ++i) {
    rd_kafka_message_t* message = fetched_[static_cast<size_t>(i)];
    if (message->err == RD_KAFKA_RESP_ERR__FATAL)
      rd_kafka_message_destroy(message);
    else
      held_.push_back(message);
  }
  if (held_.size() > before) health_.note_answer();
  return held_.size() - before;
}

// The library tells of a fatal error in a message, behind all that was fetched, and calls no rebalance for it.
void LibrdkafkaConsumer::note_end() {
  if (ended_ || rd_kafka_fatal_error(handle_, nullptr, 0) == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  ended_ = true;
  health_.note_error(make_client_error(handle_, RD_KAFKA_RESP_ERR__FATAL, nullptr), false);
}

namespace {

Message view_of(const rd_kafka_message_t& raw) {
  Message message;
  if (raw.rkt != nullptr) message.topic = rd_kafka_topic_name(raw.rkt);
  message.partition = raw.partition;
  message.offset = raw.offset;
  if (raw.key != nullptr) message.key = {static_cast<const char*>(raw.key), raw.key_len};
  message.tombstone = raw.payload == nullptr;
  if (raw.payload != nullptr) message.payload = {static_cast<const char*>(raw.payload), raw.len};
  rd_kafka_timestamp_type_t type;
  const int64_t time = rd_kafka_message_timestamp(&raw, &type);
  if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) {
    message.timestamp_ms = time;
    message.timestamp_type =
        type == RD_KAFKA_TIMESTAMP_CREATE_TIME ? TimestampType::kCreateTime : TimestampType::kLogAppendTime;
  }
  return message;
}

bool call_with(const rd_kafka_message_t& raw, bool (*call)(void*, const Message&), void* context) {
  Message message = view_of(raw);
  if (raw.err == RD_KAFKA_RESP_ERR_NO_ERROR) return call(context, message);
  // The payload of an error is its text.
  const Error error = make_error(raw.err, std::string(message.payload));
  message.payload = {};
  message.error = &error;
  return call(context, message);
}

TopicPartition partition_of(const rd_kafka_message_t& raw) {
  return {raw.rkt == nullptr ? "" : rd_kafka_topic_name(raw.rkt), raw.partition};
}

}  // namespace

// Hands over what is held, except what belongs to paused partitions: that stays, in its order.
size_t LibrdkafkaConsumer::hand_over(size_t max, MessageCall call, void* context) {
  size_t taken = 0;
  size_t kept = 0;
  bool go_on = true;
  while (go_on && taken < max && kept < held_.size()) {
    rd_kafka_message_t* raw = held_[kept];
    if (!paused_.empty() && paused_.contains(partition_of(*raw))) {
      ++kept;
      continue;
    }
    if (kept == 0) {
      held_.pop_front();
    } else {
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(kept));
    }
    ++taken;
    go_on = call_with(*raw, call, context);
    rd_kafka_message_destroy(raw);
  }
  return taken;
}

bool LibrdkafkaConsumer::serve() {
  const uint64_t before = rebalances_;
  // A rebalance makes everything fetched before it outdated, so it is reached however much is queued.
  consume(Milliseconds(0), 1);
  return rebalances_ != before;
}

void LibrdkafkaConsumer::wake() {
  if (queue_ != nullptr) rd_kafka_queue_yield(queue_);
}

Error LibrdkafkaConsumer::seek(const TopicPartition& partition, int64_t offset, Milliseconds timeout) {
  const PartitionList list =
      to_list(std::vector<TopicPartitionOffset>{{partition.topic, partition.partition, offset, ""}});
  if (Error error = make_error(rd_kafka_seek_partitions(handle_, list.get(), to_timeout(timeout)))) return error;
  drop_held({partition});
  return first_error(*list);
}

Error LibrdkafkaConsumer::pause(const std::vector<TopicPartition>& partitions) { return set_paused(partitions, true); }
Error LibrdkafkaConsumer::resume(const std::vector<TopicPartition>& partitions) {
  return set_paused(partitions, false);
}

Error LibrdkafkaConsumer::set_paused(const std::vector<TopicPartition>& partitions, bool paused) {
  const PartitionList list = to_list(partitions);
  const rd_kafka_resp_err_t code =
      paused ? rd_kafka_pause_partitions(handle_, list.get()) : rd_kafka_resume_partitions(handle_, list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return make_error(code);
  for (const TopicPartition& at : partitions) {
    if (paused) {
      paused_.insert(at);
    } else {
      paused_.erase(at);
    }
  }
  return first_error(*list);
}

void LibrdkafkaConsumer::drop_held(const std::vector<TopicPartition>& partitions) {
  std::erase_if(held_, [&](rd_kafka_message_t* raw) {
    const bool drop = std::find(partitions.begin(), partitions.end(), partition_of(*raw)) != partitions.end();
    if (drop) rd_kafka_message_destroy(raw);
    return drop;
  });
}

int64_t LibrdkafkaConsumer::position(const TopicPartition& partition) const {
  const PartitionList list = to_list(std::vector<TopicPartition>{partition});
  if (rd_kafka_position(handle_, list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return kOffsetInvalid;
  int64_t position = list->elems[0].offset;
  // What is held has not been handed over.
  for (const rd_kafka_message_t* raw : held_) {
    if (raw->err == 0 && partition_of(*raw) == partition) position = std::min(position, raw->offset);
  }
  return position;
}

}  // namespace insight::kafka
