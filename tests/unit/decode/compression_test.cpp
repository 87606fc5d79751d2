// gzip and zstd around everything, whole, cut, damaged, nested and malicious.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decode/decompress.h"
#include "tests/unit/decode/collect.h"

namespace insight::decode::testing {
namespace {

using core::DropReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string many(int count) {
  std::vector<std::string> records;
  for (int i = 0; i < count; ++i) records.push_back(record(std::to_string(i * 2654435761u)));
  return log_file(records);
}

TEST(Compression, IsRecognisedByItsMagicNumber) {
  EXPECT_THAT(decoded(gzip(many(3))).events, SizeIs(3));
  EXPECT_THAT(decoded(zstd(many(3))).events, SizeIs(3));
}

TEST(Compression, TwoLayersAreUndone) {
  for (const auto& text : {gzip(gzip(many(3))), zstd(gzip(many(3))), gzip(zstd(many(3)))}) {
    const Collect found = decoded(text);
    EXPECT_THAT(found.events, SizeIs(3));
    EXPECT_THAT(found.errors, IsEmpty());
  }
}

TEST(Compression, AThirdLayerIsABomb) {
  EXPECT_THAT(decoded(gzip(gzip(gzip(many(3))))).reasons(), ElementsAre(DropReason::kCompressionBomb));
}

TEST(Compression, MembersAndFramesInARowAreOneText) {
  const std::string text = many(40);
  const auto halves = [&](auto compress) { return compress(text.substr(0, 5000)) + compress(text.substr(5000)); };
  EXPECT_THAT(decoded(halves(gzip)).events, SizeIs(40));
  EXPECT_THAT(decoded(halves(zstd)).events, SizeIs(40));
}

TEST(Compression, ZeroBytesBehindAreNothing) {
  for (const auto& text : {gzip(many(3)), zstd(many(3))}) {
    const Collect found = decoded(text + std::string(512, '\0'));
    EXPECT_THAT(found.events, SizeIs(3));
    EXPECT_THAT(found.errors, IsEmpty());
  }
}

TEST(Compression, GarbageBehindIsOneBadRecord) {
  for (const auto& text : {gzip(many(3)), zstd(many(3))}) {
    const Collect found = decoded(text + "garbage");
    EXPECT_THAT(found.events, SizeIs(3));
    EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kBadCompression));
  }
}

TEST(Compression, ACutInputCostsOneRecord) {
  for (const auto& whole : {gzip(many(400)), zstd(many(400)), gzip(gzip(many(400)))}) {
    for (size_t length = 4; length < whole.size(); length += whole.size() / 50 + 1) {
      const Collect found = decoded(std::string_view(whole).substr(0, length));
      EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kTruncated)) << length;
      EXPECT_LE(found.events.size(), 400u);
    }
    EXPECT_GT(decoded(std::string_view(whole).substr(0, whole.size() * 9 / 10)).events.size(),
              whole == zstd(many(400)) ? 0u : 200u);
  }
}

TEST(Compression, ACutChecksumAfterAllRecordsIsStillACut) {
  const std::string whole = gzip(many(3));
  const Collect found = decoded(std::string_view(whole).substr(0, whole.size() - 3));
  EXPECT_THAT(found.events, SizeIs(3));
  EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kTruncated));
}

TEST(Compression, AWrongChecksumIsOneBadRecord) {
  std::string text = gzip(many(3));
  text[text.size() - 6] = static_cast<char>(text[text.size() - 6] ^ 1);
  const Collect found = decoded(text);
  EXPECT_THAT(found.events, SizeIs(3));
  EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kBadCompression));
}

TEST(Compression, DamageInTheMiddleKeepsWhatCameBefore) {
  std::vector<std::string> records;
  uint32_t noise = 1;
  for (int i = 0; i < 2000; ++i) {
    std::string pad;
    for (int k = 0; k < 200; ++k) pad += static_cast<char>('a' + ((noise = noise * 1664525 + 1013904223) >> 24) % 26);
    records.push_back(record(std::to_string(i), R"(,"x":")" + pad + '"'));
  }
  std::string text = gzip(log_file(records));
  for (size_t i = 0; i < 64; ++i) text[text.size() / 2 + i] = '\xFF';
  const Collect found = decoded(text);
  EXPECT_GT(found.events.size(), 800u);
  ASSERT_FALSE(found.errors.empty());
  EXPECT_EQ(found.errors.back().reason, DropReason::kBadCompression);
}

TEST(Compression, NothingButAMagicNumber) {
  EXPECT_THAT(decoded("\x1f\x8b").reasons(), ElementsAre(DropReason::kTruncated));
  EXPECT_THAT(decoded("\x1f\x8b garbage garbage").reasons(), ElementsAre(DropReason::kBadCompression));
  EXPECT_THAT(decoded("\x28\xb5\x2f\xfd garbage garbage").errors, SizeIs(1));
  EXPECT_EQ(decoded("\x1f\x8b garbage garbage").errors.at(0).raw, "\x1f\x8b garbage garbage");
}

TEST(Compression, OfNothingIsNothing) {
  for (const auto& text : {gzip(""), zstd("")}) {
    EXPECT_THAT(decoded(text).events, IsEmpty());
    EXPECT_THAT(decoded(text).errors, IsEmpty());
  }
}

TEST(Compression, ABombIsCutAtTheLimit) {
  Limits limits;
  limits.document_bytes_max = 1u << 20;
  const std::string records = record("a") + "\n" + record("b") + "\n";
  for (const auto& bomb : {gzip(records + std::string(50u << 20, ' ')), zstd(records + std::string(50u << 20, ' ')),
                           gzip(gzip(records + std::string(50u << 20, ' ')))}) {
    ASSERT_LT(bomb.size(), 100'000u);
    const Collect found = decoded(bomb, limits);
    EXPECT_THAT(found.ids(), ElementsAre("a", "b"));
    EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kCompressionBomb));
  }
}

TEST(Decompressor, TheLimitItselfIsAllowed) {
  Decompressor decompressor;
  const std::string text(100'000, 'x');
  for (const auto& bytes : {gzip(text), zstd(text)}) {
    EXPECT_EQ(decompressor.run(bytes, 100'000).status, DecompressStatus::kOk);
    EXPECT_EQ(decompressor.run(bytes, 100'000).text, text);
    const auto short_by_one = decompressor.run(bytes, 99'999);
    EXPECT_EQ(short_by_one.status, DecompressStatus::kTooLarge);
    EXPECT_EQ(short_by_one.text.size(), 99'999u);
  }
}

TEST(Decompressor, IsAsNewAfterDamage) {
  Decompressor decompressor;
  for (const auto& good : {gzip("text"), zstd("text")}) {
    decompressor.run(std::string_view(good).substr(0, good.size() - 2), 100);
    EXPECT_EQ(decompressor.run(good, 100).text, "text");
    EXPECT_EQ(decompressor.run(good, 100).status, DecompressStatus::kOk);
  }
}

TEST(Decompressor, GivesALargeBufferBack) {
  Decompressor decompressor;
  const std::string large(40u << 20, 'x');
  EXPECT_EQ(decompressor.run(zstd(large), 64u << 20).text.size(), large.size());
  EXPECT_EQ(decompressor.run(gzip("text"), 64u << 20).text, "text");
}

}  // namespace
}  // namespace insight::decode::testing
