#include "tests/simulation/client_transactions.h"

#include <algorithm>

namespace insight::simulation {
namespace {

using kafka::Outcome;
using kafka::TopicPartition;
using kafka::TransactionResult;

constexpr core::Duration kRetryAfter{100};
constexpr core::Duration kLateness{5000};
constexpr core::Duration kFlushStep{20};

Outcome outcome_of(Code code, Outcome time_up) {
  switch (code) {
    case Code::kNone: return Outcome::kOk;
    case Code::kLocalTimedOut: return time_up;
    case Code::kProducerFenced:
    case Code::kInvalidProducerEpoch: return Outcome::kFenced;
    case Code::kUnknownMember:
    case Code::kIllegalGeneration:
    case Code::kFencedInstance:
    case Code::kRecordTooLarge:
    case Code::kOutOfOrderSequence:
    case Code::kUnknownTopicOrPartition: return Outcome::kAbortable;
    default: return Outcome::kFatal;
  }
}

}  // namespace

SimulatedTransactionalProducer::SimulatedTransactionalProducer(SimulatedCluster& cluster,
                                                               const kafka::ClientOptions& options, std::string id)
    : SimulatedClient(cluster, options),
      id_(std::move(id)),
      transaction_timeout_(number("transaction.timeout.ms", 10'000)) {
  cluster_.add(this);
}

SimulatedTransactionalProducer::~SimulatedTransactionalProducer() { cluster_.remove(this); }

TransactionResult SimulatedTransactionalProducer::result(Code code, const char* what, Outcome time_up) {
  TransactionResult result{outcome_of(code, time_up), note(code, what)};
  result.error.abortable = result.outcome == Outcome::kAbortable;
  result.error.fatal = result.outcome == Outcome::kFatal || result.outcome == Outcome::kFenced;
  if (result.outcome == Outcome::kAbortable) failure_ = result.error;
  if (result.must_restore()) end_ = result;
  return result;
}

TransactionResult SimulatedTransactionalProducer::init_transactions(kafka::Milliseconds timeout) {
  if (!end_.ok()) return end_;
  return result(init(timeout), "init_transactions", Outcome::kRetriable);
}

Code SimulatedTransactionalProducer::init(kafka::Milliseconds timeout) {
  // Shared, because a late request happens when this call is long over; what it then fences is somebody else.
  const auto answer = std::make_shared<KafkaModel::Initialized>();
  const Code code =
      cluster_.request("transaction.init", timeout,
                       [answer, id = id_, after = transaction_timeout_, &model = cluster_.model()](core::Timestamp at) {
                         *answer = model.init_transactions(id, after, at);
                         return answer->code;
                       });
  if (code != Code::kNone) return code;
  identity_ = answer->producer;
  lanes_.clear();
  ready_ = true;
  return code;
}

TransactionResult SimulatedTransactionalProducer::begin() {
  cluster_.enter();
  if (!end_.ok()) return end_;
  if (!ready_ || open_) return result(Code::kLocalState, "begin: not now", Outcome::kFatal);
  open_ = true;
  used_ = false;
  failure_ = {};
  return {};
}

TransactionResult SimulatedTransactionalProducer::produce(const kafka::Record& record, kafka::Milliseconds) {
  if (!end_.ok()) return end_;
  if (!open_) return result(Code::kLocalState, "produce: no transaction", Outcome::kFatal);
  if (failure_) return {Outcome::kAbortable, failure_};
  ProducedRecord copy = copy_of(record, cluster_.instance().wall());
  if (copy.bytes() > static_cast<size_t>(number("message.max.bytes", 1'000'000)))
    return result(Code::kRecordTooLarge, "the record is too large", Outcome::kAbortable);
  lanes_[partition_of(record, cluster_.model())].queue.push_back(std::move(copy));
  return {};
}

void SimulatedTransactionalProducer::work() {
  if (!open_ || failure_ || !end_.ok() || now() < not_before_) return;
  std::vector<TopicPartition> ready;
  for (const auto& [at, lane] : lanes_)
    if (!lane.queue.empty()) ready.push_back(at);
  while (!ready.empty() && !failure_ && end_.ok()) {
    const size_t next = cluster_.choose(ready.size());
    std::swap(ready[next], ready.back());
    send(ready.back(), lanes_.at(ready.back()));
    ready.pop_back();
  }
}

void SimulatedTransactionalProducer::send(const TopicPartition& partition, Lane& lane) {
  Code code = Code::kNone;
  size_t taken = 0;
  const Answer answer = cluster_.instance().effect(
      "transaction.send", Time(0), [&] { code = append(partition, lane, taken); },
      [&] {
        cluster_.model().arrive_later(
            now() + kLateness, [&model = cluster_.model(), partition, id = id_, identity = identity_,
                                records = lane.queue, first = lane.sequence](core::Timestamp at) {
              int32_t sequence = first;
              for (const ProducedRecord& record : records)
                model.produce_in_transaction(id, partition, record, {identity.id, identity.epoch, sequence++}, at);
            });
      });
  if (answer == Answer::kTimedOut || code == Code::kConcurrentTransactions) {
    not_before_ = now() + kRetryAfter;   // the same again: what was taken is known by its sequence numbers
    used_ = used_ || answer == Answer::kTimedOut;
    return;
  }
  used_ = true;
  lane.sequence += static_cast<int32_t>(taken);
  lane.queue.clear();
  if (code != Code::kNone) result(code, "a record was not delivered", Outcome::kAbortable);
}

Code SimulatedTransactionalProducer::append(const TopicPartition& partition, Lane& lane, size_t& taken) {
  KafkaModel& model = cluster_.model();
  if (const Code code = model.add_to_transaction(id_, identity_, partition, now()); code != Code::kNone) return code;
  int32_t sequence = lane.sequence;
  for (const ProducedRecord& record : lane.queue) {
    const auto appended =
        model.produce_in_transaction(id_, partition, record, {identity_.id, identity_.epoch, sequence++}, now());
    if (appended.code != Code::kNone) return appended.code;
    ++taken;
  }
  return Code::kNone;
}

bool SimulatedTransactionalProducer::is_flushed() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane.second.queue.empty(); });
}

