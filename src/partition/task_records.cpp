// Task: what is written to the state topic, and how a task comes back from it.
#include <algorithm>
#include <utility>

#include "partition/task.h"

namespace insight::partition {

using core::Minute;
using state::ApiState;
using state::RecordError;

namespace {

// A record is written in the oldest version that can say it, so that the release before can go on from it: version 3
// only while there are minutes that were learned elsewhere.
constexpr uint8_t kMetaVersion = 3;
constexpr uint8_t kMetaVersionBefore = 2;
// Changes that are a pure function of their minutes' rows wait so long, in event time...
constexpr int32_t kUnsavedMinutes = 5;
// ...and may wait so long, while commits have enough to write: so that a hundred thousand APIs that were called in the same
// minute do not keep one transaction, and the Starts behind it, for seconds.
constexpr int32_t kUnsavedMinutesMax = 10;
// More than a Kafka topic can have: a damaged record.
constexpr uint64_t kPartitionsMax = 1 << 20;

}  // namespace

void Task::mark_changed(ApiState& api) {
  if (!std::exchange(api.changed, true)) changed_.push_back(&api);
}

void Task::mark_all_changed() {
  for (const auto& api : apis_) mark_changed(*api);
}

void Task::mark_unsaved(ApiState& api, Minute minute) {
  if (api.unsaved != core::kNoMinute) return;
  api.unsaved = minute;
  Unsaved& unsaved = unsaved_at_[minute];
  ++unsaved.waiting;
  ++waiting_;
  unsaved.apis.push_back(&api);
}

void Task::mark_saved(ApiState& api) {
  const auto at = unsaved_at_.find(std::exchange(api.unsaved, core::kNoMinute));
  if (at == unsaved_at_.end()) return;
  --waiting_;
  if (--at->second.waiting == 0) unsaved_at_.erase(at);
}

Commit Task::collect(bool all) {
  Commit commit;
  for (auto& [minute, unsaved] : unsaved_at_) {
    const int32_t waiting = closed_ - minute;
    if (!all && waiting < kUnsavedMinutes) break;
    const bool may_wait = !all && waiting < kUnsavedMinutesMax;
    for (ApiState* api : unsaved.apis) {
      if (may_wait && changed_.size() >= options_.records_enough) break;
      if (api->unsaved == minute) mark_changed(*api);
    }
  }
  for (const auto& key : evicted_)
    if (apis_.find(key.view()) == nullptr) commit.state.push_back({state::api_record_key(key.view()), std::nullopt});
  const auto by_name = [](const ApiState* one, const ApiState* other) { return one->key.view() < other->key.view(); };
  if (!std::is_sorted(changed_.begin(), changed_.end(), by_name)) std::sort(changed_.begin(), changed_.end(), by_name);
  commit.state.reserve(commit.state.size() + changed_.size() + 1);
  for (ApiState* api : changed_) {
    catch_up(*api);
    api->rest();
    std::string value;
    state::persist(*api, value);
    commit.state.push_back({state::api_record_key(api->key.view()), std::move(value)});
    mark_saved(*api);
    api->saved = api->through;
    api->changed = false;
  }
  find_rewind_offset();
  commit.state.push_back({std::string(kMetaKey), persist_meta()});
  commit.insights = take_insights();
  commit.next_offset = frontier_;
  commit.rewind_offset = rewind_offset_;
  changed_.clear();
  evicted_.clear();
  return commit;
}

// First offset with a row that no record holds: of an open minute, or of a closed one not yet written.
void Task::find_rewind_offset() {
  Minute oldest = closed_ == core::kNoMinute ? core::kNoMinute : closed_ + 1;
  if (!unsaved_at_.empty()) oldest = std::min(oldest, unsaved_at_.begin()->first);
  rows_at_.erase(rows_at_.begin(), rows_at_.lower_bound(oldest));
  rewind_offset_ = frontier_;
  for (const auto& [minute, rows] : rows_at_) rewind_offset_ = std::min(rewind_offset_, rows.first_offset);
}

std::string Task::persist_meta() const {
  std::string bytes;
  core::ByteWriter out(bytes);
  const bool brought = brought_through_ != core::kNoMinute;
  out.u8(brought ? kMetaVersion : kMetaVersionBefore);
  out.varint(options_.partition);
  out.varint(options_.partitions);
  out.zigzag(frontier_);
  out.zigzag(rewind_offset_);
  out.text(options_.calls_id);
  for (const Minute minute : {closed_, history_begin_, known_since_, last_row_, lost_from_})
    core::write_minute(out, minute);
  if (brought) core::write_minute(out, brought_through_);
  watermark_.persist(out);
  out.varint(gaps_.size());
  for (const auto& gap : gaps_) {
    core::write_minute(out, gap.first);
    core::write_minute(out, gap.last);
  }
  silence_.persist(out);
  profiles_.persist(out);
  newcomer_.persist(out, closed_);
  newcomer_rate_.persist(out);
  newcomer_rate_bounds_.persist(out, closed_);
  return bytes;
}

RecordError Task::restore_meta(std::string_view bytes) {
  core::ByteReader in(bytes);
  const uint8_t version = in.u8();
  if (version > kMetaVersion) return RecordError::kNewerVersion;
  if (version < kMetaVersionBefore) return RecordError::kDamaged;
  const uint64_t partition = in.varint();
  const auto partitions = static_cast<uint32_t>(in.varint_up_to(kPartitionsMax));
  if (options_.partitions == 0) options_.partitions = partitions;
  if (partitions != options_.partitions) return RecordError::kOtherPartitions;
  if (partition != options_.partition) return RecordError::kDamaged;
  has_meta_ = true;
  gaps_.clear();
  watermark_ = progress::Watermark(options_.lateness);
  frontier_ = in.zigzag();
  rewind_offset_ = in.zigzag();
  restored_calls_id_ = in.text();
  for (Minute* minute : {&closed_, &history_begin_, &known_since_, &last_row_, &lost_from_})
    *minute = core::read_minute(in);
  brought_through_ = version == kMetaVersion ? core::read_minute(in) : core::kNoMinute;
  if (!watermark_.restore(in)) return RecordError::kDamaged;
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    const Minute first = core::read_minute(in);
    gaps_.push_back({first, core::read_minute(in)});
  }
  if (!silence_.restore(in) || !profiles_.restore(in) || !newcomer_.restore(in, closed_)) return RecordError::kDamaged;
  newcomer_rate_.restore(in);
  if (!newcomer_rate_bounds_.restore(in, closed_)) return RecordError::kDamaged;
  return in.ok() && in.at_end() ? RecordError::kNone : RecordError::kDamaged;
}

