#include "core/time.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace insight::core {
namespace {

struct Good {
  std::string text;
  int64_t millis;
};
void PrintTo(const Good& good, std::ostream* out) { *out << good.text; }

class ReadsTime : public testing::TestWithParam<Good> {};

TEST_P(ReadsTime, to_the_millisecond) {
  const auto time = parse_iso(GetParam().text);
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(time->time_since_epoch().count(), GetParam().millis);
}

// Milliseconds by GNU date.
INSTANTIATE_TEST_SUITE_P(
    Table, ReadsTime,
    testing::Values(Good{"1970-01-01T00:00:00Z", 0}, Good{"2024-12-11T16:52:07Z", 1733935927000},
                    Good{"2024-02-29T23:59:59Z", 1709251199000}, Good{"2000-02-29T00:00:00Z", 951782400000},
                    Good{"2024-12-11T16:52:07.5Z", 1733935927500},
                    Good{"2024-12-11T16:52:07.123456789Z", 1733935927123},
                    Good{"2024-12-11T16:52:07.9999Z", 1733935927999}, Good{"2024-12-11T16:52:07.04Z", 1733935927040},
                    Good{"2024-12-11T18:52:07+02:00", 1733935927000}, Good{"2024-12-11T11:22:07-05:30", 1733935927000},
                    Good{"2024-12-12T00:52:07+08:00", 1733935927000}, Good{"2024-12-11t16:52:07z", 1733935927000},
                    Good{"2024-12-11 16:52:07Z", 1733935927000}, Good{"1969-12-31T23:59:59.999Z", -1},
                    Good{"2016-12-31T23:59:60Z", 1483228800000}, Good{"0001-01-01T00:00:00Z", -62135596800000},
                    Good{"9999-12-31T23:59:59Z", 253402300799000}));

class RefusesTime : public testing::TestWithParam<std::string> {};

TEST_P(RefusesTime, that_is_none) { EXPECT_FALSE(parse_iso(GetParam()).has_value()); }

INSTANTIATE_TEST_SUITE_P(Table, RefusesTime,
                         testing::Values("", "2024", "2024-12-11", "2024-12-11T16:52Z", "2024-12-11T16:52:07",
                                         "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-04-31T00:00:00Z",
                                         "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-12-00T00:00:00Z",
                                         "2024-12-32T00:00:00Z", "2024-12-11T24:00:00Z", "2024-12-11T16:60:00Z",
                                         "2024-12-11T16:52:61Z", "2024-12-11T16:52:07.Z", "2024-12-11T16:52:07+0200",
                                         "2024-12-11T16:52:07+24:00", "2024-12-11T16:52:07+02:60",
                                         "2024-12-11T16:52:07Z ", " 2024-12-11T16:52:07Z", "2024-12-11T16:52:07+02:00Z",
                                         "20241211T165207Z", "-024-12-11T16:52:07Z", "+024-12-11T16:52:07Z",
                                         "2024-1-11T16:52:07Z", "0000-01-01T00:00:00Z", "2024-12-11T1 :52:07Z",
                                         "2024-12-11T16:52:07.1"));

TEST(Minutes, round_towards_the_past_also_before_1970) {
  EXPECT_EQ(minute_of(Timestamp(Duration(0))).value, 0);
  EXPECT_EQ(minute_of(Timestamp(Duration(59'999))).value, 0);
  EXPECT_EQ(minute_of(Timestamp(Duration(60'000))).value, 1);
  EXPECT_EQ(minute_of(Timestamp(Duration(-1))).value, -1);
  EXPECT_EQ(minute_of(Timestamp(Duration(-60'000))).value, -1);
  EXPECT_EQ(minute_of(Timestamp(Duration(-60'001))).value, -2);
  for (const int32_t value : {-100'000, -1, 0, 1, 28'899'412}) EXPECT_EQ(minute_of(start_of({value})).value, value);
}

// Years that fit a time but not a minute wrapped around, and a replay never closed a minute again.
TEST(Minutes, of_the_far_past_and_future_are_the_first_and_the_last) {
  EXPECT_EQ(minute_of(*parse_iso("9998-12-31T00:00:00Z")).value, kMinuteMax);
  EXPECT_EQ(minute_of(*parse_iso("4000-01-01T00:00:00Z")).value, 1'067'676'480);
  EXPECT_EQ(minute_of(Timestamp::max()).value, kMinuteMax);
  EXPECT_EQ(minute_of(Timestamp::min()).value, -kMinuteMax);
}

TEST(Minutes, know_the_midnight_before_them) {
  EXPECT_EQ(day_of({0}).value, 0);
  EXPECT_EQ(day_of({1439}).value, 0);
  EXPECT_EQ(day_of({1440}).value, 1440);
  EXPECT_EQ(day_of({-1}).value, -1440);
  EXPECT_EQ(day_of({-1440}).value, -1440);
}

TEST(Minutes, are_written_as_audit_events_write_them) {
  EXPECT_EQ(to_iso(minute_of(*parse_iso("2024-12-11T16:52:07Z"))), "2024-12-11T16:52:00Z");
  EXPECT_EQ(to_iso(Minute{-1}), "1969-12-31T23:59:00Z");
  EXPECT_EQ(to_iso(*parse_iso("0987-01-02T03:04:05.678Z")), "0987-01-02T03:04:05Z");
}

}  // namespace
}  // namespace insight::core
