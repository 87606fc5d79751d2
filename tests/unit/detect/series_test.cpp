// A series that was persisted and restored goes on as if nothing had been, bit by bit.
#include <gtest/gtest.h>

#include <optional>

#include "detect/call_series.h"
#include "detect/error_series.h"

namespace insight::detect {
namespace {

using core::Minute;

constexpr Sensitivity kSensitivity{.threshold = 4.75, .budget = 10, .lateness_minutes = 10};
const models::Profile kFlat;

uint64_t calls_of(int32_t minute) { return static_cast<uint64_t>(5 + minute * 7 % 5 + (minute % 900 > 880 ? 60 : 0)); }

template <typename Series>
std::string bytes_of(const Series& series, Minute through) {
  std::string bytes;
  core::ByteWriter out(bytes);
  series.persist(out, through);
  return bytes;
}

TEST(CallSeries, goes_on_after_a_restore_as_if_nothing_had_been) {
  CallSeries steady(models::CountModel{}, 10);
  CallSeries restored = steady;
  InsightMachine one;
  InsightMachine other;
  int changes = 0;
  for (int32_t m = 0; m < 3000; ++m) {
    const bool missing = m % 700 == 650;
    const auto step = [&](CallSeries& series, InsightMachine& machine) {
      return missing ? series.skip({m}, kFlat, machine)
                     : series.close({m}, calls_of(m), kFlat, m, kSensitivity, machine);
    };
    const auto change = step(steady, one);
    ASSERT_EQ(step(restored, other), change);
    changes += change == InsightMachine::Change::kNone ? 0 : 1;
    if (m % 97 != 0) continue;
    const std::string bytes = bytes_of(restored, {m});
    restored = CallSeries(models::CountModel{}, 10);
    core::ByteReader in(bytes);
    ASSERT_TRUE(restored.restore(in, {m}) && in.at_end());
    ASSERT_EQ(bytes_of(restored, {m}), bytes_of(steady, {m})) << m;
    for (int32_t ahead = 1; ahead <= 11; ++ahead)
      ASSERT_EQ(restored.judge_open({m + ahead}, 50).has_value(), steady.judge_open({m + ahead}, 50).has_value());
  }
  EXPECT_GE(changes, 2);
}

TEST(CallSeries, what_crosses_early_crosses_at_the_close) {
  CallSeries series(models::CountModel{}, 10);
  InsightMachine machine;
  int crossings = 0;
  for (int32_t m = 0; m < 3000; ++m) {
    const uint64_t calls = calls_of(m);
    const bool early = series.judge_open({m}, calls).has_value();
    const bool was_open = machine.is_open();
    const auto change = series.close({m}, calls, kFlat, m, kSensitivity, machine);
    if (!early) continue;
    ++crossings;
    EXPECT_TRUE(was_open || change == InsightMachine::Change::kStarted) << m;
  }
  EXPECT_GT(crossings, 10);
}

TEST(CallSeries, damaged_bytes_are_refused) {
  CallSeries series(models::CountModel{}, 10);
  InsightMachine machine;
  for (int32_t m = 0; m < 300; ++m) series.close({m}, 5, kFlat, m, kSensitivity, machine);
  const std::string bytes = bytes_of(series, {299});
  for (size_t size = 0; size < bytes.size(); ++size) {
    CallSeries blank(models::CountModel{}, 10);
    core::ByteReader in(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(blank.restore(in, {299})) << size;
  }
}

ErrorSeries blank_errors() { return {models::ErrorRateModel{}, ErrorBounds(10)}; }

TEST(ErrorSeries, goes_on_after_a_restore_as_if_nothing_had_been) {
  ErrorSeries steady = blank_errors();
  ErrorSeries restored = steady;
  InsightMachine one;
  InsightMachine other;
  int changes = 0;
  for (int32_t m = 0; m < 3000; ++m) {
    const uint64_t errors = m % 900 > 880 ? 30 : m % 10 == 0 ? 1 : 0;
    const auto step = [&](ErrorSeries& series, InsightMachine& machine) {
      return series.close({m}, errors, 40, 40, m, kSensitivity, machine);
    };
    const auto change = step(steady, one);
    ASSERT_EQ(step(restored, other), change);
    changes += change == InsightMachine::Change::kNone ? 0 : 1;
    if (m % 97 != 0) continue;
    const std::string bytes = bytes_of(restored, {m});
    restored = blank_errors();
    core::ByteReader in(bytes);
    ASSERT_TRUE(restored.restore(in, {m}) && in.at_end());
    ASSERT_EQ(bytes_of(restored, {m}), bytes_of(steady, {m})) << m;
  }
  EXPECT_GE(changes, 2);
}

// Found by a test of records: the span of every longer error insight was cut after lateness + 1 minutes.
TEST(ErrorSeries, an_insight_spans_all_minutes_with_errors) {
  ErrorSeries series = blank_errors();
  InsightMachine machine;
  for (int32_t m = 0; m < 2000; ++m) {
    const bool failing = m >= 1800 && m < 1840;
    const auto change = series.close({m}, failing ? 20 : 0, 40, 40, m, kSensitivity, machine);
    if (change != InsightMachine::Change::kEnded) continue;
    EXPECT_EQ(machine.insight().start, Minute{1800});
    EXPECT_EQ(machine.end(), Minute{1840});
    return;
  }
  FAIL() << "no insight ended";
}

TEST(ErrorSeries, a_surge_of_calls_that_fail_as_often_as_ever_is_none_of_its_business) {
  ErrorSeries series = blank_errors();
  InsightMachine machine;
  for (int32_t m = 0; m < 2000; ++m) {
    const uint64_t factor = m >= 1800 && m < 1840 ? 20 : 1;
    ASSERT_EQ(series.close({m}, 4 * factor, 40 * factor, 40, m, kSensitivity, machine), InsightMachine::Change::kNone)
        << m;
  }
}

// All calls of a minute fail, of an API where one in a thousand does: told before the minute is over, and the close
// agrees. With few errors, or where errors are common, the close decides alone.
TEST(ErrorSeries, an_outage_is_told_early_and_the_close_agrees) {
  ErrorSeries series = blank_errors();
  InsightMachine machine;
  const auto close = [&](int32_t m, uint64_t errors) {
    return series.close({m}, errors, 200, 200, m, kSensitivity, machine);
  };
  for (int32_t m = 0; m < 3000; ++m) ASSERT_EQ(close(m, m % 5 == 0 ? 1 : 0), InsightMachine::Change::kNone) << m;
  EXPECT_FALSE(series.judge_open({3000}, 10, 200, kSensitivity.threshold));
  uint64_t fewest = 10;
  while (fewest < 200 && !series.judge_open({3000}, fewest, 200, kSensitivity.threshold)) ++fewest;
  ASSERT_LT(fewest, 150U);
  const auto verdict = series.judge_open({3000}, fewest, 200, kSensitivity.threshold);
  EXPECT_GE(verdict->score, kSensitivity.threshold);
  EXPECT_EQ(verdict->expected.upper, static_cast<double>(fewest));
  EXPECT_EQ(close(3000, fewest), InsightMachine::Change::kStarted);
  EXPECT_EQ(machine.insight().start, Minute{3000});
}

}  // namespace
}  // namespace insight::detect
