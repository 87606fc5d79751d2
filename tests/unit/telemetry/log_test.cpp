#include "telemetry/log.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

namespace insight::telemetry {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

std::string logged(LogFormat format, const std::string& message, std::string_view level = "info") {
  std::ostringstream out;
  const auto logger = make_logger(level, format, std::make_shared<spdlog::sinks::ostream_sink_st>(out));
  logger->warn("{}", message);
  return out.str();
}

TEST(Log, text_lines_have_time_level_and_message) {
  EXPECT_THAT(logged(LogFormat::kText, "late \"rows\""),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z warn late \"rows\"\n"));
}

TEST(Log, json_lines_are_objects) {
  EXPECT_THAT(logged(LogFormat::kJson, "late"),
              MatchesRegex("\\{\"time\":\"[0-9T:.-]+Z\",\"level\":\"warn\",\"message\":\"late\"\\}\n"));
}

TEST(Log, a_message_stays_on_its_line_whatever_it_holds) {
  const std::string hostile = "a\"b\\c\nd\te\x1b[31m\x7f\xff\xc3\xa9\xed\xa0\x80\xc0\xaf";
  EXPECT_THAT(
      logged(LogFormat::kJson, hostile),
      HasSubstr("\"a\\\"b\\\\c\\nd\\te\\u001b[31m\\u007f\\ufffd\xc3\xa9\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"}\n"));
  EXPECT_THAT(logged(LogFormat::kText, hostile), HasSubstr("a\"b\\c\\nd\\te\\x1b[31m\\x7f?\xc3\xa9?????\n"));
}

TEST(Log, levels_hold_back_what_is_less_severe) {
  EXPECT_EQ(logged(LogFormat::kText, "x", "error"), "");
  for (const auto* level : {"trace", "debug", "info", "warn"})
    EXPECT_NE(logged(LogFormat::kText, "x", level), "") << level;
}

TEST(RateLimit, lets_one_through_per_interval_and_counts_the_rest) {
  RateLimit limit(std::chrono::seconds(10));
  const auto at = [](int second) { return core::Timestamp(std::chrono::seconds(second)); };
  EXPECT_EQ(limit.pass(at(100)), 0u);
  EXPECT_EQ(limit.pass(at(101)), std::nullopt);
  EXPECT_EQ(limit.pass(at(109)), std::nullopt);
  EXPECT_EQ(limit.pass(at(110)), 2u);
  EXPECT_EQ(limit.pass(at(111)), std::nullopt);
  EXPECT_EQ(limit.pass(at(50)), 1u);  // the clock went back
}

}  // namespace
}  // namespace insight::telemetry
