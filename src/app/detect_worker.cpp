#include "app/detect_worker.h"

#include <algorithm>

#include "app/engine_options.h"
#include "publish/record.h"
#include "route/batch_codec.h"

namespace insight::app {

using core::Timestamp;
using kafka::TopicPartition;
using kafka::TransactionResult;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kCommitEvery{1000};
constexpr milliseconds kDeleteEvery{60'000};
constexpr milliseconds kSayEvery{60'000};
constexpr milliseconds kSurveyEvery{60'000};
constexpr uint64_t kFewApis = 10'000;
// Of one API that is learned, measured (docs/reliability): its models, its names, what its calls of six hours came from.
constexpr uint64_t kBytesPerApi = 8192;
constexpr milliseconds kPollMax{50};
constexpr size_t kBatchesPerPoll = 32;
constexpr milliseconds kProduceTimeout{10'000};
constexpr milliseconds kTransactionTimeout{10'000};
constexpr milliseconds kInitTimeout{5000};
// A stop has 20 s; a broker that does not answer may take half of it.
constexpr milliseconds kStopTimeout{8000};
constexpr milliseconds kCloseTimeout{2000};
constexpr milliseconds kAskTimeout{5000};

TransactionResult too_late() {
  TransactionResult result{kafka::Outcome::kAbortable, {}};
  result.error.text = "the time that a stop has is over";
  return result;
}

// One at least: a process without any would be of no use.
size_t partitions_that_fit(const settings::Settings::Limits& limits) {
  return std::max<uint64_t>(limits.memory_bytes / (kBytesPerApi * limits.apis_per_partition), 1);
}

}  // namespace

DetectWorker::DetectWorker(const WorkerContext& context, std::string instance)
    : Worker(context, "detect"),
      instance_(std::move(instance)),
      held_max_(partitions_that_fit(settings_.limits)),
      top_board_(settings_.telemetry.top_apis) {}

bool DetectWorker::connect() {
  broken_ = false;
  fenced_ = false;
  auto consumer = cluster_.consumer(consumer_options());
  auto producer = cluster_.transactional_producer(producer_options("0"), group() + "-" + instance_);
  auto reader = StateReader::create(cluster_, client_, group() + "-restore", settings_.kafka.state_topic);
  auto admin = cluster_.admin(client_);
  if (!all_made({&consumer.error, &producer.error, &reader.error, &admin.error})) return false;
  consumer_ = std::move(*consumer);
  producer_ = std::move(*producer);
  state_reader_ = std::move(*reader);
  admin_ = std::move(*admin);

  const auto ready = producer_->init_transactions(kInitTimeout);
  if (!ready.ok()) {
    // The client's own line has said what is denied.
    if (!kafka::is_denied(ready.error)) log_.warn("transactions cannot begin yet: {}", kafka::to_string(ready.error));
    return false;
  }
  const auto calls = admin_->describe({settings_.kafka.calls_topic}, kAskTimeout);
  if (!calls || !calls->front().exists) {
    log_.warn("cannot learn which topic {} is: {}", settings_.kafka.calls_topic,
              calls ? "it does not exist" : kafka::to_string(calls.error));
    return false;
  }
  calls_id_ = calls->front().id;
  if (const auto error = consumer_->subscribe({settings_.kafka.calls_topic}, *this)) {
    log_.error("detect cannot subscribe: {}", kafka::to_string(error));
    return false;
  }
  return true;
}

void DetectWorker::disconnect() {
  if (stop_.requested()) abandon_large();
  if (consumer_) consumer_->close(kCloseTimeout);
  consumer_.reset();
  producer_.reset();
  state_reader_.reset();
  admin_.reset();
  owned_.clear();
  pending_.clear();
  top_board_ = TopBoard(settings_.telemetry.top_apis);
  count_owned();
  publish_gauges();
}

// Giving back what a million APIs hold takes seconds, and the process is about to end: the system is faster.
void DetectWorker::abandon_large() {
  for (auto& [partition, owned] : owned_)
    if (owned.task && owned.task->apis() > kFewApis) static_cast<void>(owned.task.release());
}

void DetectWorker::session() {
  next_commit_ = clock_.steady() + kCommitEvery;
  next_delete_ = clock_.steady() + kDeleteEvery;
  while (!stop_.requested() && !broken_ && !hopeless_) {
    if (take_settings()) retune();
    const bool restoring = !state_reader_->idle();
    consumer_->poll_batch(restoring ? milliseconds(0) : kPollMax, kBatchesPerPoll,
                          [this](const kafka::Message& message) {
                            read(message);
                            return !stop_.requested() && !wants_commit(message.partition);
                          });
    if (restoring) restore_step();
    producer_->poll();
    const auto now = clock_.steady();
    if (!broken_ && commit_due(now)) commit();
    if (now >= next_delete_) delete_old_calls(now);
    if (now >= next_survey_) publish_gauges();
    watch();
  }
  if (stop_.requested() && !broken_ && !hopeless_) commit();
  if (fenced_) await_heartbeat();
}

// A decision is committed at once, and what took long is not added to: what else was fetched waits for the next call.
bool DetectWorker::wants_commit(int32_t partition) const {
  const auto at = owned_.find(partition);
  if (at == owned_.end() || at->second.phase != Phase::kLive) return false;
  return at->second.task->has_insights() || clock_.steady() >= next_commit_;
}

// Other settings are in force: what was decided stays, what comes is judged by them.
void DetectWorker::retune() {
  top_board_ = TopBoard(settings_.telemetry.top_apis);
  for (auto& [partition, owned] : owned_) {
    if (!owned.task) continue;  // refused
    owned.task->retune(task_options(settings_, static_cast<uint32_t>(partition), calls_partitions_, calls_id_));
    top_board_.add(partition, *owned.task);
    if (owned.phase == Phase::kLive) top_board_.restored(partition, *owned.task);
  }
}

void DetectWorker::read(const kafka::Message& message) {
  if (message.error != nullptr && unreadable(*message.error, message.topic)) {
    broken_ = true;
    return;
  }
  const auto at = owned_.find(message.partition);
  if (at == owned_.end()) return;
  if (message.error != nullptr) {
    log_.warn("reading {}[{}]: {}", message.topic, message.partition, kafka::to_string(*message.error));
    if (kafka::is_offset_reset(*message.error)) broken_ = true;  // restored anew, from what is left
    return;
  }
  if (at->second.phase < Phase::kReadingCalls || !is_next(at->second, message) || message.tombstone) return;
  take_batch(at->second, message);
}

// The client does not always begin where it was told to (seen: a seek on a slow connection, after which it began at the
// beginning of the partition). What was read is passed over; where something is missing, all is restored and read again.
// Only what is missing the second time, too, is not there.
bool DetectWorker::is_next(Owned& owned, const kafka::Message& message) {
  if (message.offset < owned.next) return false;
  if (message.offset > owned.next && std::exchange(holes_[message.partition], message.offset) != message.offset) {
    log_.warn("{}[{}] was read on at {} instead of {}: restoring", message.topic, message.partition, message.offset,
              owned.next);
    broken_ = true;
  }
  if (broken_) return false;
  owned.next = message.offset + 1;
  return true;
}

void DetectWorker::take_batch(Owned& owned, const kafka::Message& message) {
  const auto error = route::decode(message.payload, batch_);
  if (error == route::BatchError::kNewerVersion) {
    log_.error("{}[{}]@{} was written by a newer release; this one stops: upgrade it, or roll the other back",
               message.topic, message.partition, message.offset);
    hopeless_ = true;
    return;
  }
  if (error != route::BatchError::kNone || batch_.calls_partitions != calls_partitions_) {
    log_.error("{}[{}]@{} is no batch of calls for {} partitions and is passed over", message.topic, message.partition,
               message.offset, calls_partitions_);
    return;
  }
  partition::Task& task = *owned.task;
  if (owned.phase == Phase::kReadingCalls && message.offset >= task.frontier())
    finish_restore(message.partition, owned);
  if (owned.phase == Phase::kReadingCalls) {
    task.reinsert(batch_, message.offset);
    if (message.offset + 1 >= task.frontier()) finish_restore(message.partition, owned);
    return;
  }
  metrics_.add_calls_batches(telemetry::Direction::kConsumed, 1);
  const auto began = clock_.steady();
  task.process(batch_, Timestamp(core::Duration(message.timestamp_ms)), message.offset);
  metrics_.add_detect_time(clock_.steady() - began);
}

// ---- transactions

bool DetectWorker::commit_due(SteadyTime now) const {
  if (!pending_.empty()) return true;
  const bool tick = now >= next_commit_;
  return std::any_of(owned_.begin(), owned_.end(), [&](const auto& entry) {
    const Owned& owned = entry.second;
    if (owned.phase != Phase::kLive) return false;
    return owned.task->has_insights() || (tick && owned.task->frontier() > owned.committed);
  });
}

void DetectWorker::commit() {
  const auto began = clock_.steady();
  for (auto& [partition, owned] : owned_) {
    if (owned.phase != Phase::kLive || pending_.contains(partition)) continue;
    if (owned.task->frontier() <= owned.committed && !owned.task->has_insights()) continue;
    pending_.emplace(partition, Pending{owned.task->collect(false), owned.task->counters()});
  }
  // An abortable error is part of every rebalance: the same output is sent again for what is still owned.
  constexpr int kTriesMax = 20;
  for (int tries = 0; tries < kTriesMax && !pending_.empty() && !broken_ && !hopeless_; ++tries) {
    if (try_commit()) return committed(began);
    if (stop_.requested() && (tries > 3 || time_left() == milliseconds(0))) return;
  }
  if (!pending_.empty() && !broken_) broken_ = true;
}

bool DetectWorker::try_commit() {
  // Taking the membership serves what is due of rebalances: what was lost has left pending_ by now.
  const auto member = consumer_->group_metadata();
  if (!member) {
    if (!member.error.abortable) broken_ = true;
    consumer_->serve();
    stop_.wait_for(milliseconds(20));
    return false;
  }
  if (pending_.empty()) return false;
  auto result = producer_->begin();
  if (result.ok()) result = write(*member);
  if (result.ok()) return true;
  log_.info("transaction not committed ({}): {}", kafka::to_string(result.outcome), kafka::to_string(result.error));
  metrics_.add_transaction(telemetry::Outcome::kAborted, core::Duration(0));
  if (kafka::is_name_taken(result.error)) name_is_taken(result.error);
  fenced_ = result.outcome == kafka::Outcome::kFenced;
  if (result.must_restore() || (producer_->in_transaction() && !producer_->abort(time_left()).ok())) broken_ = true;
  consumer_->serve();
  return false;
}

TransactionResult DetectWorker::write(const kafka::GroupMetadata& member) {
  std::vector<kafka::TopicPartitionOffset> offsets;
  for (const auto& [partition, pending] : pending_) {
    if (auto result = write_one(partition, pending.commit); !result.ok()) return result;
    offsets.push_back({settings_.kafka.calls_topic, partition, pending.commit.next_offset, {}});
  }
  if (auto result = producer_->send_offsets(offsets, member, time_left()); !result.ok()) return result;
  return producer_->commit(time_left());
}

milliseconds DetectWorker::time_left() const { return stop_.left(kStopTimeout, kTransactionTimeout); }

TransactionResult DetectWorker::write_one(int32_t partition, const partition::Commit& commit) {
  static constexpr std::pair<std::string_view, std::string_view> kHeaders[] = {{"content-type", "application/json"}};
  for (const core::Insight& insight : commit.insights) {
    const std::string key = publish::kafka_key(insight);
    const std::string value = publish::to_json(insight, settings_.detection.insight_source);
    kafka::Record record;
    record.topic = settings_.kafka.insights_topic;
    record.key = key;
    record.payload = value;
    record.headers = kHeaders;
    if (auto result = producer_->produce(record, kProduceTimeout); !result.ok()) return result;
  }
  for (const auto& entry : commit.state) {
    // What a stop leaves uncommitted is judged again by the next owner.
    if (stop_.requested() && time_left() == milliseconds(0)) return too_late();
    kafka::Record record;
    record.topic = settings_.kafka.state_topic;
    record.partition = partition;
    record.key = entry.key;
    if (entry.value) record.payload = *entry.value;
    if (auto result = producer_->produce(record, kProduceTimeout); !result.ok()) return result;
  }
  return {};
}

void DetectWorker::committed(SteadyTime began) {
  const auto now = clock_.steady();
  metrics_.add_transaction(telemetry::Outcome::kCommitted, std::chrono::duration_cast<core::Duration>(now - began));
  const Timestamp clock = clock_.wall();
  for (const auto& [partition, pending] : pending_) {
    const partition::Commit& commit = pending.commit;
    for (const core::Insight& insight : commit.insights) {
      metrics_.add_insights(insight.type, insight.reason, insight.state, 1);
      if (insight.state == core::InsightState::kStart)
        metrics_.observe_detection(std::max(clock - core::start_of(insight.decided), core::Duration(0)),
                                   std::chrono::minutes(insight.decided - insight.start));
      log_.info("{} {} {}: {} of {} a minute against {} at {}", core::to_string(insight.state),
                core::to_string(insight.type), publish::kafka_key(insight), core::to_string(insight.reason),
                insight.insight_average, insight.baseline_average, core::to_iso(insight.event_time()));
    }
    top_board_.committed(partition, commit.insights);
    rewinds_[partition] = commit.rewind_offset;
    const auto at = owned_.find(partition);
    if (at == owned_.end()) continue;
    at->second.committed = commit.next_offset;
    publish_counts(at->second.published, pending.counters);
  }
  pending_.clear();
  next_commit_ = now + kCommitEvery;
  publish_gauges();
}

// Without the right to delete, or with a broker that fails, the topic only grows: nothing is wrong.
void DetectWorker::delete_old_calls(SteadyTime now) {
  next_delete_ = now + kDeleteEvery;
  std::vector<kafka::TopicPartitionOffset> before;
  for (const auto& [partition, rewind] : rewinds_)
    if (owned_.contains(partition) && rewind > 0)
      before.push_back({settings_.kafka.calls_topic, partition, rewind, {}});
  rewinds_.clear();
  if (before.empty()) return;
  if (const auto error = admin_->delete_records(before, kAskTimeout))
    log_.debug("deleting old calls: {}", kafka::to_string(error));
}

// What is counted is what was committed: what is not, the next owner processes and counts again.
void DetectWorker::publish_counts(partition::Counters& before, const partition::Counters& now) {
  const uint64_t late = now.late - before.late;
  const uint64_t redelivered = now.redelivered - before.redelivered;
  const uint64_t quota = now.quota - before.quota;
  metrics_.add_processed(now.rows - before.rows - late - redelivered - quota);
  metrics_.add_dropped(core::DropReason::kLate, late);
  say(late_, late, "calls came later than input.lateness allows and are not counted");
  say(refused_, quota, "calls are of APIs that were refused: limits.apis_per_partition is reached");
  say(thinned_, now.minutes_thinned - before.minutes_thinned,
      "times an API had over a million calls in a minute: such minutes are counted by a sample of them");
  metrics_.add_thinned_minutes(now.minutes_thinned - before.minutes_thinned);
  metrics_.add_dropped(core::DropReason::kRedelivered, redelivered);
  metrics_.add_dropped(core::DropReason::kQuota, quota);
  metrics_.add_minutes_closed(now.minutes_closed - before.minutes_closed);
  metrics_.add_missing_minutes(now.group_minutes_missing - before.group_minutes_missing);
  metrics_.add_apis_refused(now.apis_refused - before.apis_refused);
  before = now;
}

// Each sentence once a minute at most.
void DetectWorker::say(GivenUp& what, uint64_t more, std::string_view sentence) {
  what.unsaid += more;
  if (what.unsaid == 0 || clock_.steady() < what.next) return;
  what.next = clock_.steady() + kSayEvery;
  log_.warn("{} {}", std::exchange(what.unsaid, 0), sentence);
}

void DetectWorker::publish_gauges() {
  uint64_t open_minutes = 0;
  uint64_t apis = 0;
  std::optional<Timestamp> slowest;
  bool all_known = true;
  for (const auto& [partition, owned] : owned_) {
    if (!owned.task) continue;
    open_minutes += owned.task->open_minutes();
    apis += owned.task->apis();
    const auto time = owned.task->watermark().time();
    all_known = all_known && time;
    if (time && (!slowest || *time < *slowest)) slowest = time;
  }
  metrics_.set_open_minutes(open_minutes);
  metrics_.set_apis(apis);
  if (slowest && all_known) metrics_.set_watermark(*slowest);
  top_board_.publish(metrics_);
  // What has to be asked of every API would take more time than all else if it were asked at every commit.
  const auto now = clock_.steady();
  if (apis > kFewApis && now < next_survey_) return;
  next_survey_ = now + kSurveyEvery;
  survey_apis();
}

void DetectWorker::survey_apis() {
  uint64_t series = 0;
  partition::OpenInsights open{};
  for (const auto& [partition, owned] : owned_) {
    if (!owned.task) continue;
    series += owned.task->series();
    owned.task->count_open_insights(open);
  }
  metrics_.set_series(series);
  for (size_t type = 0; type < open.size(); ++type)
    for (size_t reason = 0; reason < open[type].size(); ++reason)
      metrics_.set_open_insights(static_cast<core::InsightType>(type), static_cast<core::Reason>(reason),
                                 open[type][reason]);
}

// ---- partitions come and go

std::vector<kafka::Assignment> DetectWorker::on_assigned(const std::vector<TopicPartition>& partitions) {
  readable();
  metrics_.add_rebalances(telemetry::Stage::kDetect, 1);
  std::vector<kafka::Assignment> starts;
  for (const auto& partition : partitions) {
    if (partition.partition >= static_cast<int32_t>(calls_partitions_)) {
      log_.error(
          "{} was given more than the {} partitions that calls are routed by: `insightd state move` takes what was "
          "learned to new topics; stopping",
          partition.topic, calls_partitions_);
      hopeless_ = true;
      return {};
    }
    owned_[partition.partition] = {};
    starts.push_back({partition, kafka::kOffsetBeginning, true});
  }
  expect_progress();
  admit();
  return starts;
}

// Begins to restore what is refused, as far as limits.memory allows. What is forgotten must not depend on which process
// holds a partition: one that does not fit is not read, rather than held with fewer APIs.
void DetectWorker::admit() {
  const auto held = [this] {
    return static_cast<size_t>(std::count_if(owned_.begin(), owned_.end(),
                                             [](const auto& entry) { return entry.second.phase != Phase::kRefused; }));
  };
  size_t free = held_max_ - std::min(held_max_, held());
  for (auto& [partition, owned] : owned_) {
    if (owned.phase != Phase::kRefused || free == 0) continue;
    --free;
    owned.phase = Phase::kReadingState;
    owned.task = std::make_unique<partition::Task>(
        task_options(settings_, static_cast<uint32_t>(partition), calls_partitions_, calls_id_));
    top_board_.add(partition, *owned.task);
    state_reader_->add(partition);
  }
  count_owned();
  if (const uint32_t refused = status_.refused; refused > 0)
    log_.warn(
        "{} of {} partitions are not read: limits.memory allows {} with limits.apis_per_partition APIs each; raise it, "
        "or run more instances",
        refused, owned_.size(), held_max_);
}

// What is not committed dies here; the next owner reads the same calls and decides the same.
void DetectWorker::give_up(const std::vector<TopicPartition>& partitions) {
  metrics_.add_rebalances(telemetry::Stage::kDetect, 1);
  for (const auto& partition : partitions) {
    state_reader_->remove(partition.partition);
    pending_.erase(partition.partition);
    top_board_.release(partition.partition);
    owned_.erase(partition.partition);
  }
  admit();
  publish_gauges();
}

void DetectWorker::count_owned() {
  uint32_t refused = 0;
  uint32_t restoring = 0;
  for (const auto& [partition, owned] : owned_) {
    refused += owned.phase == Phase::kRefused ? 1 : 0;
    restoring += owned.phase != Phase::kRefused && owned.phase != Phase::kLive ? 1 : 0;
  }
  status_.partitions = static_cast<uint32_t>(owned_.size());
  status_.restoring = restoring;
  status_.refused = refused;
  metrics_.set_partitions_assigned(telemetry::Stage::kDetect, owned_.size());
  metrics_.set_restoring_partitions(restoring);
  metrics_.set_refused_partitions(refused);
}

}  // namespace insight::app
