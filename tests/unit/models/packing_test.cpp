#include "models/packing.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace insight::models {
namespace {

using List = std::vector<uint64_t>;

std::string packed(const List& list) {
  std::string bytes;
  ByteWriter out(bytes);
  pack(out, list);
  return bytes;
}

void expect_back(const List& list) {
  const std::string bytes = packed(list);
  List back(list.size());
  ByteReader in(bytes);
  unpack(in, back);
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(back, list);
  for (const Near nearby : {Near::kLast, Near::kLine, Near::kHourAgo}) {
    std::string near;
    ByteWriter out(near);
    pack_near(out, list, nearby);
    List again(list.size());
    ByteReader reader(near);
    unpack_near(reader, again, nearby);
    EXPECT_TRUE(reader.ok() && reader.at_end());
    EXPECT_EQ(again, list);
  }
}

TEST(Packing, GivesEveryListBack) {
  constexpr uint64_t kLarge = (uint64_t{1} << 59) - 1;
  expect_back({});
  expect_back({0});
  expect_back({kLarge});
  expect_back({kLarge, 0, kLarge, 1});
  expect_back(List(240, 0));
  expect_back(List(240, 7));
  uint64_t state = 3;
  for (const int shift : {0, 3, 20, 40, 59, 60}) {
    List list;
    for (int i = 0; i < 300; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      list.push_back(((state >> 4) >> shift) * (i % 5 == 0 ? 0 : 1) >> 1);
    }
    expect_back(list);
  }
}

TEST(Packing, RunsOfZerosAndSmallNumbersAreShort) {
  EXPECT_LE(packed(List(240, 0)).size(), 4U);
  EXPECT_LE(packed(List(240, 1)).size(), 1U + 240U * 3 / 8);
  List one(240, 0);
  one[100] = 5;
  EXPECT_LE(packed(one).size(), 8U);
}

TEST(Packing, EveryCutListIsRefused) {
  for (const List& list : {List{900, 1, 0, 0, 0, 0, 0, 0, 44}, List(50, 3), List{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}}) {
    const std::string bytes = packed(list);
    for (size_t size = 0; size < bytes.size(); ++size) {
      List back(list.size());
      ByteReader in(std::string_view(bytes).substr(0, size));
      unpack(in, back);
      EXPECT_FALSE(in.ok()) << size;
    }
  }
}

TEST(Packing, NoBytesEverRunOverTheList) {
  uint64_t state = 5;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes;
    for (int b = 0; b < 12; ++b) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      bytes.push_back(static_cast<char>(state >> (i % 2 == 0 ? 56 : 61)));
    }
    List back(10);
    ByteReader in(bytes);
    unpack(in, back);
    if (!in.ok()) continue;
    for (const uint64_t value : back) EXPECT_LT(value, uint64_t{1} << 63);
  }
}

TEST(Packing, NumbersComeBackAsTheyWere) {
  const double numbers[] = {0, 1, 127, 128, 0.5, -3, 1e15, 0x1p53, -0.0, 1e300};
  const double singles[] = {0, 1, 127, 128, 0.5, 1e-30, 3e38, 16777216};
  std::string bytes;
  ByteWriter out(bytes);
  for (const double number : numbers) pack(out, number);
  for (const double number : singles) pack(out, Single(number));
  ByteReader in(bytes);
  for (const double number : numbers) {
    double back = 9;
    unpack(in, back);
    EXPECT_EQ(back, number);
    EXPECT_EQ(std::signbit(back), std::signbit(number));
  }
  for (const double number : singles) {
    Single back;
    unpack(in, back);
    EXPECT_EQ(static_cast<double>(back), static_cast<double>(Single(number)));
  }
  EXPECT_TRUE(in.ok() && in.at_end());
}

TEST(Packing, NumbersThatAreNotFiniteAreRefused) {
  for (const std::string_view bytes : {std::string_view("\x7f\x80\0\0", 4), std::string_view("\x7f\xff\xff\xff", 4)}) {
    ByteReader in(bytes);
    Single back;
    unpack(in, back);
    EXPECT_FALSE(in.ok());
  }
  std::string bytes;
  ByteWriter out(bytes);
  pack(out, std::numeric_limits<double>::infinity());
  ByteReader in(bytes);
  double back = 0.0;
  unpack(in, back);
  EXPECT_FALSE(in.ok());
}

TEST(Short, KeepsNineBitsInOrder) {
  uint16_t last = 0;
  for (double value = 0.0; value < 1e16; value = value * 1.0003 + 0.4) {
    const Short kept(value);
    EXPECT_GE(kept.code(), last);
    EXPECT_LE(kept.code(), Short::kMostCode);
    last = kept.code();
    EXPECT_EQ(Short(kept).code(), kept.code());
    EXPECT_EQ(Short::of_code(kept.code()).whole(), kept.whole());
    EXPECT_NEAR(kept, value, std::max(0.5, value * 0x1p-9));
  }
  EXPECT_EQ(Short(1e300).code(), Short::kMostCode);
  EXPECT_EQ(Short(-1.0).code(), 0);
}

TEST(Short, SmallStepsAddUpWhereTheyAreDithered) {
  // Forgets a hundredth at each step and gains 3: the limit is 300. The unit is 1/4: rounded to the nearest it stands
  // still too early.
  Short dithered;
  double sum = 0.0;
  for (int i = 0; i < 4000; ++i) {
    dithered = Short(static_cast<double>(dithered) * 0.99 + 30000.0, golden_dither(i));
    if (i >= 2000) sum += dithered;
  }
  EXPECT_NEAR(sum / 2000.0 / 3e6, 1.0, 1e-3);
}

}  // namespace
}  // namespace insight::models
