#include "app/intake_worker.h"

#include <algorithm>

#include "app/commit_note.h"
#include "app/engine_options.h"
#include "route/batch_codec.h"

namespace insight::app {

using core::Timestamp;
using kafka::TopicPartition;
using kafka::TopicPartitionOffset;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kBatchAgeMax{200};
constexpr milliseconds kTickEvery{1000};
constexpr milliseconds kTopicsCheckEvery{60'000};
constexpr milliseconds kPollMax{50};
constexpr size_t kPollMessagesMax = 1000;
constexpr milliseconds kAskTimeout{2000};
// A stop has 20 s; a broker that does not answer may take half of it, leaving the group the rest.
constexpr milliseconds kStopTimeout{8000};
constexpr milliseconds kCloseTimeout{2000};
// A queue longer than this pauses reading: batches not acknowledged yet.
constexpr size_t kUnacknowledgedMax = 64;
// A partition so far ahead of the slowest one is paused, so that open minutes stay few: looked at once a second, and at
// once where one has come much further since.
constexpr core::Duration kAheadMax = std::chrono::minutes(30);
constexpr core::Duration kAlignedFor = std::chrono::hours(6);

std::optional<Timestamp> kafka_time_of(const kafka::Message& message) {
  if (message.timestamp_type == kafka::TimestampType::kNone) return std::nullopt;
  return Timestamp(core::Duration(message.timestamp_ms));
}

}  // namespace

IntakeWorker::IntakeWorker(const WorkerContext& context, std::vector<std::pair<std::string, uint32_t>> topics)
    : Worker(context, "intake"), topics_(std::move(topics)) {}

bool IntakeWorker::connect() {
  auto consumer = cluster_.consumer(consumer_options());
  auto producer =
      cluster_.producer(producer_options("5"), [this](const kafka::Delivery& delivery) { on_delivery(delivery); });
  auto admin = cluster_.admin(client_);
  if (!all_made({&consumer.error, &producer.error, &admin.error})) return false;
  consumer_ = std::move(*consumer);
  producer_ = std::move(*producer);
  admin_ = std::move(*admin);
  commits_open_ = 0;
  consumer_->set_commit_handler([this](const kafka::Error& error, const std::vector<TopicPartitionOffset>&) {
    --commits_open_;
    if (error) log_.debug("committing input offsets: {}", kafka::to_string(error));
  });

  intake_ = std::make_unique<intake::Intake>(make_selector(settings_), calls_partitions_,
                                             decode::Limits{.document_bytes_max = 64u << 20},
                                             [this](core::DropReason reason, const core::Coordinates& where,
                                                    std::string_view raw) { on_bad_record(reason, where, raw); });
  intake_->on_full_batch([this](uint32_t partition) { send(partition); });
  published_ = {};
  failed_ = false;
  align_due_ = false;
  aligned_until_.reset();
  waiting_since_.assign(calls_partitions_, SteadyTime::max());
  intake_->reading().set_topics(topics_);
  std::vector<std::string> names;
  for (const auto& [name, partitions] : topics_) names.push_back(name);
  if (const auto error = consumer_->subscribe(names, *this)) {
    log_.error("intake cannot subscribe: {}", kafka::to_string(error));
    return false;
  }
  return true;
}

void IntakeWorker::disconnect() {
  if (consumer_) consumer_->close(kCloseTimeout);
  publish_counts();
  consumer_.reset();
  producer_.reset();
  admin_.reset();
  intake_.reset();
  assigned_.clear();
  by_name_.clear();
  unacknowledged_.clear();
  checkpoints_.clear();
  status_.partitions = 0;
}

void IntakeWorker::session() {
  next_tick_ = clock_.steady() + kTickEvery;
  next_topics_check_ = clock_.steady() + kTopicsCheckEvery;
  while (!stop_.requested() && !failed_ && !hopeless_) {
    now_ = clock_.wall();
    if (take_settings()) intake_->select(make_selector(settings_));
    const bool full = unacknowledged_.size() >= kUnacknowledgedMax;
    if (full) {
      producer_->poll(kPollMax);
      consumer_->serve();
    } else {
      consumer_->poll_batch(kPollMax, kPollMessagesMax, [this](const kafka::Message& message) {
        read(message);
        return !align_due_;
      });
      producer_->poll(milliseconds(0));
    }
    if (align_due_ && !failed_) align();
    const auto now = clock_.steady();
    send_due(now);
    if (now >= next_tick_) tick();
    commit_acknowledged();
    watch();
    if (now >= next_topics_check_) refresh_topics();
  }
  if (failed_ || hopeless_ || !consumer_) return;
  for (uint32_t p = 0; p < calls_partitions_; ++p) send(p);
  checkpoint();
  producer_->flush(stop_.left(kStopTimeout, kStopTimeout));
  commit_acknowledged();
  // Their answers come with the messages; those are read again by whoever owns the partitions next.
  while (commits_open_ > 0 && stop_.left(kStopTimeout, kStopTimeout) > milliseconds(0))
    consumer_->poll_batch(kPollMax, 1, [](const kafka::Message&) {});
}

void IntakeWorker::read(const kafka::Message& message) {
  if (message.error != nullptr) {
    if (unreadable(*message.error, message.topic))
      failed_ = true;
    else if (kafka::is_offset_reset(*message.error))
      recover_position({std::string(message.topic), message.partition});
    else
      log_.warn("reading {}[{}]: {}", message.topic, message.partition, kafka::to_string(*message.error));
    return;
  }
  const auto at = by_name_.find({message.topic, message.partition});
  if (at == by_name_.end()) return;  // its partition went while the message was on its way
  Assigned& assigned = *at->second;
  assigned.next_offset = message.offset + 1;
  assigned.read_since_tick = true;
  assigned.caught_up = false;
  if (message.tombstone) return;
  const intake::Message record{message.topic,  assigned.origin,        message.partition,
                               message.offset, kafka_time_of(message), message.payload};
  intake_->read(record, now_);
  const auto newest = intake_->reading().newest(assigned.origin);
  align_due_ = newest && (!aligned_until_ || *newest > *aligned_until_);
  if (!assigned.cut) return;
  if (const auto oldest = intake_->reading().oldest(assigned.origin)) {
    assigned.cut = false;
    const core::Minute first = core::minute_of(assigned.committed_time.value_or(*oldest));
    const core::Minute last = std::max(first, core::minute_of(*oldest));
    log_.warn("{}[{}] was cut before it was read: events between {} and {} are lost, and these minutes are not judged",
              message.topic, message.partition, core::to_iso(first), core::to_iso(last));
    intake_->reading().on_missing(first, last);
  }
}

void IntakeWorker::send_due(SteadyTime now) {
  for (uint32_t p = 0; p < calls_partitions_; ++p) {
    const auto& builder = intake_->router().builder(p);
    if (builder.empty()) continue;
    if (waiting_since_[p] == SteadyTime::max()) waiting_since_[p] = now;
    if (now - waiting_since_[p] >= kBatchAgeMax) send(p);
  }
}

void IntakeWorker::send(uint32_t partition) {
  if (assigned_.empty() && intake_->router().builder(partition).empty()) return;
  encoded_.clear();
  intake_->send(partition, [&](const core::Batch& batch) { route::encode(batch, encoded_); });
  waiting_since_[partition] = SteadyTime::max();
  kafka::Record record;
  record.topic = settings_.kafka.calls_topic;
  record.partition = static_cast<int32_t>(partition);
  record.payload = encoded_;
  kafka::Error why;
  if (write(record, why) != kafka::Produced::kQueued) {
    log_.error("a batch of calls cannot be written: {}", kafka::to_string(why));
    // Later batches would say that the rows of this one were read: nothing more is sent in this session.
    failed_ = true;
    return;
  }
  metrics_.add_calls_batches(telemetry::Direction::kProduced, 1);
}

// Hands a record to the producer, waiting for room while the queue is full. What it does not take stays unacknowledged,
// so that nothing read from here on is committed; kQueueFull: the session was over first.
kafka::Produced IntakeWorker::write(const kafka::Record& record, kafka::Error& why) {
  const uint64_t batch = ++batches_;
  unacknowledged_.insert(batch);
  for (;;) {
    const auto produced = producer_->produce(record, batch, &why);
    if (produced != kafka::Produced::kQueueFull || failed_ || stop_.requested()) return produced;
    producer_->poll(kPollMax);
  }
}

// Once a second every calls partition hears of all progress, and what was read so far becomes a checkpoint.
void IntakeWorker::tick() {
  next_tick_ = clock_.steady() + kTickEvery;
  claim_caught_up();
  for (uint32_t p = 0; p < calls_partitions_ && !failed_; ++p) send(p);
  if (failed_) return;
  checkpoint();
  align();
  publish_counts();
  ask_next_end();
  std::optional<Timestamp> slowest;
  int64_t unread = 0;
  for (const auto& [name, assigned] : assigned_) {
    const auto newest = intake_->reading().newest(assigned.origin);
    if (newest && !assigned.caught_up && (!slowest || *newest < *slowest)) slowest = newest;
    if (!assigned.caught_up) unread += std::max<int64_t>(assigned.end_offset - assigned.next_offset, 0);
  }
  metrics_.set_input_lag_records(static_cast<uint64_t>(unread));
  metrics_.set_input_lag(slowest ? now_ - *slowest : core::Duration(0));
}

// Whether the broker answered. Asked on a connection of its own: on the consumer's, a question waits until there is
// something to fetch.
bool IntakeWorker::ask_ends(const std::vector<TopicPartition>& names) {
  const auto ends = admin_->watermarks(names, kafka::Isolation::kReadCommitted, kAskTimeout);
  if (!ends) return false;
  for (size_t i = 0; i < names.size(); ++i) assigned_[names[i]].end_offset = (*ends)[i].high;
  return true;
}

// One partition a second, in turn, of those that have something left to read: how much is known well enough from it,
// however many there are.
void IntakeWorker::ask_next_end() {
  const auto is_behind = [](const auto& entry) { return !entry.second.caught_up; };
  auto at = std::find_if(assigned_.upper_bound(end_asked_), assigned_.end(), is_behind);
  if (at == assigned_.end()) at = std::find_if(assigned_.begin(), assigned_.end(), is_behind);
  if (at == assigned_.end()) return;
  end_asked_ = at->first;
  ask_ends({at->first});
}

// When a partition was read to its end is said by the broker's clock, not by ours: as of the last batch that was
// acknowledged before the question. Whatever the own clock shows, and however long the process stands still between the
// question and the batch that says it, more is never claimed than was so.
void IntakeWorker::claim_caught_up() {
  std::vector<TopicPartition> idle;
  for (auto& [name, assigned] : assigned_)
    if (!std::exchange(assigned.read_since_tick, false) && !assigned.paused) idle.push_back(name);
  const auto before = acknowledged_at_;
  if (idle.empty() || !ask_ends(idle)) return;
  for (const auto& name : idle) {
    Assigned& assigned = assigned_[name];
    // Markers and aborted records hold offsets that are never handed over: the consumer's position passes them.
    const int64_t position = std::max(assigned.next_offset, consumer_->position(name));
    assigned.caught_up = position >= assigned.end_offset;
    if (!assigned.caught_up) continue;
    intake_->reading().on_offset(assigned.origin, position);
    if (before) intake_->reading().on_caught_up(assigned.origin, *before);
  }
}

void IntakeWorker::align() {
  align_due_ = false;
  // Asked as a member. The admin API's question for a group's offsets aborts the process when the coordinator's
  // connection breaks (librdkafka's issues 4605 and 5040, in 2.15.1 too).
  std::vector<TopicPartition> others;
  for (const auto& [name, partitions] : topics_)
    for (uint32_t p = 0; p < partitions; ++p)
      if (const TopicPartition at{name, static_cast<int32_t>(p)}; !assigned_.contains(at)) others.push_back(at);
  auto committed = kafka::Result<std::vector<TopicPartitionOffset>>{std::vector<TopicPartitionOffset>{}, {}};
  if (!others.empty()) committed = consumer_->committed(others, kAskTimeout);
  if (!committed) return;
  std::optional<Timestamp> slowest;
  const auto consider = [&](const std::optional<Timestamp>& time) {
    if (time && (!slowest || *time < *slowest)) slowest = time;
  };
  for (const auto& entry : *committed) {
    if (entry.offset < 0) continue;
    const CommitNote note = CommitNote::parse(entry.metadata);
    if (!note.caught_up) consider(note.time);
  }
  // One that has not been read yet is about as far as its last commit says, or as the first that was read.
  for (const auto& [name, assigned] : assigned_) {
    if (assigned.caught_up) continue;
    const auto newest = intake_->reading().newest(assigned.origin);
    consider(newest ? newest : assigned.committed_time ? assigned.committed_time : oldest_read());
  }
  if (slowest) aligned_until_ = *slowest + kAlignedFor;

  for (auto& [name, assigned] : assigned_) {
    const auto newest = intake_->reading().newest(assigned.origin);
    const bool ahead = newest && slowest && *newest - *slowest > kAheadMax;
    if (ahead == assigned.paused) continue;
    const auto error = ahead ? consumer_->pause({name}) : consumer_->resume({name});
    if (!error) assigned.paused = ahead;
  }
}

// Of all partitions held, their oldest event.
std::optional<Timestamp> IntakeWorker::oldest_read() const {
  std::optional<Timestamp> all;
  for (const auto& [name, assigned] : assigned_) {
    const auto oldest = intake_->reading().oldest(assigned.origin);
    if (oldest && (!all || *oldest < *all)) all = oldest;
  }
  return all;
}

void IntakeWorker::checkpoint() {
  Checkpoint checkpoint;
  checkpoint.batch = batches_;
  for (const auto& [name, assigned] : assigned_) {
    const CommitNote note{intake_->reading().newest(assigned.origin), assigned.caught_up};
    checkpoint.offsets.push_back({name.topic, name.partition, assigned.next_offset, note.text()});
  }
  checkpoints_.push_back(std::move(checkpoint));
}

void IntakeWorker::commit_acknowledged() {
  const uint64_t first_open = unacknowledged_.empty() ? UINT64_MAX : *unacknowledged_.begin();
  const Checkpoint* newest = nullptr;
  size_t done = 0;
  for (; done < checkpoints_.size() && checkpoints_[done].batch < first_open; ++done) newest = &checkpoints_[done];
  if (newest == nullptr || failed_) return;
  std::vector<TopicPartitionOffset> offsets;
  for (const auto& entry : newest->offsets)
    if (assigned_.contains({entry.topic, entry.partition})) offsets.push_back(entry);
  if (!offsets.empty()) {
    const auto error = consumer_->commit_async(offsets);
    if (error)
      log_.debug("committing input offsets: {}", kafka::to_string(error));
    else
      ++commits_open_;
  }
  checkpoints_.erase(checkpoints_.begin(), checkpoints_.begin() + static_cast<std::ptrdiff_t>(done));
}

void IntakeWorker::on_delivery(const kafka::Delivery& delivery) {
  if (!delivery.error) {
    unacknowledged_.erase(delivery.tag);
    if (delivery.topic == settings_.kafka.calls_topic)
      acknowledged_at_ = delivery.appended_ms ? Timestamp(core::Duration(*delivery.appended_ms)) : clock_.wall();
    return;
  }
  if (!failed_)
    log_.warn("a batch of calls was not delivered, reading again from the last commit: {}",
              kafka::to_string(delivery.error));
  failed_ = true;
}

void IntakeWorker::on_bad_record(core::DropReason reason, const core::Coordinates& where, std::string_view raw) {
  log_.debug("dropped {}: {}", core::to_string(where), core::describe(reason));
  if (settings_.kafka.dead_letters_topic.empty()) return;
  constexpr size_t kDeadLetterBytesMax = 512 * 1024;
  const std::string place = core::to_string(where);
  const std::pair<std::string_view, std::string_view> headers[] = {{"reason", core::to_string(reason)},
                                                                   {"where", place}};
  kafka::Record record;
  record.topic = settings_.kafka.dead_letters_topic;
  record.payload = raw.substr(0, kDeadLetterBytesMax);
  record.headers = headers;
  kafka::Error why;
  if (write(record, why) != kafka::Produced::kRefused) return;
  unacknowledged_.erase(batches_);  // it never will be: what was read goes on without it
  log_.warn("{} is counted, but not kept as a dead letter: {}", place, kafka::to_string(why));
}

void IntakeWorker::publish_counts() {
  if (!intake_) return;
  const intake::Counters& now = intake_->counters();
  metrics_.add_received(now.received - published_.received, now.bytes - published_.bytes);
  metrics_.add_processed(now.unselected - published_.unselected);
  core::DropCounts dropped{};
  for (size_t i = 0; i < dropped.size(); ++i) dropped[i] = now.dropped[i] - published_.dropped[i];
  metrics_.add_dropped(dropped);
  published_ = now;
}

void IntakeWorker::refresh_topics() {
  next_topics_check_ = clock_.steady() + kTopicsCheckEvery;
  std::vector<std::string> names;
  for (const auto& [name, partitions] : topics_) names.push_back(name);
  const auto described = admin_->describe(names, kAskTimeout);
  if (!described) return;
  for (uint32_t i = 0; i < topics_.size(); ++i) grow(i, static_cast<uint32_t>((*described)[i].partitions));
}

// From the next batch on everybody waits for the new partitions, whoever reads them.
void IntakeWorker::grow(uint32_t topic, uint32_t partitions) {
  auto& [name, known] = topics_[topic];
  if (partitions <= known) return;
  known = partitions;
  intake_->reading().set_topics(topics_);
  log_.info("{} has {} partitions now", name, known);
}

// ---- partitions come and go

std::vector<kafka::Assignment> IntakeWorker::on_assigned(const std::vector<TopicPartition>& partitions) {
  readable();
  metrics_.add_rebalances(telemetry::Stage::kIntake, 1);
  std::vector<kafka::Assignment> starts;
  const auto committed = consumer_->committed(partitions, kAskTimeout);
  if (!committed) {
    // Without the commit nobody knows where to begin: this session ends, and the next one asks again.
    log_.warn("cannot learn the committed offsets: {}", kafka::to_string(committed.error));
    failed_ = true;
    return starts;
  }
  const auto ranges = admin_->watermarks(partitions, kafka::Isolation::kReadCommitted, kAskTimeout);
  if (!ranges) {
    log_.warn("cannot learn the offsets of the input: {}", kafka::to_string(ranges.error));
    failed_ = true;
    return starts;
  }
  for (size_t i = 0; i < partitions.size(); ++i) {
    const Assigned assigned = take_over(partitions[i], (*committed)[i], (*ranges)[i]);
    assigned_[partitions[i]] = assigned;
    starts.push_back({partitions[i], assigned.next_offset, false});
  }
  by_name_.clear();
  for (auto& [name, assigned] : assigned_) by_name_[{name.topic, name.partition}] = &assigned;
  status_.partitions = static_cast<uint32_t>(assigned_.size());
  metrics_.set_partitions_assigned(telemetry::Stage::kIntake, assigned_.size());
  log_.info("intake reads {} partitions", assigned_.size());
  return starts;
}

IntakeWorker::Assigned IntakeWorker::take_over(const TopicPartition& partition, const TopicPartitionOffset& committed,
                                               const kafka::Watermarks& range) {
  Assigned assigned;
  auto& reading = intake_->reading();
  const uint32_t topic = reading.topic_index(partition.topic);
  const auto number = static_cast<uint32_t>(partition.partition);
  grow(topic, number + 1);  // the group may have heard of a new partition first
  assigned.origin = reading.origin(topic, number);
  assigned.committed_time = CommitNote::parse(committed.metadata).time;
  assigned.next_offset = committed.offset >= 0 ? committed.offset : range.low;
  if (assigned.next_offset < range.low || assigned.next_offset > range.high) {
    assigned.cut = true;
    assigned.next_offset = range.low;
  }
  reading.on_offset(assigned.origin, assigned.next_offset);
  return assigned;
}

void IntakeWorker::recover_position(const TopicPartition& partition) {
  const auto at = assigned_.find(partition);
  if (at == assigned_.end()) return;
  const auto range = admin_->watermarks({partition}, kafka::Isolation::kReadCommitted, kAskTimeout);
  if (!range || consumer_->seek(partition, range->front().low, kAskTimeout)) {
    failed_ = true;
    return;
  }
  at->second.cut = true;
  at->second.committed_time = intake_->reading().newest(at->second.origin);
  at->second.next_offset = range->front().low;
}

// What was read and not committed is read again by the next owner: the id sets make that harmless.
void IntakeWorker::give_up(const std::vector<TopicPartition>& partitions) {
  metrics_.add_rebalances(telemetry::Stage::kIntake, 1);
  for (const auto& partition : partitions) {
    const auto at = assigned_.find(partition);
    if (at == assigned_.end()) continue;
    by_name_.erase({at->first.topic, at->first.partition});
    assigned_.erase(at);
    for (auto& checkpoint : checkpoints_)
      std::erase_if(checkpoint.offsets, [&](const TopicPartitionOffset& entry) {
        return entry.topic == partition.topic && entry.partition == partition.partition;
      });
  }
  status_.partitions = static_cast<uint32_t>(assigned_.size());
  metrics_.set_partitions_assigned(telemetry::Stage::kIntake, assigned_.size());
  log_.info("intake reads {} partitions", assigned_.size());
}

}  // namespace insight::app
