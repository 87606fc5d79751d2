// What the simulated consumer reads. Its membership is in client_membership.cpp.
#include "tests/simulation/client_consumer.h"

#include <algorithm>

namespace insight::simulation {
namespace {

using kafka::TopicPartition;

constexpr size_t kRunMax = 50;   // messages of one partition before another has its turn

}  // namespace

SimulatedConsumer::SimulatedConsumer(SimulatedCluster& cluster, const Options& options)
    : SimulatedClient(cluster, options.client),
      group_(options.group),
      instance_(property("group.instance.id", "")),
      isolation_(property("isolation.level", "read_committed") == "read_committed"
                     ? kafka::Isolation::kReadCommitted
                     : kafka::Isolation::kReadUncommitted),
      max_poll_interval_(number("max.poll.interval.ms", 300'000)),
      last_poll_(now()) {
  cluster_.add(this);
  cluster_.broker().members_.push_back(this);
}

SimulatedConsumer::~SimulatedConsumer() {
  // A crash takes no leave; a static member never does.
  const bool leaves = !closed_ && !cluster_.instance().crashed() && cluster_.broker().is_up();
  if (leaves && instance_.empty() && !member_.empty()) group().leave(member_, now());
  cluster_.remove(this);
  std::erase(cluster_.broker().members_, this);
}

kafka::Error SimulatedConsumer::assign(const std::vector<kafka::Assignment>& partitions) {
  reading_.clear();
  for (const auto& start : partitions) {
    Reading& reading = reading_[start.partition];
    reading.next = start.offset;
    reading.paused = start.paused;
    reading.since = now();
  }
  return {};
}

std::vector<TopicPartition> SimulatedConsumer::assignment() const {
  std::vector<TopicPartition> partitions;
  for (const auto& [at, reading] : reading_) partitions.push_back(at);
  return partitions;
}

size_t SimulatedConsumer::poll_messages(kafka::Milliseconds timeout, size_t max, MessageCall call, void* context) {
  cluster_.enter();
  last_poll_ = now();
  note_connection();
  const core::Timestamp end = now() + timeout;
  size_t taken = 0;
  while (!closed_) {
    serve_due();
    taken = hand_over(max, call, context);
    if (taken > 0 || max == 0 || now() >= end || std::exchange(woken_, false)) break;
    cluster_.wait(left_until(end, now()));
    last_poll_ = now();
  }
  return taken;
}

// Kafka promises an order within a partition and none between them.
size_t SimulatedConsumer::hand_over(size_t max, MessageCall call, void* context) {
  bool go_on = true;
  if (reading_.empty() || !cluster_.broker().is_up()) return 0;
  std::vector<TopicPartition> turns = assignment();
  std::rotate(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(cluster_.choose(turns.size())), turns.end());
  size_t taken = 0;
  while (go_on && taken < max && !turns.empty()) {
    std::vector<TopicPartition> unfinished;
    for (const TopicPartition& at : turns) {
      Reading& reading = reading_.at(at);
      const size_t run = 1 + cluster_.choose(kRunMax);
      size_t handed = 0;
      while (go_on && handed < run && taken < max && hand_over_one(at, reading, call, context, go_on)) {
        ++handed;
        ++taken;
      }
      if (handed == run) unfinished.push_back(at);
    }
    turns = std::move(unfinished);
  }
  if (taken > 0) health_.note_answer();
  return taken;
}

void SimulatedConsumer::note_end() {
  if (!fenced_ || health_.snapshot().fatal) return;
  kafka::Error error = make_error(Code::kLocalFatal, "another member has this group.instance.id");
  error.fatal = true;
  health_.note_error(error, false);
}

// False: nothing there now.
bool SimulatedConsumer::hand_over_one(const TopicPartition& partition, Reading& reading, MessageCall call,
                                      void* context, bool& go_on) {
  if (reading.paused || reading.halted || is_paced_out(partition, reading)) return false;
  const PartitionLog* log = std::as_const(cluster_.model()).log(partition);
  if (log == nullptr) {
    reading.halted = true;
    go_on = hand_over_error(partition, Code::kUnknownTopicOrPartition, "there is no such partition", call, context);
    return true;
  }
  if (reading.next < 0 && !find_start(partition, reading, *log)) {
    if (!reading.halted) return false;   // an open transaction may change the commit
    go_on = hand_over_error(partition, Code::kLocalOffsetReset, "no offset to begin at", call, context);
    return true;
  }
  const PartitionLog::Found found = log->find(reading.next, isolation_);
  if (found.code == Code::kOffsetOutOfRange) {
    if (reset(reading, *log)) return hand_over_one(partition, reading, call, context, go_on);
    reading.halted = true;
    go_on = hand_over_error(partition, Code::kLocalOffsetReset, "the offset is out of range", call, context);
    return true;
  }
  if (found.next > reading.next) reading.next = reading.position = found.next;
  if (found.record == nullptr) return false;
  ++reading.handed_over;

  // A copy: what the callback does may let others change the log.
  const LogEntry record = *found.record;
  kafka::Message message;
  message.topic = partition.topic;
  message.partition = partition.partition;
  message.offset = record.offset;
  message.timestamp_ms = record.content.timestamp.time_since_epoch().count();
  message.timestamp_type = cluster_.model().topic(partition.topic)->append_time() ? kafka::TimestampType::kLogAppendTime
                                                                                  : kafka::TimestampType::kCreateTime;
  message.tombstone = !record.content.payload.has_value();
  message.key = record.content.key;
  if (record.content.payload) message.payload = *record.content.payload;
  go_on = call(context, message);
  return true;
}

bool SimulatedConsumer::hand_over_error(const TopicPartition& partition, Code code, const std::string& text,
                                        MessageCall call, void* context) {
  const kafka::Error error = make_error(code, text);
  kafka::Message message;
  message.topic = partition.topic;
  message.partition = partition.partition;
  message.error = &error;
  return call(context, message);
}

// Makes an offset of a logical one. False: not now; or never, and the reading is halted.
bool SimulatedConsumer::find_start(const TopicPartition& partition, Reading& reading, const PartitionLog& log) {
  if (reading.next == kafka::kOffsetBeginning) {
    reading.next = log.low();
  } else if (reading.next == kafka::kOffsetEnd) {
    reading.next = log.end(isolation_);
  } else {
    const auto committed = group().committed(partition, isolation_ == kafka::Isolation::kReadCommitted);
    if (!committed) return false;
    if (committed->offset >= 0) {
      reading.next = committed->offset;
    } else if (!reset(reading, log)) {
      reading.halted = true;
      return false;
    }
  }
  return true;
}

// As auto.offset.reset says. False: an error.
bool SimulatedConsumer::reset(Reading& reading, const PartitionLog& log) const {
  const std::string policy = property("auto.offset.reset", "latest");
  if (policy == "error") return false;
  reading.next = policy == "earliest" ? log.low() : log.end(isolation_);
  return true;
}

bool SimulatedConsumer::is_paced_out(const TopicPartition& partition, Reading& reading) const {
  const auto pace = cluster_.broker().pace(partition);
  if (!pace) return false;
  const double seconds = std::chrono::duration<double>(now() - reading.since).count();
  return static_cast<double>(reading.handed_over) >= *pace * seconds;
}

kafka::Error SimulatedConsumer::seek(const TopicPartition& partition, int64_t offset, kafka::Milliseconds) {
  cluster_.enter();
  const auto at = reading_.find(partition);
  if (at == reading_.end()) return make_error(Code::kLocalState, "not assigned");
  at->second.next = offset;
  at->second.halted = false;
  return {};
}

kafka::Error SimulatedConsumer::pause(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& at : partitions)
    if (const auto found = reading_.find(at); found != reading_.end()) found->second.paused = true;
  return {};
}

kafka::Error SimulatedConsumer::resume(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& at : partitions)
    if (const auto found = reading_.find(at); found != reading_.end()) found->second.paused = false;
  return {};
}

int64_t SimulatedConsumer::position(const TopicPartition& partition) const {
  const auto at = reading_.find(partition);
  return at == reading_.end() ? kafka::kOffsetInvalid : at->second.position;
}

}  // namespace insight::simulation