// A key may stand in the log more than once: the last record counts.
RecordError Task::restore_record(std::string_view key, std::optional<std::string_view> value) {
  if (key == kMetaKey) return value ? restore_meta(*value) : RecordError::kDamaged;
  if (key == state::kMovedKey) return value ? RecordError::kMoved : RecordError::kNone;
  core::ApiKey name;
  if (!state::parse_api_record_key(key, name)) return RecordError::kDamaged;
  ApiState* known = apis_.find(name.view());
  if (!value) {
    if (known != nullptr) apis_.remove(*known);
    return RecordError::kNone;
  }
  if (known != nullptr) known->forget();
  ApiState& api = known != nullptr ? *known : add_api(name.view());
  const RecordError error = state::restore(*value, api);
  api.saved = api.through;
  return error;
}

bool Task::find_calls(int64_t low, int64_t high) {
  const bool told_apart = !restored_calls_id_.empty() && !options_.calls_id.empty();
  const bool other = told_apart ? restored_calls_id_ != options_.calls_id : frontier_ > high;
  if (!other && low <= rewind_offset_ && frontier_ <= high) return true;
  frontier_ = other ? low : std::clamp(frontier_, low, high);
  rewind_offset_ = other ? low : std::clamp(rewind_offset_, low, frontier_);
  if (history_begin_ == core::kNoMinute) return false;  // nothing was heard of yet
  lost_from_ = closed_ == core::kNoMinute ? first_minute() : closed_ + 1;
  for (const auto& api : apis_) {
    if (other) api->first_offset = low;
    if (closed_ != core::kNoMinute) lost_from_ = std::min(lost_from_, api->through + 1);
  }
  if (closed_ != core::kNoMinute && lost_from_ <= closed_) gaps_.push_back({lost_from_, closed_});
  mark_all_changed();
  return false;
}

void Task::reinsert(const core::Batch& batch, int64_t offset) {
  if (offset >= frontier_) return;
  insert_rows(batch, offset, true);
}

void Task::finish_restore() {
  for (const auto& api : apis_) {
    silence_.add(*api);
    const auto& group = silence_.group_of(*api);
    if (closed_ != core::kNoMinute && closed_ > walked_through()) {  // in a jump: no minute was closed
      api->silent_expected = 0;
      api->attempts.skip_to(closed_);
      api->through = closed_;
    }
    while (api->through < closed_) {
      const Minute minute = api->through + 1;
      if (minute <= group.last_row)
        api->silent_expected = 0;
      else if (api->calls && api->calls->series)
        api->silent_expected += api->calls->series->expected(minute, profiles_.calls(api->key.account(), minute));
      close_api(*api, minute, in_gap(minute) || group.was_missing(minute));
    }
  }
  // Rewriting what the log holds already would cost much and say nothing.
  if (lost_from_ == core::kNoMinute) {
    for (ApiState* api : changed_) api->changed = false;
    changed_.clear();
  }
  for (auto at = rows_at_.begin(); at != rows_at_.end() && at->first <= closed_; ++at) at->second.apis = {};
  for (ApiState* api : touched_) api->touched = false;  // its rows were judged before they were lost
  touched_.clear();
}

}  // namespace insight::partition
