#include "core/bytes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace insight::core {
namespace {

TEST(Bytes, read_back_what_was_written) {
  const uint64_t unsigned_values[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX};
  const int64_t signed_values[] = {0, 1, -1, 63, -64, 64, INT32_MIN, INT64_MAX, INT64_MIN};
  std::string bytes;
  ByteWriter out(bytes);
  for (const uint64_t value : unsigned_values) out.varint(value);
  for (const int64_t value : signed_values) out.zigzag(value);
  out.u8(255);
  out.fixed64(0x0123456789abcdefULL);
  out.number(-0.1);
  out.number(std::numeric_limits<double>::infinity());
  out.text("");
  out.text(std::string("a\0b", 3));

  ByteReader in(bytes);
  for (const uint64_t value : unsigned_values) EXPECT_EQ(in.varint(), value);
  for (const int64_t value : signed_values) EXPECT_EQ(in.zigzag(), value);
  EXPECT_EQ(in.u8(), 255);
  EXPECT_EQ(in.fixed64(), 0x0123456789abcdefULL);
  EXPECT_EQ(in.number(), -0.1);
  EXPECT_TRUE(std::isinf(in.number()));
  EXPECT_EQ(in.text(), "");
  EXPECT_EQ(in.text(), std::string_view("a\0b", 3));
  EXPECT_TRUE(in.ok() && in.at_end());
}

TEST(Bytes, times_and_minutes_beyond_what_can_be_reckoned_with_are_damage) {
  const auto read = [](int64_t value, auto&& reader) {
    std::string bytes;
    ByteWriter(bytes).zigzag(value);
    ByteReader in(bytes);
    static_cast<void>(reader(in));
    return in.ok();
  };
  for (const int64_t ms : {kTimeMaxMs, -kTimeMaxMs, int64_t{0}}) EXPECT_TRUE(read(ms, read_time)) << ms;
  for (const int64_t ms : {kTimeMaxMs + 1, -kTimeMaxMs - 1, INT64_MIN}) EXPECT_FALSE(read(ms, read_time)) << ms;
  for (const int64_t m : {int64_t{kMinuteMax}, int64_t{kNoMinute.value}}) EXPECT_TRUE(read(m, read_minute)) << m;
  for (const int64_t m : {int64_t{kMinuteMax} + 1, int64_t{INT32_MIN} + 1, INT64_MAX})
    EXPECT_FALSE(read(m, read_minute)) << m;
}

TEST(Bytes, are_little_endian_and_small_numbers_are_short) {
  std::string bytes;
  ByteWriter out(bytes);
  out.varint(300);
  out.zigzag(-1);
  out.fixed64(1);
  EXPECT_EQ(bytes, std::string("\xac\x02\x01\x01\0\0\0\0\0\0\0", 11));
}

TEST(Bytes, cut_anywhere_fail_for_good_and_give_nothing) {
  std::string bytes;
  ByteWriter out(bytes);
  out.varint(1 << 20);
  out.fixed64(7);
  out.text("principal");
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(std::string_view(bytes).substr(0, size));
    in.varint();
    in.fixed64();
    in.text();
    EXPECT_FALSE(in.ok()) << size;
    EXPECT_EQ(in.varint(), 0u);
    EXPECT_EQ(in.text(), "");
    EXPECT_FALSE(in.ok());
  }
}

TEST(Bytes, a_length_or_count_past_the_end_is_refused_before_anything_is_allocated) {
  std::string bytes;
  ByteWriter(bytes).varint(UINT64_MAX);
  EXPECT_EQ(ByteReader(bytes).count(), 0u);
  ByteReader in(bytes);
  EXPECT_EQ(in.text(), "");
  EXPECT_FALSE(in.ok());
}

TEST(Bytes, an_integer_without_an_end_is_refused) {
  const std::string endless(11, '\xff');
  ByteReader in(endless);
  EXPECT_EQ(in.varint(), 0u);
  EXPECT_FALSE(in.ok());
}

TEST(Bytes, an_integer_over_its_limit_is_refused) {
  const std::string five = "\x05";
  ByteReader in(five);
  EXPECT_EQ(in.varint_up_to(4), 0u);
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace insight::core