// False: time was up, or something failed.
bool SimulatedTransactionalProducer::flush(core::Timestamp end) {
  cluster_.enter();
  while (!is_flushed() && !failure_ && end_.ok()) {
    if (now() >= end) return false;
    cluster_.wait(std::min(kFlushStep, left_until(end, now())));
  }
  return !failure_ && end_.ok();
}

TransactionResult SimulatedTransactionalProducer::send_offsets(const std::vector<kafka::TopicPartitionOffset>& offsets,
                                                               const kafka::GroupMetadata& membership,
                                                               kafka::Milliseconds timeout) {
  const core::Timestamp end = now() + timeout;
  const bool flushed = flush(end);
  if (!end_.ok()) return end_;
  if (failure_) return {Outcome::kAbortable, failure_};
  if (!flushed) return result(Code::kLocalTimedOut, "flushing", Outcome::kAbortable);
  const Membership proof{membership.member, membership.generation, membership.instance};
  const TransactionNumber current = used_ ? cluster_.model().transaction_of(id_) : kNoTransaction;
  used_ = true;
  const Code code = cluster_.request(
      "transaction.offsets", left_until(end, now()),
      [=, id = id_, group = membership.group, identity = identity_, &model = cluster_.model()](core::Timestamp at) {
        // Brokers verify that the transaction is still open before they take offsets for it.
        if (at > end && !model.is_open(id, current)) return Code::kInvalidTransactionState;
        return model.send_offsets(id, identity, group, proof, offsets, at);
      });
  return result(code, "send_offsets", Outcome::kAbortable);
}

TransactionResult SimulatedTransactionalProducer::commit(kafka::Milliseconds timeout) {
  const core::Timestamp end = now() + timeout;
  const bool flushed = flush(end);
  if (!end_.ok()) return end_;
  if (!open_) return result(Code::kLocalState, "commit: no transaction", Outcome::kFatal);
  if (failure_) return {Outcome::kAbortable, failure_};
  if (!flushed) return result(Code::kLocalTimedOut, "flushing", Outcome::kUnknown);
  Code code = Code::kNone;
  if (used_)
    code = cluster_.request("transaction.commit", left_until(end, now()),
                            [id = id_, identity = identity_, &model = cluster_.model()](core::Timestamp at) {
                              return model.end_transaction(id, identity, true, at);
                            });
  const TransactionResult ended = result(code, "commit", Outcome::kUnknown);
  if (ended.ok()) open_ = false;
  return ended;
}

TransactionResult SimulatedTransactionalProducer::abort(kafka::Milliseconds timeout) {
  const core::Timestamp end = now() + timeout;
  if (!failure_) flush(now() + timeout / 2);
  if (!end_.ok()) return end_;
  if (!open_) return result(Code::kLocalState, "abort: no transaction", Outcome::kFatal);
  // What is given up may be under way: a new epoch keeps it out of the next transaction.
  const bool gives_up = !is_flushed();
  Code code = Code::kNone;
  if (used_)
    code = cluster_.request("transaction.abort", left_until(end, now()),
                            [id = id_, identity = identity_, &model = cluster_.model()](core::Timestamp at) {
                              return model.end_transaction(id, identity, false, at);
                            });
  // Only offsets that never arrived: there is nothing to end.
  if (code == Code::kInvalidTransactionState) code = Code::kNone;
  if (code == Code::kNone && gives_up) code = init(left_until(end, now()));
  const TransactionResult ended = result(code, "abort", Outcome::kUnknown);
  if (ended.ok()) {
    open_ = false;
    failure_ = {};
    for (auto& [at, lane] : lanes_) lane.queue.clear();
  }
  return ended;
}

void SimulatedTransactionalProducer::poll() {
  cluster_.enter();
  note_connection();
}

}  // namespace insight::simulation
