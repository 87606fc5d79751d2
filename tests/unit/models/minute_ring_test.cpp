// Packed minutes are those that were set, whatever they are.
#include "models/minute_ring.h"

#include <gtest/gtest.h>

#include <random>

namespace insight::models {
namespace {

constexpr size_t kMinutes = MinuteRing::kMinutes;

// By turns nothing, a few calls, many, as many as fit, and counts in units; expectations near each other and far apart.
struct Draw {
  std::mt19937_64 random{7};

  uint64_t below(uint64_t limit) { return random() % limit; }
  uint32_t count(size_t place) {
    switch (place / 40 % 6) {
      case 0: return 0;
      case 1: return below(20) == 0 ? 1 : 0;
      case 2: return static_cast<uint32_t>(below(5000));
      case 3: return below(9) == 0 ? MinuteRing::kFraction - 1 : 3;
      case 4: return MinuteRing::kFraction | static_cast<uint32_t>(below(MinuteRing::kFraction));
      default: return static_cast<uint32_t>(below(2)) * MinuteRing::kFraction + 7;
    }
  }
  Short expected(size_t place) {
    return Short::of_code(static_cast<uint16_t>(place / 60 % 2 == 0 ? 900 + below(3) : below(Short::kMostCode + 1)));
  }
};

void expect_same(const MinuteRing& ring, const MinuteRing::Minutes& plain) {
  const MinuteRing::Minutes all = ring.minutes();
  for (size_t place = 0; place < kMinutes; ++place) {
    ASSERT_EQ(ring.count(place), plain.counts[place]) << place;
    ASSERT_EQ(ring.expected(place).code(), plain.expected[place].code()) << place;
    ASSERT_EQ(all.counts[place], plain.counts[place]) << place;
    ASSERT_EQ(all.expected[place].code(), plain.expected[place].code()) << place;
  }
}

TEST(MinuteRing, keeps_exactly_what_is_set_in_turn) {
  Draw draw;
  MinuteRing ring;
  MinuteRing::Minutes plain;
  for (size_t i = 0; i < 3 * kMinutes + 11; ++i) {
    const size_t place = i % kMinutes;
    plain.counts[place] = draw.count(i);
    plain.expected[place] = draw.expected(i);
    ring.set(place, plain.counts[place], plain.expected[place]);
    if (i % 23 == 0 || i > 3 * kMinutes) expect_same(ring, plain);
  }
}

TEST(MinuteRing, goes_on_from_any_place_after_all_was_assigned) {
  Draw draw;
  MinuteRing ring;
  MinuteRing::Minutes plain;
  for (size_t last = 0; last < kMinutes; last += 7) {
    for (size_t i = 0; i < kMinutes; ++i) {
      plain.counts[i] = draw.count(i + last);
      plain.expected[i] = draw.expected(i + last);
    }
    ring.assign(plain, last);
    expect_same(ring, plain);
    for (size_t i = last + 1; i < last + 40; ++i) {
      const size_t place = i % kMinutes;
      plain.counts[place] = draw.count(i);
      ring.set(place, plain.counts[place], plain.expected[place]);
    }
    expect_same(ring, plain);
  }
}

TEST(MinuteRing, copies_do_not_share) {
  Draw draw;
  MinuteRing ring;
  MinuteRing::Minutes plain;
  for (size_t i = 0; i < kMinutes; ++i) {
    plain.counts[i] = draw.count(i);
    ring.set(i, plain.counts[i], plain.expected[i]);
  }
  const MinuteRing copy = ring;
  for (size_t i = 0; i < kMinutes; ++i) ring.set(i, 12345, Short::of_code(77));
  expect_same(copy, plain);
  ring = copy;
  expect_same(ring, plain);
}

}  // namespace
}  // namespace insight::models
