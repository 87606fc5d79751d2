#include "count/value_history.h"

#include <algorithm>

namespace insight::count {

using core::Minute;

namespace {

int32_t day_number(Minute minute) { return core::day_of(minute).value / core::kMinutesPerDay; }

// Pruning is put off until this many minutes have passed, so that it costs little per minute.
constexpr int32_t kPruneEvery = 60;

}  // namespace

void ValueHistory::add(Minute minute, std::string_view value, uint64_t count) {
  if (count == 0) return;
  if (pruned_ == core::kNoMinute || minute - pruned_ >= kPruneEvery) prune(minute);
  const uint32_t slot = slot_of(value);
  minutes_.push_back({minute, slot, count});
  const int32_t day = day_number(minute);
  for (auto at = days_.rbegin(); at != days_.rend() && at->day == day; ++at) {
    if (at->slot != slot) continue;
    at->count += count;
    return;
  }
  days_.push_back({day, slot, count});
}

uint32_t ValueHistory::slot_of(std::string_view value) {
  for (uint32_t i = 0; i < values_.size(); ++i)
    if (values_[i] == value) return i;
  if (values_.size() >= kValuesMax && may_hold_dead_) drop_dead_values();
  if (values_.size() >= kValuesMax) return replace_least(value);
  values_.emplace_back(value);
  return static_cast<uint32_t>(values_.size() - 1);
}

uint32_t ValueHistory::replace_least(std::string_view value) {
  std::vector<uint64_t> totals(values_.size(), 0);
  for (const auto& day : days_) totals[day.slot] += day.count;
  uint32_t least = 0;
  for (uint32_t i = 1; i < totals.size(); ++i)
    if (totals[i] < totals[least] || (totals[i] == totals[least] && values_[i] > values_[least])) least = i;
  values_[least] = value;
  return least;
}

void ValueHistory::drop_dead_values() {
  may_hold_dead_ = false;
  std::vector<uint32_t> moved(values_.size(), UINT32_MAX);
  for (const auto& day : days_) moved[day.slot] = 0;
  for (const auto& minute : minutes_) moved[minute.slot] = 0;
  uint32_t next = 0;
  for (uint32_t i = 0; i < values_.size(); ++i) {
    if (moved[i] == UINT32_MAX) continue;
    moved[i] = next;
    if (next != i) values_[next] = std::move(values_[i]);
    ++next;
  }
  values_.resize(next);
  for (auto& day : days_) day.slot = moved[day.slot];
  for (auto& minute : minutes_) minute.slot = moved[minute.slot];
}

template <typename F>
void ValueHistory::for_each_until(Minute first_day, Minute end, F&& add) const {
  const int32_t first = day_number(first_day);
  const int32_t last = day_number(end);
  for (const auto& day : days_)
    if (day.day >= first && day.day <= last) add(day.slot, static_cast<int64_t>(day.count));
  // The last day's total holds minutes from `end` on: they are all within the minutes kept.
  for (auto at = minutes_.rbegin(); at != minutes_.rend() && at->minute >= end; ++at)
    if (day_number(at->minute) == last) add(at->slot, -static_cast<int64_t>(at->count));
}

uint64_t ValueHistory::total(Minute first_day, Minute end) const {
  int64_t sum = 0;
  for_each_until(first_day, end, [&](uint32_t, int64_t count) { sum += count; });
  return static_cast<uint64_t>(std::max<int64_t>(sum, 0));
}

std::vector<ValueCount> ValueHistory::by_value(Minute first_day, Minute end) const {
  std::vector<uint64_t> sums(values_.size(), 0);
  for_each_until(first_day, end, [&](uint32_t slot, int64_t count) { sums[slot] += static_cast<uint64_t>(count); });
  return named(sums);
}

uint64_t ValueHistory::recent_total(Minute first, Minute end) const {
  uint64_t sum = 0;
  for (auto at = minutes_.rbegin(); at != minutes_.rend() && at->minute >= first; ++at)
    if (at->minute < end) sum += at->count;
  return sum;
}

std::vector<ValueCount> ValueHistory::recent_by_value(Minute first, Minute end) const {
  std::vector<uint64_t> sums(values_.size(), 0);
  for (auto at = minutes_.rbegin(); at != minutes_.rend() && at->minute >= first; ++at)
    if (at->minute < end) sums[at->slot] += at->count;
  return named(sums);
}

std::vector<ValueCount> ValueHistory::named(const std::vector<uint64_t>& sums) const {
  std::vector<ValueCount> out;
  for (uint32_t slot = 0; slot < sums.size(); ++slot)
    if (sums[slot] > 0) out.push_back({values_[slot], sums[slot]});
  return out;
}

void ValueHistory::prune(Minute now) {
  pruned_ = now;
  may_hold_dead_ = true;
  const int32_t oldest_day = day_number(now) - kDaysKept + 1;
  std::erase_if(days_, [&](const DayCount& day) { return day.day < oldest_day; });
  Minute oldest = now - kMinutesKept;
  if (held_from_ != core::kNoMinute) oldest = std::min(oldest, held_from_);
  std::erase_if(minutes_, [&](const MinuteCount& minute) { return minute.minute < oldest; });
}

void ValueHistory::persist(core::ByteWriter& out) const {
  out.zigzag(pruned_.value);
  out.zigzag(held_from_.value);
  out.varint(values_.size());
  for (const auto& value : values_) out.text(value);
  out.varint(days_.size());
  for (const auto& day : days_) {
    out.zigzag(day.day);
    out.varint(day.slot);
    out.varint(day.count);
  }
  out.varint(minutes_.size());
  int32_t before = 0;
  for (const auto& minute : minutes_) {
    out.zigzag(int64_t{minute.minute.value} - before);
    before = minute.minute.value;
    out.varint(minute.slot);
    out.varint(minute.count);
  }
}

bool ValueHistory::restore(core::ByteReader& in) {
  pruned_ = {static_cast<int32_t>(in.zigzag())};
  held_from_ = {static_cast<int32_t>(in.zigzag())};
  for (size_t n = in.count(); n > 0 && in.ok(); --n) values_.emplace_back(in.text());
  const auto read_slot = [&] {
    const auto slot = static_cast<uint32_t>(in.varint_up_to(UINT32_MAX));
    if (slot >= values_.size()) in.fail();
    return slot;
  };
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    const auto day = static_cast<int32_t>(in.zigzag());
    const uint32_t slot = read_slot();
    days_.push_back({day, slot, in.varint()});
  }
  int64_t minute = 0;
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    minute += in.zigzag();
    const uint32_t slot = read_slot();
    minutes_.push_back({{static_cast<int32_t>(minute)}, slot, in.varint()});
  }
  return in.ok();
}

}  // namespace insight::count
