#include "kafka/deadline.h"
#include "kafka/enqueue.h"
#include "kafka/librdkafka_producer.h"

namespace insight::kafka {
namespace {

// Between two tries of a call that may succeed later.
constexpr Milliseconds kBackoff{50};

// Another producer with the same transactional.id, or the broker's own timeout of the transaction, raised the epoch.
// A fenced *group member* is not among them: that is merely abortable.
bool is_fence(int code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

TransactionResult classify(Error error) {
  Outcome outcome = Outcome::kFatal;
  if (!error) {
    outcome = Outcome::kOk;
  } else if (is_fence(error.code)) {
    outcome = Outcome::kFenced;
  } else if (error.fatal) {
    outcome = Outcome::kFatal;
  } else if (error.abortable) {
    outcome = Outcome::kAbortable;
  } else if (error.retriable) {
    outcome = Outcome::kRetriable;
  }
  return {outcome, std::move(error)};
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk: return "ok";
    case Outcome::kAbortable: return "abortable";
    case Outcome::kRetriable: return "retriable";
    case Outcome::kFenced: return "fenced";
    case Outcome::kFatal: return "fatal";
    case Outcome::kUnknown: return "unknown";
  }
  return "unknown";
}

struct LibrdkafkaTransactionalProducer::Callbacks {
  static void delivery(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque) {
    auto& self = *static_cast<LibrdkafkaTransactionalProducer*>(ClientEvents::client_of(opaque));
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      self.health_.note_answer();
    } else if (!self.delivery_failure_) {
      self.delivery_failure_ = make_client_error(handle, message->err, rd_kafka_err2str(message->err));
      self.delivery_failure_.abortable = true;
    }
  }
};

Result<std::unique_ptr<LibrdkafkaTransactionalProducer>> LibrdkafkaTransactionalProducer::create(
    const ClientOptions& options, const std::string& transactional_id) {
  Properties fixed = producer_properties();
  fixed["transactional.id"] = transactional_id;
  Result<Conf> conf = make_conf(options, {{"transaction.timeout.ms", "10000"}}, fixed);
  if (!conf) return {{}, std::move(conf.error)};

  std::unique_ptr<LibrdkafkaTransactionalProducer> self(new LibrdkafkaTransactionalProducer());
  rd_kafka_conf_set_dr_msg_cb(conf->get(), &Callbacks::delivery);
  if (Error error = ClientEvents::open(*self, RD_KAFKA_PRODUCER, options.log, std::move(*conf)))
    return {{}, std::move(error)};
  return {std::move(self), {}};
}

LibrdkafkaTransactionalProducer::~LibrdkafkaTransactionalProducer() { drop_and_destroy(handle_); }

// Calls until it succeeds, fails for good, or time is up; the last gives `time_up`.
template <class Call>
TransactionResult LibrdkafkaTransactionalProducer::retry(Milliseconds timeout, Outcome time_up, Call&& call) {
  const Deadline deadline(timeout);
  for (;;) {
    TransactionResult result = classify(make_error(call(to_timeout(deadline.left()))));
    if (result.outcome == Outcome::kOk) health_.note_answer();
    if (result.outcome != Outcome::kRetriable) return result;
    if (deadline.is_over()) return {time_up, std::move(result.error)};
    rd_kafka_poll(handle_, to_timeout(std::min(kBackoff, deadline.left())));
  }
}

TransactionResult LibrdkafkaTransactionalProducer::init_transactions(Milliseconds timeout) {
  return retry(timeout, Outcome::kRetriable, [this](int left) { return rd_kafka_init_transactions(handle_, left); });
}

TransactionResult LibrdkafkaTransactionalProducer::begin() {
  delivery_failure_ = {};
  TransactionResult result = classify(make_error(rd_kafka_begin_transaction(handle_)));
  if (result.outcome == Outcome::kRetriable) result.outcome = Outcome::kFatal;
  open_ = result.ok();
  return result;
}

TransactionResult LibrdkafkaTransactionalProducer::produce(const Record& record, Milliseconds timeout) {
  const Deadline deadline(timeout);
  for (;;) {
    Error error = enqueue(handle_, record, 0);
    if (!error) return {};
    if (error.code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      if (deadline.is_over()) return {Outcome::kAbortable, std::move(error)};
      rd_kafka_poll(handle_, to_timeout(std::min(kBackoff, deadline.left())));
      continue;
    }
    // An open transaction that already failed takes no more records; aborting mends it.
    if (error.code == RD_KAFKA_RESP_ERR__STATE && open_) {
      return {Outcome::kAbortable, delivery_failure_ ? delivery_failure_ : std::move(error)};
    }
    TransactionResult result = classify(std::move(error));
    if (result.outcome == Outcome::kRetriable) result.outcome = Outcome::kAbortable;
    return result;
  }
}

TransactionResult LibrdkafkaTransactionalProducer::send_offsets(const std::vector<TopicPartitionOffset>& offsets,
                                                                const GroupMetadata& membership, Milliseconds timeout) {
  const Deadline deadline(timeout);
  const rd_kafka_resp_err_t flushed = rd_kafka_flush(handle_, to_timeout(timeout));
  if (delivery_failure_.fatal) return classify(delivery_failure_);
  if (delivery_failure_) return {Outcome::kAbortable, delivery_failure_};
  if (flushed != RD_KAFKA_RESP_ERR_NO_ERROR) return {Outcome::kAbortable, make_error(flushed)};

  const PartitionList list = to_list(offsets);
  const GroupMetadataHandle member(rd_kafka_consumer_group_metadata_new_with_genid(
      membership.group.c_str(), membership.generation, membership.member.c_str(),
      membership.instance.empty() ? nullptr : membership.instance.c_str()));
  return retry(deadline.left(), Outcome::kAbortable,
               [&](int left) { return rd_kafka_send_offsets_to_transaction(handle_, list.get(), member.get(), left); });
}

TransactionResult LibrdkafkaTransactionalProducer::commit(Milliseconds timeout) {
  TransactionResult result =
      retry(timeout, Outcome::kUnknown, [this](int left) { return rd_kafka_commit_transaction(handle_, left); });
  if (result.ok()) open_ = false;
  return result;
}

TransactionResult LibrdkafkaTransactionalProducer::abort(Milliseconds timeout) {
  const Deadline deadline(timeout);
  // What is in flight is cheaper to wait for than to give up: a purge costs the producer its epoch.
  rd_kafka_flush(handle_, to_timeout(timeout / 2));
  TransactionResult result =
      retry(deadline.left(), Outcome::kUnknown, [this](int left) { return rd_kafka_abort_transaction(handle_, left); });
  if (result.outcome == Outcome::kAbortable) result.outcome = Outcome::kUnknown;
  if (result.ok()) open_ = false;
  return result;
}

void LibrdkafkaTransactionalProducer::poll() { rd_kafka_poll(handle_, 0); }

}  // namespace insight::kafka
