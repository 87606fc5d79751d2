#include "core/call_event.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace insight::core {
namespace {

CallEvent event_of(const std::array<std::string_view, 9>& texts) {
  CallEvent event;
  event.api = {texts[0], texts[1], texts[2], texts[3], Category::kManagement};
  event.error_code = texts[4];
  event.principal = texts[5];
  event.user_agent = texts[6];
  event.resource = texts[7];
  event.address = texts[8];
  return event;
}

TEST(SignatureHash, is_of_all_that_a_call_says_but_when_and_which) {
  const std::array<std::string_view, 9> texts = {"1", "r", "s", "n", "e", "p", "u", "o", "a"};
  CallEvent event = event_of(texts);
  EXPECT_EQ(signature_texts(event), texts);
  const uint64_t hash = signature_hash(event);
  event.event_id = "id";
  event.time = Timestamp(Duration(5));
  EXPECT_EQ(signature_hash(event), hash);

  std::set<uint64_t> hashes = {hash};
  for (size_t i = 0; i < texts.size(); ++i) {
    auto other = texts;
    other[i] = "";
    EXPECT_TRUE(hashes.insert(signature_hash(event_of(other))).second) << i;
    if (i + 1 == texts.size()) break;
    const std::string both = std::string(texts[i]) + std::string(texts[i + 1]);
    other[i + 1] = both;   // a letter moves to the next text
    EXPECT_TRUE(hashes.insert(signature_hash(event_of(other))).second) << i;
    std::swap(other[i], other[i + 1]);
    EXPECT_TRUE(hashes.insert(signature_hash(event_of(other))).second) << i;
  }
  event.read_only = true;
  EXPECT_TRUE(hashes.insert(signature_hash(event)).second);
  event.api.category = Category::kData;
  EXPECT_TRUE(hashes.insert(signature_hash(event)).second);
}

}  // namespace
}  // namespace insight::core
