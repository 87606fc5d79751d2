#include "publish/json.h"

#include <gtest/gtest.h>

#include <charconv>
#include <limits>

namespace insight::publish {
namespace {

std::string string_of(std::string_view value) {
  std::string out;
  append_json_string(out, value);
  return out;
}

std::string number_of(double value) {
  std::string out;
  append_json_number(out, value);
  return out;
}

TEST(JsonString, KeepsTextThatNeedsNoEscape) {
  EXPECT_EQ(string_of("PutObject/€ 漢 \U0001F600"), "\"PutObject/€ 漢 \U0001F600\"");
}

TEST(JsonString, EscapesQuotesBackslashesAndControlCharacters) {
  EXPECT_EQ(string_of("a\"b\\c\n\r\t\b\f\x01\x1f"), R"("a\"b\\c\n\r\t\b\f\u0001\u001f")");
  EXPECT_EQ(string_of(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(JsonString, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(string_of("a\xff"), "\"a\uFFFD\"");
  EXPECT_EQ(string_of("\xc3"), "\"\uFFFD\"") << "cut inside a sequence";
  EXPECT_EQ(string_of("\xc0\xaf"), "\"\uFFFD\uFFFD\"") << "over-long";
  EXPECT_EQ(string_of("\xed\xa0\x80"), "\"\uFFFD\uFFFD\uFFFD\"") << "a surrogate";
  EXPECT_EQ(string_of("\xf4\x90\x80\x80"), "\"\uFFFD\uFFFD\uFFFD\uFFFD\"") << "past U+10FFFF";
}

TEST(JsonNumber, WritesWholeNumbersWithoutAPoint) {
  EXPECT_EQ(number_of(0), "0");
  EXPECT_EQ(number_of(-0.0), "0");
  EXPECT_EQ(number_of(6), "6");
  EXPECT_EQ(number_of(100000), "100000");
  EXPECT_EQ(number_of(1e20), "100000000000000000000");
}

TEST(JsonNumber, WritesTheShortestDecimalThatReadsBack) {
  EXPECT_EQ(number_of(1.2), "1.2");
  EXPECT_EQ(number_of(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(number_of(8.0 / 11092), "0.000721240533717995");
  EXPECT_EQ(number_of(1e-7), "1e-07");
  EXPECT_EQ(number_of(1e21), "1e+21");
  for (const double value : {1.0 / 3, 2.0 / 10081, 1e300, 5e-324, 123456789.125}) {
    const std::string text = number_of(value);
    double back = 0;
    std::from_chars(text.data(), text.data() + text.size(), back);
    EXPECT_EQ(back, value) << text;
  }
}

TEST(JsonNumberDeathTest, RefusesWhatJsonCannotSay) {
  EXPECT_DEATH(number_of(std::numeric_limits<double>::quiet_NaN()), "not finite");
  EXPECT_DEATH(number_of(std::numeric_limits<double>::infinity()), "not finite");
}

TEST(JsonWriter, PlacesTheCommas) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("a").begin_array().integer(1).boolean(true).begin_array().end_array().end_array();
  json.key("b").begin_object().end_object().key("c").text("d").end_object();
  EXPECT_EQ(out, R"({"a":[1,true,[]],"b":{},"c":"d"})");
}

}  // namespace
}  // namespace insight::publish
