#include "state/series_ledger.h"

#include <algorithm>
#include <cstdlib>

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
  Histories& histories = wake();
  histories.totals.add(minute, "", sums.total);
  for (size_t a = 0; a < histories.values.size(); ++a)
    for (const auto& [value, count] : sums.values[a].sorted()) histories.values[a].add(minute, value, count);
}

int32_t baseline_minutes(Minute start, Minute history_begin) {
  return std::max(start - std::max(first_day_of(start), history_begin), 0);
}

Baseline SeriesLedger::baseline(Minute start, Minute history_begin) const {
  Histories place;
  const Histories& histories = unpacked(place);
  const Minute first_day = first_day_of(start);
  Baseline baseline;
  baseline.minutes = baseline_minutes(start, history_begin);
  baseline.sums.total = histories.totals.total(first_day, start);
  for (size_t a = 0; a < histories.values.size(); ++a)
    baseline.sums.values[a] = histories.values[a].by_value(first_day, start);
  return baseline;
}

Sums SeriesLedger::window(Minute first, Minute end) const {
  Histories place;
  const Histories& histories = unpacked(place);
  Sums sums;
  sums.total = histories.totals.recent_total(first, end);
  for (size_t a = 0; a < histories.values.size(); ++a) sums.values[a] = histories.values[a].recent_by_value(first, end);
  return sums;
}

void SeriesLedger::hold_from(Minute first) {
  Histories& histories = wake();
  histories.totals.hold_from(first);
  for (auto& history : histories.values) history.hold_from(first);
}

void SeriesLedger::release() {
  Histories& histories = wake();
  histories.totals.release();
  for (auto& history : histories.values) history.release();
}

void SeriesLedger::prune(Minute now) {
  Histories& histories = wake();
  histories.totals.prune(now);
  for (auto& history : histories.values) history.prune(now);
}

bool SeriesLedger::empty() const {
  Histories place;
  return unpacked(place).totals.empty();
}

void SeriesLedger::rest() {
  if (!awake_) return;
  core::ByteWriter out(packed_);
  awake_->persist(out);
  packed_.shrink_to_fit();
  awake_.reset();
}

SeriesLedger::Histories& SeriesLedger::wake() {
  if (awake_) return *awake_;
  awake_ = std::make_unique<Histories>();
  core::ByteReader in(packed_);
  if (!packed_.empty() && !awake_->restore(in)) std::abort();
  packed_ = {};
  return *awake_;
}

const SeriesLedger::Histories& SeriesLedger::unpacked(Histories& place) const {
  if (awake_) return *awake_;
  core::ByteReader in(packed_);
  if (!packed_.empty() && !place.restore(in)) std::abort();
  return place;
}

void SeriesLedger::persist(core::ByteWriter& out) const {
  if (awake_) return awake_->persist(out);
  if (packed_.empty()) return Histories().persist(out);
  out.raw(packed_.data(), packed_.size());
}

// Read once, to know that it is sound and where it ends.
bool SeriesLedger::restore(core::ByteReader& in, std::string_view record) {
  Histories restored;
  const std::string_view bytes = record.substr(record.size() - in.remaining());
  if (!restored.restore(in)) return false;
  packed_ = bytes.substr(0, bytes.size() - in.remaining());
  awake_.reset();
  return true;
}

void SeriesLedger::Histories::persist(core::ByteWriter& out) const {
  totals.persist(out);
  for (const auto& history : values) history.persist(out);
}

bool SeriesLedger::Histories::restore(core::ByteReader& in) {
  if (!totals.restore(in)) return false;
  for (auto& history : values)
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
