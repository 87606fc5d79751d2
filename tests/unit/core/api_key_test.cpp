#include "core/api_key.h"

#include <gtest/gtest.h>

#include "core/coordinates.h"
#include "core/drop_reason.h"

#include <set>

namespace insight::core {
namespace {

// These numbers are part of the formats: they place every API. If this test fails, every running deployment's
// calls and state would be in the wrong partition.
TEST(ApiKeys, have_hashes_that_never_change) {
  EXPECT_EQ(stable_hash({"111122223333", "eu-central-1", "ec2.amazonaws.com", "RunInstances", Category::kManagement}),
            12295794992021790586ULL);
  EXPECT_EQ(stable_hash({"111122223333", "eu-central-1", "s3.amazonaws.com", "GetObject", Category::kData}),
            16068347035686147528ULL);
  EXPECT_EQ(stable_hash({"", "", "", "", Category::kManagement}), 3678863715534317133ULL);
}

TEST(ApiKeys, hash_differently_when_a_character_moves_to_the_next_name) {
  EXPECT_NE(stable_hash({"a", "bc", "d", "e"}), stable_hash({"ab", "c", "d", "e"}));
  EXPECT_NE(stable_hash({"a", "b", "c", "de"}), stable_hash({"a", "b", "cd", "e"}));
  EXPECT_NE(stable_hash({"a", "b", "c", "d", Category::kManagement}),
            stable_hash({"a", "b", "c", "d", Category::kData}));
}

TEST(ApiKeys, are_ordered_by_account_region_source_name_and_category) {
  const auto key = [](const char* account, const char* name, Category category) {
    return ApiKey(ApiKeyView{account, "r", "s", name, category});
  };
  EXPECT_LT(key("1", "z", Category::kData), key("2", "a", Category::kManagement));
  EXPECT_LT(key("1", "a", Category::kData), key("1", "b", Category::kManagement));
  EXPECT_LT(key("1", "a", Category::kManagement), key("1", "a", Category::kData));
}

TEST(ApiKeys, say_the_same_in_one_piece_wherever_it_is_moved) {
  const ApiKey key(ApiKeyView{"111122223333", "eu-central-1", "", "GetObject", Category::kData});
  PackedApiKey packed(key.view());
  const PackedApiKey moved = std::move(packed);
  EXPECT_EQ(ApiKey(moved.view()), key);
  EXPECT_EQ(moved.account(), "111122223333");
  EXPECT_EQ(moved.name(), "GetObject");
  EXPECT_EQ(moved.category(), Category::kData);
  EXPECT_EQ(PackedApiKey().view(), ApiKeyView{});
  EXPECT_LT((ApiKeyView{"1", "a", "s", "z"}), (ApiKeyView{"1", "b", "a", "a"}));
}

TEST(DropReasons, have_a_name_and_a_sentence_each_and_no_two_the_same) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kDropReasonCount; ++i) {
    const auto reason = static_cast<DropReason>(i);
    EXPECT_TRUE(names.insert(to_string(reason)).second);
    EXPECT_TRUE(describe(reason).ends_with("."));
  }
  EXPECT_EQ(to_string(DropReason::kQuota), "quota");   // the last
}

TEST(Coordinates, name_the_record_in_a_topic_or_a_file) {
  EXPECT_EQ(to_string(Coordinates{"audit-events", 3, 1041, 2, 0}), "audit-events[3]@1041 #2");
  EXPECT_EQ(to_string(Coordinates{"trail/x.json.gz", -1, 0, 16, 17}), "trail/x.json.gz:17");
}

}  // namespace
}  // namespace insight::core
