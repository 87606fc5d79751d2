#include "tests/simulation/broker_log.h"

#include <algorithm>

namespace insight::simulation {
namespace {

// Kafka remembers as many batches of a producer, to answer a repeated one.
constexpr size_t kRecentMax = 5;

}  // namespace

PartitionLog::Appended PartitionLog::append(ProducedRecord record, const ProducerStamp& stamp,
                                            TransactionNumber transaction, bool append_time, Timestamp now) {
  if (stamp.id >= 0) {
    const auto [at, is_new] = producers_.try_emplace(stamp.id);
    Sequence& known = at->second;
    if (stamp.epoch < known.epoch) return {Code::kInvalidProducerEpoch, -1};
    if (stamp.epoch > known.epoch) {
      // Of a producer that the log does not know any first sequence number will do.
      if (!is_new && stamp.sequence != 0) return {Code::kOutOfOrderSequence, -1};
      known = {stamp.epoch, stamp.sequence - 1, {}};
    }
    for (const auto& recent : known.recent)
      if (recent.sequence == stamp.sequence) return {Code::kNone, recent.offset, recent.appended};
    // After the epoch was raised by a marker nothing was sent yet.
    if (known.last >= 0 && stamp.sequence != known.last + 1) return {Code::kOutOfOrderSequence, -1};
    known.last = stamp.sequence;
    known.recent.push_back({stamp.sequence, next_, append_time ? std::optional(now) : std::nullopt});
    if (known.recent.size() > kRecentMax) known.recent.pop_front();
  }
  if (append_time) record.timestamp = now;
  if (transaction != kNoTransaction) open_.try_emplace(transaction, next_);
  records_.push_back({next_, std::move(record), transaction, false});
  return {Code::kNone, next_++, append_time ? std::optional(now) : std::nullopt};
}

void PartitionLog::end_transaction(TransactionNumber transaction, bool commit, int64_t producer, int16_t epoch,
                                   Timestamp now) {
  open_.erase(transaction);
  if (!commit) aborted_.insert(transaction);
  Sequence& known = producers_[producer];
  if (epoch > known.epoch) known = {epoch, -1, {}};
  LogEntry marker{next_++, {}, transaction, true};
  marker.content.timestamp = now;
  records_.push_back(std::move(marker));
}

bool PartitionLog::is_visible(const LogEntry& record, kafka::Isolation isolation) const {
  if (record.marker) return false;
  if (isolation == kafka::Isolation::kReadUncommitted || record.transaction == kNoTransaction) return true;
  return !aborted_.contains(record.transaction) && !open_.contains(record.transaction);
}

std::deque<LogEntry>::const_iterator PartitionLog::at_or_after(int64_t offset) const {
  return std::lower_bound(records_.begin(), records_.end(), offset,
                          [](const LogEntry& record, int64_t wanted) { return record.offset < wanted; });
}

PartitionLog::Found PartitionLog::find(int64_t offset, kafka::Isolation isolation) const {
  if (offset < low_ || offset > next_) return {Code::kOffsetOutOfRange, nullptr, offset};
  const int64_t last = end(isolation);
  for (auto at = at_or_after(offset); at != records_.end() && at->offset < last; ++at)
    if (is_visible(*at, isolation)) return {Code::kNone, &*at, at->offset + 1};
  return {Code::kNone, nullptr, std::max(offset, last)};
}

int64_t PartitionLog::first_open() const {
  int64_t first = next_;
  for (const auto& [transaction, offset] : open_) first = std::min(first, offset);
  return std::max(first, low_);
}

int64_t PartitionLog::offset_at(Timestamp time) const {
  for (const LogEntry& record : records_)
    if (!record.marker && record.content.timestamp >= time) return record.offset;
  return next_;
}

bool PartitionLog::delete_before(int64_t offset) {
  if (offset == -1) offset = next_;
  if (offset < 0 || offset > next_) return false;
  low_ = std::max(low_, offset);
  while (!records_.empty() && records_.front().offset < low_) {
    removed_.push_back(std::move(records_.front()));
    records_.pop_front();
  }
  return true;
}

void PartitionLog::expire(Timestamp before) {
  int64_t keep = next_;
  for (const LogEntry& record : records_) {
    if (record.content.timestamp < before) continue;
    keep = record.offset;
    break;
  }
  delete_before(keep);
}

void PartitionLog::compact(int64_t until, Timestamp tombstones_before) {
  until = std::min(until, stable());
  std::map<std::string_view, int64_t> newest;
  for (const LogEntry& record : records_) {
    if (record.offset >= until) break;
    if (is_visible(record, kafka::Isolation::kReadCommitted)) newest[record.content.key] = record.offset;
  }
  std::deque<LogEntry> kept;
  for (LogEntry& record : records_) {
    bool keep = record.offset >= until || record.marker;
    if (!keep && is_visible(record, kafka::Isolation::kReadCommitted)) {
      const bool expired = !record.content.payload && record.content.timestamp < tombstones_before;
      keep = newest.at(record.content.key) == record.offset && !expired;
    }
    // Copied, because the keys of `newest` lie in the records.
    (keep ? kept : removed_).push_back(record);
  }
  records_ = std::move(kept);
}

}  // namespace insight::simulation
