#include "detect/insight_machine.h"

#include <gtest/gtest.h>

#include "detect/fixed_bounds.h"

namespace insight::detect {
namespace {

using core::Minute;
using core::Reason;
using Change = InsightMachine::Change;

constexpr Verdict kCalm{};
constexpr Verdict kAbnormal{.abnormal = true, .expected = {}};
constexpr Verdict kAlarm{.alarming = true, .abnormal = true, .outside = true, .score = 6, .expected = {}};
constexpr double kBudget = 10;

// Closes `count` minutes from `first` on; the last change.
Change close_calm(InsightMachine& machine, Minute first, int count) {
  Change change = Change::kNone;
  for (int i = 0; i < count; ++i) change = machine.close(first + i, kCalm, kBudget);
  return change;
}

TEST(InsightMachine, opens_with_an_alarm_and_ends_after_ten_calm_minutes_with_the_last_minute_outside) {
  InsightMachine machine;
  EXPECT_EQ(machine.close({100}, kAbnormal, kBudget), Change::kNone);
  EXPECT_FALSE(machine.is_open());
  EXPECT_EQ(machine.close({101}, kAlarm, kBudget), Change::kStarted);
  EXPECT_EQ(machine.insight().start, Minute{101});
  EXPECT_EQ(machine.close({102}, kAlarm, kBudget), Change::kNone);
  EXPECT_EQ(machine.close({103}, kAbnormal, kBudget), Change::kNone);   // a window that still holds the spike
  EXPECT_EQ(close_calm(machine, {104}, 9), Change::kNone);
  EXPECT_EQ(close_calm(machine, {113}, 1), Change::kEnded);
  EXPECT_EQ(machine.end(), Minute{103});
  EXPECT_FALSE(machine.is_open());
}

TEST(InsightMachine, an_abnormal_minute_begins_the_calm_anew) {
  InsightMachine machine;
  machine.close({100}, kAlarm, kBudget);
  close_calm(machine, {101}, 9);
  EXPECT_EQ(machine.close({110}, kAbnormal, kBudget), Change::kNone);
  EXPECT_EQ(close_calm(machine, {111}, 9), Change::kNone);
  EXPECT_EQ(close_calm(machine, {120}, 1), Change::kEnded);
}

TEST(InsightMachine, a_decrease_ends_with_its_last_abnormal_minute) {
  InsightMachine machine;
  const Verdict drop{.alarming = true,
                     .abnormal = true,
                     .reason = Reason::kDecrease,
                     .expected = {},
                     .window_minutes = 5,
                     .suffix_minutes = 4};
  machine.close({100}, drop, kBudget);
  EXPECT_EQ(machine.insight().start, Minute{97});
  machine.close({101}, kAbnormal, kBudget);
  close_calm(machine, {102}, 10);
  EXPECT_EQ(machine.end(), Minute{102});
}

TEST(InsightMachine, a_start_is_never_before_the_last_end) {
  InsightMachine machine;
  machine.close({100}, kAlarm, kBudget);
  close_calm(machine, {101}, 10);
  Verdict long_window = kAlarm;
  long_window.suffix_minutes = 60;
  EXPECT_EQ(machine.close({111}, long_window, kBudget), Change::kStarted);
  EXPECT_EQ(machine.insight().start, Minute{101});
  EXPECT_FALSE(machine.may_declare({112}));
}

TEST(InsightMachine, a_new_level_is_adopted_after_a_day) {
  InsightMachine machine;
  machine.close({0}, kAlarm, kBudget);
  for (int32_t m = 1; m < InsightMachine::kAdoptAfter; ++m)
    ASSERT_EQ(machine.close({m}, kAlarm, kBudget), Change::kNone) << m;
  EXPECT_EQ(machine.close({InsightMachine::kAdoptAfter}, kAlarm, kBudget), Change::kEnded);
  EXPECT_EQ(machine.end(), Minute{InsightMachine::kAdoptAfter + 1});
}

TEST(InsightMachine, what_was_declared_is_confirmed_by_the_close_even_if_it_no_longer_alarms) {
  InsightMachine machine;
  EXPECT_TRUE(machine.may_declare({105}));
  machine.declare({105}, kAlarm, kBudget);
  EXPECT_TRUE(machine.is_open());
  EXPECT_FALSE(machine.may_declare({106}));
  EXPECT_EQ(close_calm(machine, {100}, 5), Change::kNone);   // minutes before it do not end it
  EXPECT_EQ(machine.close({105}, kCalm, kBudget), Change::kNone);
  EXPECT_EQ(close_calm(machine, {106}, 10), Change::kEnded);
  EXPECT_EQ(machine.end(), Minute{106});
  EXPECT_TRUE(machine.insight().early);
}

TEST(InsightMachine, what_was_declared_is_not_started_again_by_an_alarm_before_it_closes) {
  InsightMachine machine;
  machine.declare({105}, kAlarm, kBudget);
  EXPECT_EQ(machine.close({103}, kAlarm, kBudget), Change::kNone);
  EXPECT_EQ(machine.close({104}, kAlarm, kBudget), Change::kNone);
  EXPECT_EQ(machine.close({105}, kAlarm, kBudget), Change::kNone);
  EXPECT_EQ(machine.insight().start, Minute{105});
  EXPECT_EQ(close_calm(machine, {106}, 10), Change::kEnded);
  EXPECT_EQ(machine.end(), Minute{106});
}

TEST(InsightMachine, missing_minutes_neither_calm_nor_alarm_and_confirm_what_was_declared) {
  InsightMachine machine;
  machine.declare({105}, kAlarm, kBudget);
  for (int32_t m = 100; m < 200; ++m) ASSERT_EQ(machine.skip({m}), Change::kNone);
  EXPECT_TRUE(machine.is_open());
  EXPECT_EQ(close_calm(machine, {200}, 9), Change::kNone);
  EXPECT_EQ(close_calm(machine, {209}, 1), Change::kEnded);
  EXPECT_EQ(machine.end(), Minute{106});
}

TEST(InsightMachine, an_open_insight_ends_after_a_day_without_data) {
  InsightMachine machine;
  machine.close({0}, kAlarm, kBudget);
  Change change = Change::kNone;
  for (int32_t m = 1; m <= InsightMachine::kAdoptAfter; ++m) change = machine.skip({m});
  EXPECT_EQ(change, Change::kEnded);
}

TEST(InsightMachine, goes_on_after_a_restore_from_every_state) {
  InsightMachine machine;
  InsightMachine restored;
  const auto check = [&] {
    std::string bytes;
    core::ByteWriter out(bytes);
    machine.persist(out);
    restored = InsightMachine{};
    core::ByteReader in(bytes);
    ASSERT_TRUE(restored.restore(in) && in.at_end());
    std::string again;
    core::ByteWriter more(again);
    restored.persist(more);
    EXPECT_EQ(again, bytes);
    EXPECT_EQ(restored.is_open(), machine.is_open());
  };
  check();
  machine.declare({100}, kAlarm, kBudget);
  check();
  for (int32_t m = 95; m < 140; ++m) {
    const Verdict verdict = m < 110 ? kAlarm : kCalm;
    EXPECT_EQ(restored.close({m}, verdict, kBudget), machine.close({m}, verdict, kBudget));
    check();
  }
  EXPECT_EQ(restored.end(), machine.end());
}

TEST(Acquaintance, arms_a_series_by_what_it_has_seen) {
  Acquaintance busy;
  Acquaintance rare;
  for (int32_t m = 0; m < 360; ++m) {
    busy.note({m});
    if (m % 5 == 0) rare.note({m});
    EXPECT_EQ(busy.armed({m}, m), m >= 120) << m;
    EXPECT_FALSE(rare.armed({m}, m)) << m;
  }
  EXPECT_TRUE(rare.armed({360}, 360));
  EXPECT_FALSE(Acquaintance{}.armed({1000}, 1000));
  EXPECT_TRUE(Acquaintance{}.armed({1440}, 1440));   // news, after a day of history
}

TEST(FixedBounds, hold_the_bounds_of_the_minutes_ahead_and_forget_the_oldest) {
  FixedBounds<int> bounds(11);
  for (int32_t m = -30; m <= 30; ++m) bounds.fix({m}, m * 10);
  for (int32_t m = 20; m <= 30; ++m) ASSERT_NE(bounds.at({m}), nullptr);
  EXPECT_EQ(*bounds.at({25}), 250);
  EXPECT_EQ(bounds.at({19}), nullptr);
  EXPECT_EQ(bounds.at({31}), nullptr);
  std::vector<int32_t> seen;
  bounds.for_each_after({27}, [&](Minute minute, int bound) {
    seen.push_back(minute.value);
    EXPECT_EQ(bound, minute.value * 10);
  });
  EXPECT_EQ(seen, (std::vector<int32_t>{28, 29, 30}));
}

TEST(FixedBounds, a_minute_that_was_left_out_has_none_whatever_stood_in_its_place) {
  FixedBounds<int> bounds(11);
  EXPECT_EQ(bounds.at({5}), nullptr);
  for (int32_t m = 1; m <= 11; ++m) bounds.fix({m}, m * 10);
  bounds.fix({14}, 140);
  const FixedBounds<int> copy = bounds;
  EXPECT_EQ(copy.at({12}), nullptr);
  EXPECT_EQ(copy.at({13}), nullptr);
  ASSERT_NE(copy.at({11}), nullptr);
  EXPECT_EQ(*copy.at({11}), 110);
  bounds.fix({14}, 141);
  EXPECT_EQ(*bounds.at({14}), 141);
  EXPECT_EQ(*copy.at({14}), 140);
  bounds.fix({14 + 11}, 250);   // all that stood there is too old
  for (int32_t m = 15; m < 14 + 11; ++m) EXPECT_EQ(bounds.at({m}), nullptr);
  EXPECT_EQ(*bounds.at({14 + 11}), 250);
}

}  // namespace
}  // namespace insight::detect
