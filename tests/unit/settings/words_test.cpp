#include <gtest/gtest.h>

#include "settings/nearest.h"
#include "settings/units.h"

namespace insight::settings {
namespace {

using namespace std::chrono_literals;

TEST(Units, durations_are_read) {
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("200ms"), 200ms);
  EXPECT_EQ(parse_duration("1d2h3m4s5ms"), 26h + 3min + 4s + 5ms);
  EXPECT_EQ(parse_duration("0"), 0ms);
  EXPECT_EQ(parse_duration("0s"), 0ms);
}

TEST(Units, other_durations_are_not) {
  for (const auto* text : {"", "10", "m", "10 m", "10M", "-1m", "1.5h", "1m1h", "1m1m", "10mm", "1h30", "m10",
                           "99999999999999999d", "20000d", "10000d1ms"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Units, sizes_are_read) {
  EXPECT_EQ(parse_size("1GiB"), 1u << 30);
  EXPECT_EQ(parse_size("512MiB"), 512u << 20);
  EXPECT_EQ(parse_size("7B"), 7u);
  for (const auto* text : {"", "1", "1GB", "1Gi", "GiB", "1.5GiB", "-1GiB", "1 GiB", "99999999999TiB"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

TEST(Units, what_is_formatted_reads_back) {
  for (const auto value : {0ms, 1ms, 999ms, 1000ms, 90000ms, 3600001ms, 90000000ms, 86400000ms})
    EXPECT_EQ(parse_duration(format_duration(value)), value) << format_duration(value);
  for (const uint64_t value : {0ull, 1ull, 1024ull, 1025ull, 1ull << 30, 3ull << 29, 5ull << 40})
    EXPECT_EQ(parse_size(format_size(value)), value) << format_size(value);
  EXPECT_EQ(format_duration(90min), "1h30m");
  EXPECT_EQ(format_duration(24h), "1d");
  EXPECT_EQ(format_duration(25h), "25h");
  EXPECT_EQ(format_size(3ull << 29), "1536MiB");
}

TEST(Nearest, finds_slips_and_leaves_other_words) {
  EXPECT_EQ(nearest("parttions", {"topics", "partitions"}), "partitions");
  EXPECT_EQ(nearest("Level", {"level"}), "level");
  EXPECT_EQ(nearest("lsiten", {"listen"}), "listen");
  EXPECT_EQ(nearest("memory", {"listen", "level"}), "");
  EXPECT_EQ(nearest("warning", {"info", "warn"}), "warn");
  EXPECT_EQ(nearest("part", {"topics", "partitions"}), "partitions");
  EXPECT_EQ(nearest("", {"a"}), "a");
  EXPECT_EQ(nearest(std::string(1000, 'x'), {"x"}), "");
}

}  // namespace
}  // namespace insight::settings
