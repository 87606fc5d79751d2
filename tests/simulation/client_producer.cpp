#include "tests/simulation/client_producer.h"

#include <algorithm>
#include <iterator>

namespace insight::simulation {
namespace {

using kafka::TopicPartition;

constexpr core::Duration kRetryAfter{100};
constexpr core::Duration kLateness{5000};
constexpr core::Duration kPollStep{20};

}  // namespace

TopicPartition partition_of(const kafka::Record& record, const KafkaModel& model) {
  TopicPartition at{std::string(record.topic), record.partition};
  const KafkaModel::Topic* topic = model.topic(at.topic);
  if (at.partition >= 0 || topic == nullptr) return at;
  uint64_t hash = 14695981039346656037u;   // FNV-1a: any function of the key will do
  for (const char c : record.key) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  at.partition = static_cast<int32_t>(hash % topic->partitions.size());
  return at;
}

ProducedRecord copy_of(const kafka::Record& record, core::Timestamp clock) {
  ProducedRecord copy;
  copy.key = record.key;
  if (record.payload) copy.payload = std::string(*record.payload);
  copy.timestamp = record.timestamp_ms == 0 ? clock : core::Timestamp(core::Duration(record.timestamp_ms));
  for (const auto& [name, value] : record.headers) copy.headers.emplace_back(name, value);
  return copy;
}

SimulatedProducer::SimulatedProducer(SimulatedCluster& cluster, const kafka::ClientOptions& options,
                                     kafka::DeliveryHandler on_delivery)
    : SimulatedClient(cluster, options), on_delivery_(std::move(on_delivery)) {
  identity_ = cluster_.model().init_producer();
  cluster_.add(this);
}

SimulatedProducer::~SimulatedProducer() { cluster_.remove(this); }

kafka::Produced SimulatedProducer::produce(const kafka::Record& record, uint64_t tag, kafka::Error* why) {
  cluster_.enter();
  const auto refuse = [&](Code code, const char* text, kafka::Produced outcome) {
    if (why != nullptr) *why = make_error(code, text);
    return outcome;
  };
  if (waiting_ >= static_cast<size_t>(number("queue.buffering.max.messages", 100'000)))
    return refuse(Code::kLocalQueueFull, "the queue is full", kafka::Produced::kQueueFull);
  ProducedRecord copy = copy_of(record, cluster_.instance().wall());
  if (copy.bytes() > static_cast<size_t>(number("message.max.bytes", 1'000'000)))
    return refuse(Code::kRecordTooLarge, "the record is too large", kafka::Produced::kRefused);
  Lane& lane = lanes_[partition_of(record, cluster_.model())];
  if (lane.queue.empty())
    lane.not_before = std::max(lane.not_before, now() + cluster_.instance().latency("producer.queue"));
  lane.queue.push_back({tag, std::move(copy)});
  ++waiting_;
  ++queued_;
  return kafka::Produced::kQueued;
}

// In an order between partitions that is nobody's.
void SimulatedProducer::work() {
  std::vector<TopicPartition> ready;
  for (const auto& [at, lane] : lanes_)
    if (!lane.queue.empty() && now() >= lane.not_before) ready.push_back(at);
  while (!ready.empty()) {
    const size_t next = cluster_.choose(ready.size());
    std::swap(ready[next], ready.back());
    send(ready.back(), lanes_.at(ready.back()));
    ready.pop_back();
  }
}

void SimulatedProducer::send(const TopicPartition& partition, Lane& lane) {
  if (lane.broken) return give_up(partition, lane, Code::kLocalPurged);
  Code code = Code::kNone;
  std::vector<Report> reports;
  bool late = false;
  const Answer answer = cluster_.instance().effect(
      "producer.send", Time(0), [&] { code = append(partition, lane, reports); },
      [&] {
        late = true;
        // Everything by value: by then this client may be gone.
        cluster_.model().arrive_later(
            now() + kLateness, [&model = cluster_.model(), partition, identity = identity_, records = lane.queue,
                                first = lane.sequence](core::Timestamp at) {
              int32_t sequence = first;
              for (const QueuedRecord& record : records)
                model.produce(partition, record.content, {identity.id, identity.epoch, sequence++}, at);
            });
      });
  if (answer == Answer::kTimedOut) {
    lane.not_before = now() + kRetryAfter;
    if (late) give_up(partition, lane, Code::kLocalTimedOut);
    return;
  }
  if (code != Code::kNone) return give_up(partition, lane, code);
  std::move(reports.begin(), reports.end(), std::back_inserter(reports_));
  lane.sequence += static_cast<int32_t>(lane.queue.size());
  waiting_ -= lane.queue.size();
  lane.queue.clear();
}

// What was taken before an error stays taken; its acknowledgements are lost with the rest.
Code SimulatedProducer::append(const TopicPartition& partition, Lane& lane, std::vector<Report>& reports) {
  int32_t sequence = lane.sequence;
  for (const QueuedRecord& record : lane.queue) {
    const auto appended =
        cluster_.model().produce(partition, record.content, {identity_.id, identity_.epoch, sequence++}, now());
    if (appended.code != Code::kNone) return appended.code;
    reports.push_back({record.tag, partition.topic, {}, appended.appended});
  }
  return Code::kNone;
}

void SimulatedProducer::give_up(const TopicPartition& partition, Lane& lane, Code code) {
  lane.broken = true;
  const kafka::Error error = note(code, "not delivered");
  for (const QueuedRecord& record : lane.queue) reports_.push_back({record.tag, partition.topic, error, {}});
  waiting_ -= lane.queue.size();
  lane.queue.clear();
}

int SimulatedProducer::serve() {
  note_connection();
  int served = 0;
  while (!reports_.empty()) {
    const Report report = std::move(reports_.front());
    reports_.pop_front();
    ++(report.error ? failed_ : delivered_);
    if (!report.error) health_.note_answer();
    if (on_delivery_)
      on_delivery_({report.tag, report.topic, report.error,
                    report.appended ? std::optional(report.appended->time_since_epoch().count()) : std::nullopt});
    ++served;
  }
  return served;
}

int SimulatedProducer::poll(kafka::Milliseconds timeout) {
  const core::Timestamp end = now() + timeout;
  cluster_.enter();
  for (;;) {
    const int served = serve();
    if (served > 0 || now() >= end) return served;
    cluster_.wait(std::min(kPollStep, left_until(end, now())));
  }
}

bool SimulatedProducer::flush(kafka::Milliseconds timeout) {
  const core::Timestamp end = now() + timeout;
  cluster_.enter();
  for (;;) {
    serve();
    if (outstanding() == 0) return true;
    if (now() >= end) return false;
    cluster_.wait(std::min(kPollStep, left_until(end, now())));
  }
}

void SimulatedProducer::purge() {
  for (auto& [at, lane] : lanes_) give_up(at, lane, Code::kLocalPurged);
  serve();
}

}  // namespace insight::simulation
