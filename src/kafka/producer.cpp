#include "kafka/librdkafka_producer.h"

#include "kafka/enqueue.h"

namespace insight::kafka {

// A broker that does not know a producer (a new one, or one whose newest message is over a day old when the broker comes
// back) takes any sequence for its first. With two batches on their way the first may be refused for the moment and the
// second taken; librdkafka then says that the first was taken, too.
Properties producer_properties() {
  return {{"enable.idempotence", "true"}, {"max.in.flight.requests.per.connection", "1"}};
}

struct LibrdkafkaProducer::Callbacks {
  static void delivery(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque) {
    auto& self = *static_cast<LibrdkafkaProducer*>(ClientEvents::client_of(opaque));
    Delivery delivery{tag_of(*message), rd_kafka_topic_name(message->rkt), {}, {}};
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++self.delivered_;
      self.health_.note_answer();
      rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
      const int64_t time_ms = rd_kafka_message_timestamp(message, &type);
      if (type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) delivery.appended_ms = time_ms;
    } else {
      ++self.failed_;
      delivery.error = make_client_error(handle, message->err, rd_kafka_err2str(message->err));
      self.health_.note_error(delivery.error, false);
    }
    self.on_delivery_(delivery);
  }
};

Result<std::unique_ptr<LibrdkafkaProducer>> LibrdkafkaProducer::create(const ClientOptions& options,
                                                                       DeliveryHandler on_delivery) {
  Result<Conf> conf = make_conf(options, {{"message.timeout.ms", "0"}}, producer_properties());
  if (!conf) return {{}, std::move(conf.error)};

  std::unique_ptr<LibrdkafkaProducer> self(new LibrdkafkaProducer());
  self->on_delivery_ = on_delivery ? std::move(on_delivery) : [](const Delivery&) {};
  rd_kafka_conf_set_dr_msg_cb(conf->get(), &Callbacks::delivery);
  if (Error error = ClientEvents::open(*self, RD_KAFKA_PRODUCER, options.log, std::move(*conf)))
    return {{}, std::move(error)};
  return {std::move(self), {}};
}

LibrdkafkaProducer::~LibrdkafkaProducer() { drop_and_destroy(handle_); }

Produced LibrdkafkaProducer::produce(const Record& record, uint64_t tag, Error* why) {
  Error error = enqueue(handle_, record, tag);
  if (!error) {
    ++queued_;
    return Produced::kQueued;
  }
  const bool is_full = error.code == RD_KAFKA_RESP_ERR__QUEUE_FULL;
  if (why != nullptr) *why = std::move(error);
  return is_full ? Produced::kQueueFull : Produced::kRefused;
}

int LibrdkafkaProducer::poll(Milliseconds timeout) { return rd_kafka_poll(handle_, to_timeout(timeout)); }

bool LibrdkafkaProducer::flush(Milliseconds timeout) {
  rd_kafka_flush(handle_, to_timeout(timeout));
  return outstanding() == 0;
}

void LibrdkafkaProducer::purge() {
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_poll(handle_, 0);
}

}  // namespace insight::kafka
