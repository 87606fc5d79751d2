#include "count/value_sums.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace insight::count {
namespace {

std::vector<std::pair<std::string, uint64_t>> text_of(const std::vector<ValueSums::Entry>& entries) {
  std::vector<std::pair<std::string, uint64_t>> out;
  for (const auto& [value, count] : entries) out.emplace_back(value, count);
  return out;
}

TEST(ValueSums, name_each_value_once_the_most_frequent_first) {
  ValueSums sums;
  sums.add("b", 2);
  sums.add("c", 1);
  sums.add("a", 1);
  sums.add("c", 1);
  using Entries = std::vector<std::pair<std::string, uint64_t>>;
  EXPECT_EQ(text_of(sums.entries()), (Entries{{"b", 2}, {"c", 2}, {"a", 1}}));
  EXPECT_EQ(text_of(sums.sorted()), (Entries{{"b", 2}, {"c", 2}, {"a", 1}}));
  sums.clear();
  sums.add("d", 5);
  EXPECT_EQ(text_of(sums.sorted()), (Entries{{"d", 5}}));
}

// Few and many, used again and again: beside a map.
TEST(ValueSums, are_exact_however_many_values_there_are) {
  std::mt19937 random(7);
  std::vector<std::string> values;
  for (int i = 0; i < 500; ++i) values.push_back("v" + std::to_string(i));
  ValueSums sums;
  for (const size_t different : {1, 16, 17, 18, 500, 3}) {
    sums.clear();
    std::map<std::string, uint64_t> expected;
    for (int i = 0; i < 5000; ++i) {
      const std::string& value = values[random() % different];
      sums.add(value, 1 + i % 3);
      expected[value] += static_cast<uint64_t>(1 + i % 3);
    }
    std::map<std::string, uint64_t> found;
    for (const auto& [value, count] : sums.entries()) EXPECT_TRUE(found.emplace(value, count).second) << value;
    EXPECT_EQ(found, expected) << different;
  }
}

}  // namespace
}  // namespace insight::count
