#include "route/router.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace insight::route {
namespace {

using core::Batch;
using core::CallEvent;
using core::Selection;
using core::Timestamp;

constexpr Selection kBoth{.call_rate = true, .error_rate = true};

// What a row says once its indices are followed.
std::string text_of(const Batch& batch, const core::Row& row) {
  const auto& signature = batch.signatures[row.signature];
  const auto key = batch.key_of(batch.apis[signature.api]);
  std::string text = core::to_string(key) + "|" + std::string(to_string(key.category));
  for (const uint32_t index :
       {signature.error_code, signature.principal, signature.user_agent, signature.resource, signature.address})
    text += "|" + std::string(batch.strings[index]);
  return text + "|" + std::to_string(signature.selection.bits()) + "|" + std::to_string(row.id);
}

std::string text_of(const CallEvent& event, Selection selection, uint64_t id) {
  std::string text = core::to_string(event.api) + "|" + std::string(to_string(event.api.category));
  for (const auto& value : {event.error_code, event.principal, event.user_agent, event.resource, event.address})
    text += "|" + std::string(value);
  return text + "|" + std::to_string(selection.bits()) + "|" + std::to_string(id);
}

// These numbers are part of the formats of the calls and state topics.
TEST(Routing, places_apis_where_it_always_has) {
  const core::ApiKeyView run{"111122223333", "eu-central-1", "ec2.amazonaws.com", "RunInstances",
                             core::Category::kManagement};
  const core::ApiKeyView get{"111122223333", "eu-central-1", "s3.amazonaws.com", "GetObject", core::Category::kData};
  EXPECT_EQ(partition_of(run, 1), 0u);
  EXPECT_EQ(partition_of(run, 12), 10u);
  EXPECT_EQ(partition_of(run, 100), 86u);
  EXPECT_EQ(partition_of(get, 12), 0u);
  EXPECT_EQ(partition_of(get, 100), 28u);
}

TEST(Routing, identifies_calls_as_it_always_has) {
  CallEvent event;
  event.event_id = "6d5a11d4-0c2c-4c5c-9d7e-2f0a63c0d2a1";
  event.principal = "arn:aws:iam::111122223333:role/deploy";
  event.time = Timestamp(core::Duration(1733935927000));
  EXPECT_EQ(call_id(event), 1819241692097946167ULL);
  EXPECT_EQ(call_id("audit-events", 3, 1041, 2), 17648504603700020234ULL);
}

TEST(Routing, tells_calls_apart_by_id_second_and_principal_and_by_nothing_else) {
  CallEvent event;
  event.event_id = "id";
  event.principal = "p";
  event.time = Timestamp(core::Duration(5000));
  const uint64_t id = call_id(event);
  CallEvent other = event;
  other.time = Timestamp(core::Duration(5999));   // some copies of a record carry no fraction
  EXPECT_EQ(call_id(other), id);
  other.user_agent = "agent";
  EXPECT_EQ(call_id(other), id);
  other.time = Timestamp(core::Duration(6000));
  EXPECT_NE(call_id(other), id);
  other = event;
  other.principal = "q";
  EXPECT_NE(call_id(other), id);
  other = event;
  other.event_id = "i";
  other.principal = "dp";
  EXPECT_NE(call_id(other), id);
}

// A naive router: whole texts, no cache, no dictionaries.
TEST(Routing, hands_every_call_to_its_partition_as_it_was_over_many_batches) {
  constexpr uint32_t kPartitions = 5;
  std::mt19937 random(3);
  Router router(kPartitions);
  std::vector<std::vector<std::string>> expected(kPartitions);
  const std::vector<std::string> words = {"", "a", "b", "ab", "abc", std::string(1024, 'x'), "\xc3\xa9"};
  const auto word = [&]() -> std::string_view { return words[random() % words.size()]; };
  for (int i = 0; i < 20'000; ++i) {
    CallEvent event;
    event.api = {word(), word(), word(), word(),
                 random() % 2 == 0 ? core::Category::kManagement : core::Category::kData};
    event.error_code = word();
    event.principal = word();
    event.user_agent = word();
    event.resource = word();
    event.address = word();
    const Selection selection = Selection::from_bits(static_cast<uint8_t>(1 + random() % 7));
    core::Row row;
    row.id = random();
    const uint32_t partition = router.add(event, selection, row);
    ASSERT_EQ(partition, partition_of(event.api, kPartitions));
    expected[partition].push_back(text_of(event, selection, row.id));
    if (random() % 400 != 0) continue;
    // A batch is sent: its dictionaries begin anew.
    const Batch& batch = router.builder(partition).batch();
    std::vector<std::string> rows;
    for (const auto& sent : batch.rows) rows.push_back(text_of(batch, sent));
    ASSERT_EQ(rows, expected[partition]);
    expected[partition].clear();
    router.builder(partition).clear();
  }
}

TEST(BatchBuilder, names_each_string_api_and_signature_once) {
  BatchBuilder builder;
  CallEvent event;
  event.api = {"1", "r", "s", "n"};
  event.principal = "p";
  EXPECT_EQ(builder.intern(event, kBoth), 0u);
  EXPECT_EQ(builder.intern(event, kBoth), 0u);
  event.error_code = "p";
  EXPECT_EQ(builder.intern(event, kBoth), 1u);
  event.api.name = "m";
  EXPECT_EQ(builder.intern(event, kBoth), 2u);
  EXPECT_EQ(builder.batch().strings, (std::vector<std::string_view>{"", "1", "r", "s", "n", "p", "m"}));
  EXPECT_EQ(builder.batch().apis.size(), 2u);
}

TEST(BatchBuilder, keeps_no_borrowed_string_and_says_about_what_it_takes) {
  BatchBuilder builder;
  std::string name = "RunInstances";
  CallEvent event;
  event.api.name = name;
  builder.intern(event, kBoth);
  name.assign(name.size(), '?');
  EXPECT_EQ(builder.batch().strings[1], "RunInstances");
  EXPECT_TRUE(builder.empty());
  const size_t before = builder.size_bytes();
  builder.add({});
  EXPECT_FALSE(builder.empty());
  EXPECT_GT(builder.size_bytes(), before);
  const uint64_t generation = builder.generation();
  builder.clear();
  EXPECT_NE(builder.generation(), generation);
  EXPECT_TRUE(builder.empty());
}

}  // namespace
}  // namespace insight::route
