// Bursts that come again at the same time of day: what is excused, when, and for how long.
#include "models/recurrence.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "models/calendar.h"

namespace insight::models {
namespace {

constexpr int64_t kDay = kMinutesPerDay;
constexpr int64_t kFirst = 20000 * kDay;

// A burst of `minutes` minutes with `calls` each, and the quiet that completes it.
void burst(Recurrence& recurrence, int64_t start, double calls, int minutes = 1) {
  for (int i = 0; i < minutes; ++i) recurrence.observe(start + i, calls);
  for (int i = 0; i < 5; ++i) recurrence.observe(start + minutes + i, 0.0);
}

std::string bytes(const Recurrence& recurrence) {
  std::string bytes;
  ByteWriter out(bytes);
  recurrence.persist(out, kFirst + 500);
  return bytes;
}

TEST(Recurrence, AllowsForTheSameTimeOfLaterDaysAndAWeek) {
  Recurrence recurrence;
  burst(recurrence, kFirst + 130, 40.0, 2);
  EXPECT_DOUBLE_EQ(recurrence.largest(), 80.0);
  for (const int64_t days : {1, 3, 7}) {
    const int64_t due = kFirst + days * kDay + 130;
    EXPECT_DOUBLE_EQ(recurrence.allowance(due), 100.0) << days;   // a quarter more
    EXPECT_GT(recurrence.allowance(due - 3), 0.0);
    EXPECT_EQ(recurrence.allowance(due - 4), 0.0);
    EXPECT_GT(recurrence.allowance(due + 4), 0.0);                // two minutes long, three late
    EXPECT_EQ(recurrence.allowance(due + 5), 0.0);
  }
  EXPECT_EQ(recurrence.allowance(kFirst + 135), 0.0);             // not for itself
  EXPECT_EQ(recurrence.allowance(kFirst + 9 * kDay + 130), 0.0);  // forgotten
}

TEST(Recurrence, TimesOfDayMeetAcrossMidnight) {
  Recurrence recurrence;
  burst(recurrence, kFirst + 1, 10.0);
  EXPECT_GT(recurrence.allowance(kFirst + kDay - 2), 0.0);
  EXPECT_EQ(recurrence.allowance(kFirst + kDay - 3), 0.0);
}

TEST(Recurrence, SizeGrowsAtOnceAndShrinksSlowly) {
  Recurrence recurrence;
  burst(recurrence, kFirst, 40.0);
  burst(recurrence, kFirst + kDay, 100.0);
  EXPECT_DOUBLE_EQ(recurrence.largest(), 100.0);
  burst(recurrence, kFirst + 2 * kDay, 50.0);
  EXPECT_NEAR(recurrence.largest(), 95.0, 1e-5);
}

TEST(Recurrence, WhatLastsLongIsNoJob) {
  Recurrence recurrence;
  burst(recurrence, kFirst, 10.0, Recurrence::kMostMinutes + 1);
  EXPECT_EQ(recurrence.largest(), 0.0);
}

TEST(Recurrence, WhatCameAgainOutlivesWhatCameOnce) {
  Recurrence recurrence;
  burst(recurrence, kFirst + 700, 50.0);
  burst(recurrence, kFirst + kDay + 700, 50.0);
  for (int i = 0; i < 3 * Recurrence::kSlots; ++i) burst(recurrence, kFirst + 2 * kDay + i * 20, 50.0);
  EXPECT_GT(recurrence.allowance(kFirst + 3 * kDay + 700), 0.0);
  EXPECT_EQ(recurrence.allowance(kFirst + 3 * kDay), 0.0);        // gave way to later ones
  EXPECT_GT(recurrence.allowance(kFirst + 3 * kDay + (3 * Recurrence::kSlots - 1) * 20), 0.0);
}

TEST(Recurrence, RestoredOneGoesOnWithTheSameBits) {
  Recurrence original;
  burst(original, kFirst + 5, 7.0);
  burst(original, kFirst + 300, 70.0, 3);
  original.observe(kFirst + 400, 9.0);                            // in the middle of a burst
  const std::string stored = bytes(original);
  Recurrence restored;
  ByteReader in(stored);
  restored.restore(in, kFirst + 500);
  ASSERT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(bytes(restored), stored);
  for (Recurrence* each : {&original, &restored}) burst(*each, kFirst + 401, 9.0);
  EXPECT_EQ(bytes(restored), bytes(original));
  for (size_t size = 0; size < stored.size(); ++size) {
    ByteReader cut(std::string_view(stored).substr(0, size));
    Recurrence().restore(cut, kFirst + 500);
    EXPECT_FALSE(cut.ok()) << size;
  }
}

}  // namespace
}  // namespace insight::models
