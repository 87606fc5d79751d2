#include "route/batch_codec.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace insight::route {
namespace {

using core::Batch;
using core::Category;
using core::Duration;
using core::Minute;
using core::Selection;
using core::Timestamp;

// Every field has a value of its own, so that two fields that changed places would show.
Batch every_field() {
  Batch batch;
  batch.calls_partitions = 12;
  batch.topics = {{"audit-events", 4}, {"more", 300}};
  batch.origins = {{0, 3}, {1, 200}};
  batch.progress = {{0,
                     1042,
                     Timestamp(Duration(1'733'935'927'000)),
                     Timestamp(Duration(1'733'900'000'500)),
                     Timestamp(Duration(1'733'900'000'700)),
                     {}},
                    {1, -1, {}, {}, {}, Timestamp(Duration(1'733'935'930'123))}};
  batch.missing = {{Minute{28'898'000}, Minute{28'898'009}}, {Minute{-5}, Minute{-5}}};
  batch.strings = {"",         "123456789012", "eu-west-1",    "s3.amazonaws.com", "PutObject",
                   "SlowDown", "user/mia",     "aws-cli/2.15", "arn:aws:s3:::b",   "198.51.100.7"};
  batch.apis = {{1, 2, 3, 4, Category::kData}, {1, 2, 3, 4, Category::kManagement}};
  batch.signatures = {{0, Selection{true, true, true}, 0, 6, 7, 8, 9},
                      {1, Selection{false, true, false}, 5, 0, 0, 0, 0}};
  batch.rows = {{0x0123456789ABCDEF, 1040, 0, 0, Minute{28'898'932}, 1},
                {0xFEDCBA9876543210, 70'000, 1, 1, Minute{28'898'930}, 250},
                {7, 1041, 0, 0, Minute{28'898'933}, 1}};
  return batch;
}

std::string encoded(const Batch& batch) {
  std::string bytes;
  encode(batch, bytes);
  return bytes;
}

// tests/docs/formats_test.py reads the same file by the words of docs/formats.md.
TEST(BatchCodec, writes_the_bytes_that_it_always_wrote) {
  const std::string path = std::string(INSIGHT_SOURCE_DIR) + "/tests/golden/route/every_field.batch";
  const std::string bytes = encoded(every_field());
  if (std::getenv("INSIGHT_UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << bytes;
  std::ostringstream wanted;
  wanted << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_TRUE(bytes == wanted.str()) << "the format has changed: raise kBatchVersion, keep reading the one before, "
                                        "mend docs/formats.md, and write the file with INSIGHT_UPDATE_GOLDEN=1";
}

TEST(BatchCodec, refuses_a_newer_version_and_anything_cut_or_added) {
  std::string bytes = encoded(every_field());
  Batch batch;
  ASSERT_EQ(decode(bytes, batch), BatchError::kNone);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(decode(std::string_view(bytes).substr(0, size), batch), BatchError::kDamaged) << size;
  EXPECT_EQ(decode(bytes + '\0', batch), BatchError::kDamaged);
  bytes[1] = static_cast<char>(kBatchVersion + 1);
  EXPECT_EQ(decode(bytes, batch), BatchError::kNewerVersion);
}

TEST(BatchCodec, takes_offsets_that_lie_as_far_apart_as_offsets_can) {
  Batch batch = every_field();
  batch.rows[0].offset = INT64_MAX;
  batch.rows[2].offset = INT64_MIN;
  const std::string bytes = encoded(batch);
  Batch again;
  ASSERT_EQ(decode(bytes, again), BatchError::kNone);
  EXPECT_EQ(again.rows[0].offset, INT64_MAX);
  EXPECT_EQ(again.rows[2].offset, INT64_MIN);
}

}  // namespace
}  // namespace insight::route
