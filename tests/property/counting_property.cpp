#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "count/call_ids.h"
#include "count/value_history.h"

namespace insight::count {
namespace {

using core::Minute;

constexpr int32_t kMonday = 20059 * core::kMinutesPerDay;

// The same, with nothing but a list: value by minute.
class NaiveHistory {
 public:
  void add(Minute minute, const std::string& value, uint64_t count) { entries_[minute][value] += count; }
  std::map<std::string, uint64_t> between(Minute first, Minute end) const {
    std::map<std::string, uint64_t> sums;
    for (auto at = entries_.lower_bound(first); at != entries_.end() && at->first < end; ++at)
      for (const auto& [value, count] : at->second) sums[value] += count;
    return sums;
  }

 private:
  std::map<Minute, std::map<std::string, uint64_t>> entries_;
};

std::map<std::string, uint64_t> as_map(const std::vector<ValueCount>& values) {
  std::map<std::string, uint64_t> map;
  for (const auto& value : values) map[value.value] += value.count;
  return map;
}

uint64_t total_of(const std::map<std::string, uint64_t>& map) {
  uint64_t total = 0;
  for (const auto& [value, count] : map) total += count;
  return total;
}

int below(int limit) { return *rc::gen::inRange(0, limit); }

RC_GTEST_PROP(ValueHistoryProperty, is_exact_with_up_to_sixty_four_values_over_weeks_and_restores, ()) {
  ValueHistory history;
  NaiveHistory naive;
  Minute now{kMonday + below(core::kMinutesPerDay)};
  const Minute begin = now;
  const int values = 1 + below(static_cast<int>(ValueHistory::kValuesMax));
  const int steps = 20 + below(300);
  for (int step = 0; step < steps; ++step) {
    now = now + (below(10) == 0 ? below(900) : below(8));
    for (int v = below(4); v > 0; --v) {
      const std::string value = "value" + std::to_string(below(values));
      const auto count = static_cast<uint64_t>(1 + below(1000));
      history.add(now, value, count);
      naive.add(now, value, count);
    }
    if (below(40) != 0) continue;
    std::string bytes;
    core::ByteWriter out(bytes);
    history.persist(out);
    history = ValueHistory{};
    core::ByteReader in(bytes);
    RC_ASSERT(history.restore(in) && in.at_end());
  }
  // Up to six hours back, from up to seven days before.
  const Minute end = now - below(ValueHistory::kMinutesKept);
  const Minute first = std::max(core::day_of(end) - below(8) * core::kMinutesPerDay, core::day_of(begin));
  const auto expected = naive.between(first, end);
  RC_ASSERT(as_map(history.by_value(first, end)) == expected);
  RC_ASSERT(history.total(first, end) == total_of(expected));
  const Minute recent = now - below(ValueHistory::kMinutesKept);
  RC_ASSERT(as_map(history.recent_by_value(recent, now + 1)) == naive.between(recent, now + 1));
  RC_ASSERT(history.recent_total(recent, now + 1) == total_of(naive.between(recent, now + 1)));
}

RC_GTEST_PROP(ValueHistoryProperty, keeps_every_minute_of_what_is_held, ()) {
  ValueHistory history;
  NaiveHistory naive;
  Minute now{kMonday};
  const Minute held = now + below(300);
  bool holding = false;
  for (int step = 0; step < 400; ++step) {
    now = now + below(20);
    if (!holding && now >= held) {
      history.hold_from(held);
      holding = true;
    }
    history.add(now, "value", 1);
    naive.add(now, "value", 1);
  }
  RC_ASSERT(history.recent_total(held, now + 1) == total_of(naive.between(held, now + 1)));
}

RC_GTEST_PROP(ValueHistoryProperty, past_its_limit_no_total_is_too_small_or_too_large_by_more_than_its_bound, ()) {
  ValueHistory history;
  NaiveHistory naive;
  const Minute now{kMonday};
  const int values = 65 + below(400);
  for (int step = 0; step < 2000; ++step) {
    // A few values are frequent, the rest is a long tail.
    const std::string value = "value" + std::to_string(below(2) == 0 ? below(5) : below(values));
    history.add(now, value, 1);
    naive.add(now, value, 1);
  }
  const auto kept = as_map(history.by_value(now, now + 1));
  const auto exact = naive.between(now, now + 1);
  RC_ASSERT(kept.size() <= ValueHistory::kValuesMax);
  RC_ASSERT(history.total(now, now + 1) == 2000u);
  for (const auto& [value, count] : kept) {
    const uint64_t truth = exact.contains(value) ? exact.at(value) : 0;
    RC_ASSERT(count >= truth && count <= truth + 2000 / ValueHistory::kValuesMax);
  }
}

// What is kept of a set of ids, thinned as it grows: does not depend on the order.
RC_GTEST_PROP(CallIdsProperty, thinning_does_not_depend_on_order_and_repeats_count_once, ()) {
  auto ids = *rc::gen::container<std::vector<uint64_t>>(rc::gen::arbitrary<uint64_t>());
  for (auto& id : ids) id *= 0x9e3779b97f4a7c15ULL;
  const size_t limit = 4 + static_cast<size_t>(below(16));
  const auto kept_of = [&](const std::vector<uint64_t>& order) {
    CallIds kept(limit);
    std::multiset<uint32_t> signatures;
    for (const uint64_t id : order) {
      const auto signature = static_cast<uint32_t>(id % 7);
      if (kept.insert(id, signature)) signatures.insert(signature);
      while (kept.over_full()) kept.thin([&](uint32_t gone) { signatures.erase(signatures.find(gone)); });
    }
    RC_ASSERT(kept.size() == signatures.size() && kept.size() <= limit);
    return std::pair(kept.scale(), signatures);
  };
  auto twice = ids;
  twice.insert(twice.end(), ids.begin(), ids.end());
  std::reverse(twice.begin(), twice.end());
  RC_ASSERT(kept_of(ids) == kept_of(twice));
}

}  // namespace
}  // namespace insight::count
