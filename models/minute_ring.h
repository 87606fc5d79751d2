// What is kept of each of the last four hours' minutes of a series, in few bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "models/rounded.h"

namespace insight::models {

// A ring of 240 minutes with a count and an expectation each. Of a million series that are quiet most of the time the
// plain arrays (1440 bytes) would be more than all else; in blocks of 16 minutes with as many bits as the block needs
// they take about 300: a block without a call has no bits for counts, and expectations of one block differ little. The
// block that is written to is plain. Keeps exactly what was set. Copyable; not thread-safe.
class MinuteRing {
 public:
  static constexpr int kMinutes = 240;
  static constexpr uint32_t kFraction = uint32_t{1} << 31;   // the bit that marks a count as one in units

  struct Minutes {
    std::array<uint32_t, kMinutes> counts{};
    std::array<Short, kMinutes> expected{};
  };

  MinuteRing() = default;
  MinuteRing(const MinuteRing& other) { *this = other; }
  MinuteRing& operator=(const MinuteRing& other);
  MinuteRing(MinuteRing&&) = default;
  MinuteRing& operator=(MinuteRing&&) = default;
  ~MinuteRing() = default;

  uint32_t count(size_t place) const {
    return place / kBlock == current_ ? plain_.counts[place % kBlock] : packed_count(place);
  }
  Short expected(size_t place) const {
    return place / kBlock == current_ ? plain_.expected[place % kBlock] : packed_expected(place);
  }

  // Quick where places are set in turn.
  void set(size_t place, uint32_t count, Short expected) {
    if (place / kBlock != current_) go_to(place / kBlock);
    plain_.counts[place % kBlock] = count;
    plain_.expected[place % kBlock] = expected;
  }

  Minutes minutes() const;
  // `place`: the one that was set last.
  void assign(const Minutes& minutes, size_t place);

 private:
  static constexpr size_t kBlock = 16;
  static constexpr size_t kBlocks = kMinutes / kBlock;

  struct Plain {
    std::array<uint32_t, kBlock> counts{};
    std::array<Short, kBlock> expected{};
  };
  // How a block is packed: its counts, then its expectations less the least of them, so many bits each.
  struct Form {
    uint16_t least_expected = 0;
    uint8_t count_bits : 6 = 0;
    bool fractions : 1 = false;  // counts are shifted by a bit, which says whether they are in units
    uint8_t expected_bits : 5 = 0;

    size_t bytes() const { return (size_t{count_bits} + expected_bits) * kBlock / 8; }
  };

  static Form form_of(const Plain& plain);
  size_t offset_of(size_t block) const;
  uint32_t packed_count(size_t place) const;
  Short packed_expected(size_t place) const;
  Plain unpack(size_t block) const;
  void pack(size_t block, const Plain& plain);
  void go_to(size_t block);

  std::unique_ptr<uint8_t[]> packed_;   // of all blocks, one after the other, and some bytes to read beyond
  std::array<Form, kBlocks> forms_{};   // that of the current block is of no meaning, but for its length
  Plain plain_;                         // the current block
  uint8_t current_ = 0;
};

}  // namespace insight::models
