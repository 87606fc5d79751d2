#include "count/value_history.h"

#include <algorithm>

#include "models/packing.h"

namespace insight::count {

using core::Minute;

namespace {

int32_t day_number(Minute minute) { return core::day_of(minute).value / core::kMinutesPerDay; }

// Pruning is put off until this many minutes have passed, so that it costs little per minute.
constexpr int32_t kPruneEvery = 60;

// What a persisted history has: when it was pruned, from when minutes are held, values.
enum Part : uint8_t { kPruned = 1, kHeld = 2, kFilled = 4 };

// Entries as they are stored: their times as steps from the one before, their slots, their counts less 1.
class Columns {
 public:
  explicit Columns(size_t size = 0) : times_(size), slots_(size), counts_(size) {}

  size_t size() const { return times_.size(); }
  int32_t time(size_t i) const { return static_cast<int32_t>(times_[i]); }
  uint32_t slot(size_t i) const { return static_cast<uint32_t>(slots_[i]); }
  uint64_t count(size_t i) const { return counts_[i] + 1; }
  // Of entries in any order of time; counts are not 0.
  void set(size_t i, int32_t time, uint32_t slot, uint64_t count) {
    times_[i] = static_cast<uint32_t>(time);
    slots_[i] = slot;
    counts_[i] = std::min(count - 1, kCountMax);
  }

  void persist(core::ByteWriter& out) const {
    out.varint(size());
    if (size() == 0) return;
    out.varint(times_[0]);
    models::pack_near(out, from_first(times_[0]));
    models::pack(out, slots_);
    models::pack(out, counts_);
  }

  // False on malformed bytes, or where a slot is not one of `slots`.
  bool restore(core::ByteReader& in, size_t slots) {
    *this = Columns(in.varint_up_to(kEntriesMax));
    if (size() == 0) return in.ok();
    const uint64_t first = in.varint_up_to(UINT32_MAX);
    models::unpack_near(in, times_);
    for (uint64_t& time : times_) time += first;
    models::unpack(in, slots_);
    models::unpack(in, counts_);
    for (size_t i = 0; i < size(); ++i)
      if (slots_[i] >= slots || time(i) < -core::kMinuteMax || time(i) > core::kMinuteMax) in.fail();
    return in.ok();
  }

 private:
  static constexpr uint64_t kEntriesMax = uint64_t{1} << 20;   // far more than an insight of a day ever holds
  static constexpr uint64_t kCountMax = (uint64_t{1} << 62) - 1;

  std::vector<uint64_t> from_first(uint64_t first) const {
    std::vector<uint64_t> times = times_;
    for (uint64_t& time : times) time -= first;
    return times;
  }

  std::vector<uint64_t> times_;   // 32 bits of the time
  std::vector<uint64_t> slots_;
  std::vector<uint64_t> counts_;
};

}  // namespace

void ValueHistory::add(Minute minute, std::string_view value, uint64_t count) {
  if (count == 0) return;
  if (pruned_ == core::kNoMinute || minute - pruned_ >= kPruneEvery) prune(minute);
  const uint32_t slot = slot_of(value);
  minutes_.add(minute, slot, count);
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
  minutes_.for_each([&](Minute, uint32_t slot, uint64_t) { moved[slot] = 0; });
  uint32_t next = 0;
  for (uint32_t i = 0; i < values_.size(); ++i) {
    if (moved[i] == UINT32_MAX) continue;
    moved[i] = next;
    if (next != i) values_[next] = std::move(values_[i]);
    ++next;
  }
  values_.resize(next);
  for (auto& day : days_) day.slot = moved[day.slot];
  minutes_.renumber(moved);
}

template <typename F>
void ValueHistory::for_each_until(Minute first_day, Minute end, F&& add) const {
  const int32_t first = day_number(first_day);
  const int32_t last = day_number(end);
  for (const auto& day : days_)
    if (day.day >= first && day.day <= last) add(day.slot, static_cast<int64_t>(day.count));
  // The last day's total holds minutes from `end` on: they are all within the minutes kept.
  minutes_.for_each([&](Minute minute, uint32_t slot, uint64_t count) {
    if (minute >= end && day_number(minute) == last) add(slot, -static_cast<int64_t>(count));
  });
}

template <typename F>
void ValueHistory::for_each_recent(Minute first, Minute end, F&& add) const {
  minutes_.for_each([&](Minute minute, uint32_t slot, uint64_t count) {
    if (minute >= first && minute < end) add(slot, count);
  });
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
  for_each_recent(first, end, [&](uint32_t, uint64_t count) { sum += count; });
  return sum;
}

std::vector<ValueCount> ValueHistory::recent_by_value(Minute first, Minute end) const {
  std::vector<uint64_t> sums(values_.size(), 0);
  for_each_recent(first, end, [&](uint32_t slot, uint64_t count) { sums[slot] += count; });
  return named(sums);
}

std::vector<ValueCount> ValueHistory::named(const std::vector<uint64_t>& sums) const {
  std::vector<ValueCount> out;
  for (uint32_t slot = 0; slot < sums.size(); ++slot)
    if (sums[slot] > 0) out.push_back({values_[slot], sums[slot]});
  return out;
}

void ValueHistory::prune(Minute now) {
  pruned_ = days_.empty() && minutes_.empty() ? core::kNoMinute : now;   // of nothing, there is nothing to note
  may_hold_dead_ = true;
  const int32_t oldest_day = day_number(now) - kDaysKept + 1;
  std::erase_if(days_, [&](const DayCount& day) { return day.day < oldest_day; });
  Minute oldest = now - kMinutesKept;
  if (held_from_ != core::kNoMinute) oldest = std::min(oldest, held_from_);
  minutes_.drop_before(oldest);
}

void ValueHistory::persist(core::ByteWriter& out) const {
  const bool pruned = pruned_ != core::kNoMinute;
  const bool held = held_from_ != core::kNoMinute;
  out.u8(static_cast<uint8_t>((pruned ? kPruned : 0) | (held ? kHeld : 0) | (values_.empty() ? 0 : kFilled)));
  if (pruned) core::write_minute(out, pruned_);
  if (held) core::write_minute(out, held_from_);
  if (values_.empty()) return;
  out.varint(values_.size());
  for (const auto& value : values_) out.text(value);
  Columns days(days_.size());
  for (size_t i = 0; i < days_.size(); ++i) days.set(i, days_[i].day, days_[i].slot, days_[i].count);
  days.persist(out);
  Columns minutes(minutes_.size());
  size_t next = 0;
  minutes_.for_each(
      [&](Minute minute, uint32_t slot, uint64_t count) { minutes.set(next++, minute.value, slot, count); });
  minutes.persist(out);
}

bool ValueHistory::restore(core::ByteReader& in) {
  const uint64_t flags = in.varint_up_to(kPruned | kHeld | kFilled);
  if ((flags & kPruned) != 0) pruned_ = core::read_minute(in);
  if ((flags & kHeld) != 0) held_from_ = core::read_minute(in);
  if ((flags & kFilled) == 0) return in.ok();
  for (size_t n = in.varint_up_to(kValuesMax); n > 0 && in.ok(); --n) values_.emplace_back(in.text());
  Columns columns;
  if (!columns.restore(in, values_.size())) return false;
  for (size_t i = 0; i < columns.size(); ++i) days_.push_back({columns.time(i), columns.slot(i), columns.count(i)});
  if (!columns.restore(in, values_.size())) return false;
  for (size_t i = 0; i < columns.size(); ++i) minutes_.add({columns.time(i)}, columns.slot(i), columns.count(i));
  return in.ok();
}

}  // namespace insight::count
