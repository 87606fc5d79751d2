#include "progress/reading.h"

#include <algorithm>

namespace insight::progress {

using core::Timestamp;

void Reading::set_topics(std::vector<std::pair<std::string, uint32_t>> topics) { topics_ = std::move(topics); }

uint32_t Reading::topic_index(std::string_view name) const {
  for (uint32_t i = 0; i < topics_.size(); ++i)
    if (topics_[i].first == name) return i;
  return static_cast<uint32_t>(topics_.size());
}

uint32_t Reading::origin(uint32_t topic, uint32_t partition) {
  for (uint32_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].origin.topic == topic && entries_[i].origin.partition == partition) return i;
  Entry entry;
  entry.origin = {topic, partition};
  entries_.push_back(entry);
  return static_cast<uint32_t>(entries_.size() - 1);
}

void Reading::on_event(uint32_t origin, Timestamp event_time, std::optional<Timestamp> kafka_time, Timestamp clock) {
  Entry& entry = entries_[origin];
  entry.read_here = true;
  Timestamp capped = std::min(event_time, clock);
  if (kafka_time && kafka_time->time_since_epoch().count() > 0) capped = std::min(capped, *kafka_time);
  if (entry.history)
    entry.history->join({capped, capped});
  else
    entry.history = {capped, capped};
  if (!entry.oldest || capped < *entry.oldest) entry.oldest = capped;
}

void Reading::on_offset(uint32_t origin, int64_t next_offset) {
  Entry& entry = entries_[origin];
  entry.read_here = true;
  entry.next_offset = std::max(entry.next_offset, next_offset);
}

void Reading::on_caught_up(uint32_t origin, Timestamp time) {
  Entry& entry = entries_[origin];
  entry.read_here = true;
  if (!entry.caught_up_at || time > *entry.caught_up_at) entry.caught_up_at = time;
}

void Reading::forget(uint32_t origin) {
  const core::Origin kept = entries_[origin].origin;
  entries_[origin] = Entry{};
  entries_[origin].origin = kept;
}

void Reading::write_to(core::Batch& batch) const {
  batch.topics.clear();
  batch.origins.clear();
  batch.progress.clear();
  batch.missing = missing_;
  for (const auto& [name, partitions] : topics_) batch.topics.push_back({name, partitions});
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    batch.origins.push_back(entry.origin);
    if (!entry.read_here) continue;
    const auto since = entry.history ? std::optional(entry.history->since) : std::nullopt;
    batch.progress.push_back({i, entry.next_offset, entry.newest(), entry.oldest, since, entry.caught_up_at});
  }
}

}  // namespace insight::progress
