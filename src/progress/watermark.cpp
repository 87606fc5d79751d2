#include "progress/watermark.h"

#include <algorithm>

namespace insight::progress {

using core::Timestamp;

namespace {

// A topic nobody names for so long no longer holds the watermark.
constexpr core::Duration kForgetTopicAfter = std::chrono::minutes(10);
// A partition that is caught up and stands still for so long no longer holds the watermark.
constexpr core::Duration kStandsStillAfter = std::chrono::minutes(1);

template <typename T>
bool raise(std::optional<T>& kept, const std::optional<T>& given) {
  if (!given || (kept && *kept >= *given)) return false;
  kept = given;
  return true;
}

template <typename T>
void lower(std::optional<T>& kept, const std::optional<T>& given) {
  if (given && (!kept || *given < *kept)) kept = given;
}

void join(std::optional<History>& kept, const std::optional<History>& given) {
  if (kept && given)
    kept->join(*given);
  else if (given)
    kept = given;
}

void write_history(core::ByteWriter& out, const std::optional<History>& history) {
  out.u8(history ? 1 : 0);
  if (!history) return;
  core::write_time(out, history->since);
  core::write_time(out, history->newest);
}

std::optional<History> read_history(core::ByteReader& in) {
  if (in.u8() == 0) return std::nullopt;
  const Timestamp since = core::read_time(in);
  return History{since, core::read_time(in)};
}

}  // namespace

void Watermark::merge(const core::Batch& batch, Timestamp appended) {
  merge_topics(batch, appended);
  merge_partitions(batch, appended);

  for (const auto& [name, partition] : partitions_) join(history_, partition.history);
  const auto newest_of_all = newest();
  if (!newest_of_all) return;
  std::optional<Timestamp> slowest;
  for (const auto& [name, partition] : partitions_) {
    const auto time = time_of(partition, appended, *newest_of_all);
    if (!time) return;   // a partition of which nothing is known yet holds everything
    if (!slowest || *time < *slowest) slowest = time;
  }
  if (slowest) raise(watermark_, std::optional(*slowest - lateness_));
}

void Watermark::merge_topics(const core::Batch& batch, Timestamp appended) {
  for (const auto& named : batch.topics) {
    auto at = topics_.find(named.name);
    if (at == topics_.end()) at = topics_.emplace(std::string(named.name), Topic{}).first;
    Topic& topic = at->second;
    topic.named = std::max(topic.named, appended);
    for (uint32_t p = topic.partitions; p < named.partitions; ++p) {
      Partition partition;
      partition.changed = appended;
      partitions_.try_emplace({at->first, p}, partition);
    }
    topic.partitions = std::max(topic.partitions, named.partitions);
  }
  for (auto at = topics_.begin(); at != topics_.end();) {
    if (appended - at->second.named < kForgetTopicAfter) {
      ++at;
      continue;
    }
    const std::string& gone = at->first;
    std::erase_if(partitions_, [&](const auto& entry) { return entry.first.first == gone; });
    at = topics_.erase(at);
  }
}

void Watermark::merge_partitions(const core::Batch& batch, Timestamp appended) {
  for (const auto& entry : batch.progress) {
    const auto& origin = batch.origins[entry.origin];
    const auto at = partitions_.find({std::string(batch.topics[origin.topic].name), origin.partition});
    if (at == partitions_.end()) continue;   // a partition beyond its topic's count: nothing waits for it
    Partition& partition = at->second;
    partition.next_offset = std::max(partition.next_offset, entry.next_offset);
    if (entry.newest && (!partition.history || *entry.newest > partition.history->newest)) partition.changed = appended;
    if (entry.newest) join(partition.history, History{entry.unbroken_since.value_or(*entry.newest), *entry.newest});
    lower(partition.oldest, entry.oldest);
    // The query was made before the batch came: brokers whose clocks differ say no more than that, now and later.
    if (entry.caught_up_at) raise(partition.caught_up_at, std::optional(std::min(*entry.caught_up_at, appended)));
  }
}

std::optional<Timestamp> Watermark::time_of(const Partition& partition, Timestamp appended,
                                            Timestamp newest_of_all) const {
  const bool stands_still = appended - partition.changed >= kStandsStillAfter;
  const auto newest = partition.history ? std::optional(partition.history->newest) : std::nullopt;
  if (!partition.caught_up_at || !stands_still) return newest;
  const Timestamp idle = std::min(*partition.caught_up_at, newest_of_all);
  return newest ? std::max(*newest, idle) : idle;
}

void Watermark::begin_at(Timestamp time) {
  topics_.clear();
  partitions_.clear();
  watermark_ = time;
}

std::optional<Timestamp> Watermark::inputs_since() const {
  std::optional<Timestamp> all;
  for (const auto& [name, partition] : partitions_)
    if (partition.history) lower(all, std::optional(partition.history->since));
  return all;
}

std::optional<Timestamp> Watermark::newest() const {
  std::optional<Timestamp> all;
  for (const auto& [name, partition] : partitions_)
    if (partition.history) raise(all, std::optional(partition.history->newest));
  return all;
}

std::optional<Timestamp> Watermark::oldest() const {
  std::optional<Timestamp> all;
  for (const auto& [name, partition] : partitions_) lower(all, partition.oldest);
  return all;
}

bool Watermark::covered(std::string_view topic, uint32_t partition, int64_t offset) const {
  const auto at = partitions_.find({std::string(topic), partition});
  return at != partitions_.end() && offset < at->second.next_offset;
}

void Watermark::persist(core::ByteWriter& out) const {
  out.varint(topics_.size());
  for (const auto& [name, topic] : topics_) {
    out.text(name);
    out.varint(topic.partitions);
    core::write_time(out, topic.named);
  }
  out.varint(partitions_.size());
  for (const auto& [name, partition] : partitions_) {
    out.text(name.first);
    out.varint(name.second);
    out.zigzag(partition.next_offset);
    write_history(out, partition.history);
    core::write_optional_time(out, partition.oldest);
    core::write_optional_time(out, partition.caught_up_at);
    core::write_time(out, partition.changed);
  }
  write_history(out, history_);
  core::write_optional_time(out, watermark_);
}

bool Watermark::restore(core::ByteReader& in) {
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    const std::string name(in.text());
    Topic topic;
    topic.partitions = static_cast<uint32_t>(in.varint_up_to(UINT32_MAX));
    topic.named = core::read_time(in);
    topics_[name] = topic;
  }
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    const std::string name(in.text());
    const auto index = static_cast<uint32_t>(in.varint_up_to(UINT32_MAX));
    Partition partition;
    partition.next_offset = in.zigzag();
    partition.history = read_history(in);
    partition.oldest = core::read_optional_time(in);
    partition.caught_up_at = core::read_optional_time(in);
    partition.changed = core::read_time(in);
    partitions_[{name, index}] = partition;
  }
  history_ = read_history(in);
  watermark_ = core::read_optional_time(in);
  return in.ok();
}

}  // namespace insight::progress
