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

void write_time(core::ByteWriter& out, const std::optional<Timestamp>& time) {
  out.u8(time ? 1 : 0);
  if (time) out.zigzag(time->time_since_epoch().count());
}

std::optional<Timestamp> read_time(core::ByteReader& in) {
  if (in.u8() == 0) return std::nullopt;
  return Timestamp(core::Duration(in.zigzag()));
}

}  // namespace

void Watermark::merge(const core::Batch& batch, Timestamp appended) {
  merge_topics(batch, appended);
  merge_partitions(batch, appended);

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
    if (raise(partition.newest, entry.newest)) partition.changed = appended;
    lower(partition.oldest, entry.oldest);
    raise(partition.caught_up_at, entry.caught_up_at);
  }
}

std::optional<Timestamp> Watermark::time_of(const Partition& partition, Timestamp appended,
                                            Timestamp newest_of_all) const {
  const bool stands_still = appended - partition.changed >= kStandsStillAfter;
  if (!partition.caught_up_at || !stands_still) return partition.newest;
  const Timestamp idle = std::min({*partition.caught_up_at, appended, newest_of_all});
  return partition.newest ? std::max(*partition.newest, idle) : idle;
}

std::optional<Timestamp> Watermark::newest() const {
  std::optional<Timestamp> all;
  for (const auto& [name, partition] : partitions_) raise(all, partition.newest);
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
    out.zigzag(topic.named.time_since_epoch().count());
  }
  out.varint(partitions_.size());
  for (const auto& [name, partition] : partitions_) {
    out.text(name.first);
    out.varint(name.second);
    out.zigzag(partition.next_offset);
    write_time(out, partition.newest);
    write_time(out, partition.oldest);
    write_time(out, partition.caught_up_at);
    out.zigzag(partition.changed.time_since_epoch().count());
  }
  write_time(out, watermark_);
}

bool Watermark::restore(core::ByteReader& in) {
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    const std::string name(in.text());
    Topic topic;
    topic.partitions = static_cast<uint32_t>(in.varint_up_to(UINT32_MAX));
    topic.named = Timestamp(core::Duration(in.zigzag()));
    topics_[name] = topic;
  }
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    const std::string name(in.text());
    const auto index = static_cast<uint32_t>(in.varint_up_to(UINT32_MAX));
    Partition partition;
    partition.next_offset = in.zigzag();
    partition.newest = read_time(in);
    partition.oldest = read_time(in);
    partition.caught_up_at = read_time(in);
    partition.changed = Timestamp(core::Duration(in.zigzag()));
    partitions_[{name, index}] = partition;
  }
  watermark_ = read_time(in);
  return in.ok();
}

}  // namespace insight::progress
