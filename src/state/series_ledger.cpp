#include "state/series_ledger.h"

#include <algorithm>

namespace insight::state {

using core::Minute;
using count::ValueCount;

namespace {

constexpr int32_t kBaselineDays = 7;

Minute first_day_of(Minute start) { return core::day_of(start) - kBaselineDays * core::kMinutesPerDay; }

void add_to(std::vector<ValueCount>& list, std::string_view value, uint64_t count) {
  const auto at = std::find_if(list.begin(), list.end(), [&](const ValueCount& kept) { return kept.value == value; });
  if (at == list.end())
    list.push_back({std::string(value), count});
  else
    at->count += count;
}

}  // namespace

void Sums::add(const Sums& other) {
  total += other.total;
  for (size_t a = 0; a < values.size(); ++a)
    for (const ValueCount& given : other.values[a]) add_to(values[a], given.value, given.count);
}

void Sums::add(const MinuteSums& minute) {
  total += minute.total;
  for (size_t a = 0; a < values.size(); ++a)
    for (const auto& given : minute.values[a].entries()) add_to(values[a], given.value, given.count);
}

void Sums::sort() {
  for (auto& list : values)
    std::sort(list.begin(), list.end(), [](const ValueCount& x, const ValueCount& y) { return x.value < y.value; });
}

void SeriesLedger::enter(Minute minute, MinuteSums& sums) {
  totals_.add(minute, "", sums.total);
  for (size_t a = 0; a < values_.size(); ++a)
    for (const auto& [value, count] : sums.values[a].sorted()) values_[a].add(minute, value, count);
}

int32_t baseline_minutes(Minute start, Minute history_begin) {
  return std::max(start - std::max(first_day_of(start), history_begin), 0);
}

Baseline SeriesLedger::baseline(Minute start, Minute history_begin) const {
  Baseline baseline;
  baseline.minutes = baseline_minutes(start, history_begin);
  baseline.sums.total = totals_.total(first_day_of(start), start);
  for (size_t a = 0; a < values_.size(); ++a) baseline.sums.values[a] = values_[a].by_value(first_day_of(start), start);
  return baseline;
}

Sums SeriesLedger::window(Minute first, Minute end) const {
  Sums sums;
  sums.total = totals_.recent_total(first, end);
  for (size_t a = 0; a < values_.size(); ++a) sums.values[a] = values_[a].recent_by_value(first, end);
  return sums;
}

void SeriesLedger::hold_from(Minute first) {
  totals_.hold_from(first);
  for (auto& history : values_) history.hold_from(first);
}

void SeriesLedger::release() {
  totals_.release();
  for (auto& history : values_) history.release();
}

void SeriesLedger::prune(Minute now) {
  totals_.prune(now);
  for (auto& history : values_) history.prune(now);
}

void SeriesLedger::persist(core::ByteWriter& out) const {
  totals_.persist(out);
  for (const auto& history : values_) history.persist(out);
}

bool SeriesLedger::restore(core::ByteReader& in) {
  if (!totals_.restore(in)) return false;
  for (auto& history : values_)
    if (!history.restore(in)) return false;
  return true;
}

void persist(core::ByteWriter& out, const Baseline& baseline) {
  out.zigzag(baseline.minutes);
  out.u8(baseline.final ? 1 : 0);
  out.varint(baseline.sums.total);
  for (const auto& list : baseline.sums.values) {
    out.varint(list.size());
    for (const ValueCount& value : list) {
      out.text(value.value);
      out.varint(value.count);
    }
  }
}

bool restore(core::ByteReader& in, Baseline& baseline) {
  baseline = {};
  baseline.minutes = static_cast<int32_t>(in.zigzag());
  baseline.final = in.u8() != 0;
  baseline.sums.total = in.varint();
  for (auto& list : baseline.sums.values) {
    for (size_t n = in.count(); n > 0 && in.ok(); --n) {
      std::string value(in.text());
      list.push_back({std::move(value), in.varint()});
    }
  }
  return in.ok();
}

}  // namespace insight::state
