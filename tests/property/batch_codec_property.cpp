#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "route/batch_codec.h"

namespace insight::route {
namespace {

using core::Batch;
using core::Timestamp;

uint32_t below(size_t limit) { return static_cast<uint32_t>(*rc::gen::inRange<int>(0, static_cast<int>(limit))); }

std::optional<Timestamp> some_time() {
  if (*rc::gen::arbitrary<bool>()) return std::nullopt;
  return Timestamp(core::Duration(*rc::gen::inRange<int64_t>(-62'135'596'800'000, 253'402'300'799'999)));
}

// Owns the strings of the batch.
struct Sample {
  std::vector<std::string> texts;
  Batch batch;
};

void fill_progress(Batch& batch, const std::vector<std::string>& texts) {
  for (size_t i = 0; i < 1 + below(3); ++i) batch.topics.push_back({texts[below(texts.size())], below(1000)});
  for (size_t i = 0; i < 1 + below(4); ++i) batch.origins.push_back({below(batch.topics.size()), below(1000)});
  for (size_t i = 0; i < below(4); ++i)
    batch.progress.push_back({below(batch.origins.size()), *rc::gen::arbitrary<int64_t>(), some_time(), some_time(),
                              some_time(), some_time()});
  for (size_t i = 0; i < below(3); ++i) {
    const int32_t first = *rc::gen::inRange(-1'000'000, 1'000'000);
    batch.missing.push_back({{first}, {first + static_cast<int32_t>(below(1000))}});
  }
}

Sample some_batch() {
  Sample sample;
  sample.texts = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(rc::gen::arbitrary<std::string>()));
  Batch& batch = sample.batch;
  batch.calls_partitions = *rc::gen::arbitrary<uint32_t>();
  fill_progress(batch, sample.texts);
  batch.strings.push_back({});
  for (const auto& text : sample.texts) batch.strings.push_back(text);
  const size_t strings = batch.strings.size();
  for (size_t i = 0; i < 1 + below(4); ++i)
    batch.apis.push_back(
        {below(strings), below(strings), below(strings), below(strings), static_cast<core::Category>(below(4))});
  for (size_t i = 0; i < 1 + below(5); ++i)
    batch.signatures.push_back({below(batch.apis.size()), core::Selection::from_bits(static_cast<uint8_t>(below(8))),
                                below(strings), below(strings), below(strings), below(strings), below(strings)});
  const bool weights = *rc::gen::arbitrary<bool>();
  for (size_t i = 0; i < below(50); ++i)
    batch.rows.push_back({*rc::gen::arbitrary<uint64_t>(),
                          *rc::gen::inRange<int64_t>(0, int64_t{1} << 62),
                          below(batch.signatures.size()),
                          below(batch.origins.size()),
                          {*rc::gen::inRange(-1'000'000'000, 1'000'000'000)},
                          weights ? *rc::gen::arbitrary<uint32_t>() : 1});
  return sample;
}

RC_GTEST_PROP(BatchCodecProperty, decodes_what_was_encoded, ()) {
  const Sample sample = some_batch();
  const Batch& one = sample.batch;
  std::string bytes;
  encode(one, bytes);
  Batch other;
  RC_ASSERT(decode(bytes, other) == BatchError::kNone);
  RC_ASSERT(other.calls_partitions == one.calls_partitions);
  RC_ASSERT(other.strings == one.strings);
  RC_ASSERT(other.signatures == one.signatures);
  RC_ASSERT(other.topics.size() == one.topics.size() && other.origins.size() == one.origins.size());
  RC_ASSERT(other.missing.size() == one.missing.size() && other.apis.size() == one.apis.size());
  for (size_t i = 0; i < one.topics.size(); ++i)
    RC_ASSERT(other.topics[i].name == one.topics[i].name && other.topics[i].partitions == one.topics[i].partitions);
  for (size_t i = 0; i < one.apis.size(); ++i) RC_ASSERT(other.key_of(other.apis[i]) == one.key_of(one.apis[i]));
  for (size_t i = 0; i < one.progress.size(); ++i) {
    RC_ASSERT(other.progress[i].next_offset == one.progress[i].next_offset);
    RC_ASSERT(other.progress[i].newest == one.progress[i].newest && other.progress[i].oldest == one.progress[i].oldest);
    RC_ASSERT(other.progress[i].unbroken_since == one.progress[i].unbroken_since);
    RC_ASSERT(other.progress[i].caught_up_at == one.progress[i].caught_up_at);
  }
  RC_ASSERT(other.rows.size() == one.rows.size());
  for (size_t i = 0; i < one.rows.size(); ++i) {
    const auto& a = one.rows[i];
    const auto& b = other.rows[i];
    RC_ASSERT(a.id == b.id && a.offset == b.offset && a.signature == b.signature && a.origin == b.origin &&
              a.minute == b.minute && a.weight == b.weight);
  }
  // There is one encoding of a batch.
  std::string again;
  encode(other, again);
  RC_ASSERT(again == bytes);
}

RC_GTEST_PROP(BatchCodecProperty, cut_anywhere_or_with_bytes_after_its_end_it_is_damaged, ()) {
  const Sample sample = some_batch();
  std::string bytes;
  encode(sample.batch, bytes);
  Batch batch;
  RC_ASSERT(decode(std::string_view(bytes).substr(0, below(bytes.size())), batch) == BatchError::kDamaged);
  RC_ASSERT(decode(bytes + '\0', batch) == BatchError::kDamaged);
}

RC_GTEST_PROP(BatchCodecProperty, a_changed_byte_gives_no_index_that_points_nowhere, ()) {
  const Sample sample = some_batch();
  std::string bytes;
  encode(sample.batch, bytes);
  bytes[below(bytes.size())] = *rc::gen::arbitrary<char>();
  Batch batch;
  if (decode(bytes, batch) != BatchError::kNone) return;
  for (const auto& row : batch.rows)
    RC_ASSERT(row.signature < batch.signatures.size() && row.origin < batch.origins.size());
  for (const auto& signature : batch.signatures) RC_ASSERT(signature.api < batch.apis.size());
  for (const auto& origin : batch.origins) RC_ASSERT(origin.topic < batch.topics.size());
}

TEST(BatchCodec, tells_a_newer_version_from_damage) {
  std::string bytes;
  encode(Batch{}, bytes);
  Batch batch;
  EXPECT_EQ(decode(bytes, batch), BatchError::kNone);
  bytes[1] = static_cast<char>(kBatchVersion + 1);
  EXPECT_EQ(decode(bytes, batch), BatchError::kNewerVersion);
  EXPECT_EQ(decode(bytes + "whatever follows", batch), BatchError::kNewerVersion);
  bytes[0] = '{';
  EXPECT_EQ(decode(bytes, batch), BatchError::kDamaged);
  EXPECT_EQ(decode("", batch), BatchError::kDamaged);
}

}  // namespace
}  // namespace insight::route
