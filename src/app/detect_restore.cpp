// DetectWorker: how a partition comes back from the state topic before it reads on.
#include "app/detect_worker.h"

namespace insight::app {

using kafka::TopicPartition;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kProgressEvery{5000};
// No transaction of ours is open for so long (transaction.timeout.ms, the broker's look at it, and the markers).
constexpr milliseconds kStandsAfter{60'000};
constexpr milliseconds kRestoreStep{20};
constexpr milliseconds kAskTimeout{5000};

}  // namespace

void DetectWorker::restore_step() {
  state_reader_->step(
      kRestoreStep,
      [this](int32_t partition, const kafka::Message& record) {
        const auto at = owned_.find(partition);
        if (at == owned_.end() || hopeless_) return;
        metrics_.add_restore_records(1);
        const auto value = record.tombstone ? std::nullopt : std::optional(record.payload);
        const auto error = at->second.task->restore_record(record.key, value);
        if (error == state::RecordError::kNone) return;
        log_.error("{}[{}]@{} {}", settings_.kafka.state_topic, partition, record.offset,
                   state::describe(error, value.value_or("")));
        hopeless_ = true;
      },
      [this](int32_t partition) {
        const auto at = owned_.find(partition);
        if (at == owned_.end() || hopeless_) return;
        begin_calls(partition, at->second, at->second.task->has_meta());
      });
  note_progress();
}

// From now on: nothing is said of a restore that is soon over.
void DetectWorker::expect_progress() {
  standing_since_ = clock_.steady();
  next_progress_ = standing_since_ + kProgressEvery;
}

void DetectWorker::note_progress() {
  const auto [read, total] = state_reader_->progress();
  status_.restore_read = read;
  status_.restore_total = total;
  metrics_.set_restore_remaining(static_cast<uint64_t>(std::max(total - read, int64_t{0})));
  const auto now = clock_.steady();
  if (read != std::exchange(progress_seen_, read) || state_reader_->idle()) standing_since_ = now;
  if (state_reader_->idle() || now < next_progress_) return;
  next_progress_ = now + kProgressEvery;
  log_.info("restoring {} partitions: {} of {} offsets of {} read", status_.restoring.load(), read, total,
            settings_.kafka.state_topic);
  if (now - standing_since_ < kStandsAfter) return;
  standing_since_ = now;
  for (const auto& [partition, next, end] : state_reader_->behind())
    log_.error(
        "{0}[{1}] hands out nothing between {2} and its end, {3}: a transaction that nobody ends is in the way; "
        "`kafka-transactions.sh find-hanging --topic {0} --partition {1}` names it, and its `abort` ends it",
        settings_.kafka.state_topic, partition, next, end);
}

void DetectWorker::begin_calls(int32_t partition, Owned& owned, bool found) {
  const TopicPartition name{settings_.kafka.calls_topic, partition};
  // On a connection of its own: on the consumer's, the question would wait until there is something to fetch.
  const auto ranges = admin_->watermarks({name}, kafka::Isolation::kReadCommitted, kAskTimeout);
  if (!ranges) {
    log_.warn("cannot learn the offsets of {}[{}]: {}", name.topic, partition, kafka::to_string(ranges.error));
    broken_ = true;
    return;
  }
  const kafka::Watermarks& range = ranges->front();
  if (found && !owned.task->find_calls(range.low, range.high))
    log_.error(
        "{}[{}] no longer holds the calls that its state needs (it was deleted and made anew, or cut): what was "
        "learned is kept, the minutes that lack calls are not judged; going on at {}",
        name.topic, partition, owned.task->rewind_offset());
  const auto group = consumer_->committed({name}, kAskTimeout);
  if (!group) {
    log_.warn("cannot learn the committed offset of {}[{}]: {}", name.topic, partition, kafka::to_string(group.error));
    broken_ = true;
    return;
  }
  const int64_t judged = group->front().offset;
  if (!is_all_state(name, found ? owned.task->frontier() : 0, judged)) return;
  const int64_t from = found ? owned.task->rewind_offset() : begin_without_state(name, range, judged);
  owned.phase = Phase::kReadingCalls;
  owned.next = from;
  owned.committed = found ? owned.task->frontier() : from;
  if (consumer_->seek(name, from, kAskTimeout) || consumer_->resume({name})) {
    broken_ = true;
    return;
  }
  if (from >= owned.task->frontier()) finish_restore(partition, owned);
  count_owned();
}

// State and the group's offset are committed together: state that ends before the offset was not read whole, whatever the
// client says. Only what is missing the second time, too, is not there (the state topic was put back to an older copy, or
// somebody set the group's offsets).
bool DetectWorker::is_all_state(const TopicPartition& name, int64_t frontier, int64_t judged) {
  if (judged <= frontier) return true;
  const auto [at, first] = short_state_.try_emplace(name.partition, frontier);
  if (!first && std::exchange(at->second, frontier) == frontier) return true;
  log_.warn("{}[{}] was judged up to {}, the state read speaks of {}: restoring again", name.topic, name.partition,
            judged, frontier);
  broken_ = true;
  return false;
}

// Where there are commits but no state, it was lost. What was read before has been decided, and reading it again would
// say it twice; what was not speaks of a history that nobody remembers.
int64_t DetectWorker::begin_without_state(const TopicPartition& name, const kafka::Watermarks& range, int64_t judged) {
  if (judged < range.low || judged > range.high) return range.low;
  log_.error(
      "{}[{}] has no state, though its calls were read up to {}: {} was deleted or made anew; learning anew from {}",
      name.topic, name.partition, judged, settings_.kafka.state_topic, range.high);
  return range.high;
}

void DetectWorker::finish_restore(int32_t partition, Owned& owned) {
  owned.task->finish_restore();
  top_board_.restored(partition, *owned.task);
  owned.phase = Phase::kLive;
  log_.info("{}[{}]: {} APIs restored, going on at {}", settings_.kafka.calls_topic, partition, owned.task->apis(),
            owned.committed);
  count_owned();
}

}  // namespace insight::app
