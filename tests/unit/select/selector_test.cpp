#include "select/selector.h"

#include <gtest/gtest.h>

namespace insight::select {
namespace {

using core::CallEvent;
using core::Category;
using core::Selection;

CallEvent event_of(Category category, bool read_only) {
  CallEvent event;
  event.api = {"111122223333", "eu-central-1", "ec2.amazonaws.com", "DescribeInstances", category};
  event.read_only = read_only;
  return event;
}

TEST(Selector, counts_by_the_rules_of_cloudtrail_insights) {
  const Selector selector;
  const auto rates = [&](Category category, bool read_only) {
    const Selection selection = selector.select(event_of(category, read_only));
    return std::pair(selection.call_rate, selection.error_rate);
  };
  EXPECT_EQ(rates(Category::kManagement, false), std::pair(true, true));
  EXPECT_EQ(rates(Category::kManagement, true), std::pair(false, true));
  EXPECT_EQ(rates(Category::kData, false), std::pair(true, true));
  EXPECT_EQ(rates(Category::kData, true), std::pair(true, true));
  EXPECT_EQ(rates(Category::kNetworkActivity, false), std::pair(false, false));
  EXPECT_EQ(rates(Category::kInsight, false), std::pair(false, false));
}

TEST(Selector, the_first_rule_that_matches_decides) {
  const Selector selector(
      {Rule{.account = "111122223333", .region = {}, .source = {}, .name = "Describe*", .include = false},
       Rule{.account = {}, .region = {}, .source = {}, .name = "*", .include = true}});
  EXPECT_FALSE(selector.select(event_of(Category::kManagement, false)).any());
  CallEvent other = event_of(Category::kManagement, false);
  other.api.name = "RunInstances";
  EXPECT_TRUE(selector.select(other).any());
}

TEST(Selector, a_rule_narrows_and_never_widens) {
  const Selector selector({Rule{
      .account = {}, .region = {}, .source = {}, .name = {}, .include = true, .call_rate = true, .error_rate = false}});
  EXPECT_TRUE(selector.select(event_of(Category::kManagement, false)).call_rate);
  EXPECT_FALSE(selector.select(event_of(Category::kManagement, false)).error_rate);
  EXPECT_FALSE(selector.select(event_of(Category::kManagement, true)).any());
  EXPECT_FALSE(selector.select(event_of(Category::kNetworkActivity, false)).any());
}

class Patterns : public testing::TestWithParam<std::tuple<const char*, bool>> {};

TEST_P(Patterns, match_whole_or_with_a_star_at_either_end) {
  const auto [pattern, matches] = GetParam();
  const Selector selector({Rule{.account = {}, .region = {}, .source = {}, .name = pattern, .include = false}});
  EXPECT_NE(selector.select(event_of(Category::kManagement, false)).any(), matches) << pattern;
}

INSTANTIATE_TEST_SUITE_P(Table, Patterns,
                         testing::Values(std::tuple("", true), std::tuple("*", true), std::tuple("**", true),
                                         std::tuple("DescribeInstances", true), std::tuple("describeinstances", false),
                                         std::tuple("Describe", false), std::tuple("Describe*", true),
                                         std::tuple("*Instances", true), std::tuple("*beInst*", true),
                                         std::tuple("*Describe", false), std::tuple("Instances*", false),
                                         std::tuple("*DescribeInstances*", true),
                                         std::tuple("DescribeInstances*", true)));

TEST(Selector, a_rule_needs_all_of_its_patterns) {
  const Rule all{.account = "111122223333", .region = "eu-*", .source = "ec2.*", .name = "*", .include = false};
  EXPECT_FALSE(Selector({all}).select(event_of(Category::kManagement, false)).any());
  Rule elsewhere = all;
  elsewhere.region = "us-*";
  EXPECT_TRUE(Selector({elsewhere}).select(event_of(Category::kManagement, false)).any());
  elsewhere = all;
  elsewhere.source = "s3.*";
  EXPECT_TRUE(Selector({elsewhere}).select(event_of(Category::kManagement, false)).any());
  elsewhere = all;
  elsewhere.account = "444455556666";
  EXPECT_TRUE(Selector({elsewhere}).select(event_of(Category::kManagement, false)).any());
}

}  // namespace
}  // namespace insight::select
