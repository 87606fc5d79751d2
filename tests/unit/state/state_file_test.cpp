#include "state/state_file.h"

#include <gtest/gtest.h>

namespace insight::state {
namespace {

StateFile example() { return {12, 7, {{0, "meta", "m"}, {11, std::string("a\0b", 3), std::string(300, 'x')}}}; }

TEST(StateFile, ComesBackAsItWasWritten) {
  StateFile read;
  ASSERT_EQ(parse(to_bytes(example()), read), StateFileError::kNone);
  EXPECT_EQ(read.partitions, 12u);
  EXPECT_EQ(read.lateness_minutes, 7);
  EXPECT_EQ(read.records, example().records);
}

TEST(StateFile, CutAnywhereItIsDamagedOrForeign) {
  const std::string bytes = to_bytes(example());
  for (size_t size = 0; size < bytes.size(); ++size) {
    StateFile read;
    EXPECT_NE(parse(std::string_view(bytes).substr(0, size), read), StateFileError::kNone) << size;
  }
}

TEST(StateFile, BytesAfterTheLastRecordAreDamage) {
  StateFile read;
  EXPECT_EQ(parse(to_bytes(example()) + "x", read), StateFileError::kDamaged);
}

TEST(StateFile, OneOfANewerReleaseIsToldApartFromDamage) {
  std::string bytes = to_bytes(example());
  bytes[bytes.find('\n') + 1] = static_cast<char>(kStateFileVersion + 1);
  StateFile read;
  EXPECT_EQ(parse(bytes, read), StateFileError::kNewerVersion);
}

TEST(StateFile, AnythingElseIsForeign) {
  StateFile read;
  EXPECT_EQ(parse("{\"Records\":[]}", read), StateFileError::kForeign);
}

TEST(StateFile, ARecordOfAPartitionThatIsNotThereIsDamage) {
  StateFile file = example();
  file.partitions = 11;
  StateFile read;
  EXPECT_EQ(parse(to_bytes(file), read), StateFileError::kDamaged);
}

}  // namespace
}  // namespace insight::state
