// Blocks of small numbers with as many bits each as the largest of the block needs ("frame of reference"): any number is
// read by a shift and a mask, so that the sliding sums need not unpack a block for the one minute that leaves them.
//
// Blind to: what would be shorter still, such as the same pattern every hour.
//
// Source: J. Goldstein, R. Ramakrishnan, U. Shaft, "Compressing relations and indexes", ICDE 1998.
#include "models/minute_ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "models/bits.h"

namespace insight::models {
namespace {

constexpr uint32_t kFraction = MinuteRing::kFraction;

uint32_t with_fraction(uint32_t code) { return code >= kFraction ? (code - kFraction) << 1 | 1 : code << 1; }
uint32_t without_fraction(uint32_t shifted) { return shifted % 2 == 1 ? shifted >> 1 | kFraction : shifted >> 1; }

}  // namespace

MinuteRing& MinuteRing::operator=(const MinuteRing& other) {
  if (this == &other) return *this;
  packed_.reset();
  if (other.packed_) {
    const size_t bytes = other.offset_of(kBlocks) + kBitsReach;
    packed_ = std::make_unique_for_overwrite<uint8_t[]>(bytes);
    std::memcpy(packed_.get(), other.packed_.get(), bytes);
  }
  forms_ = other.forms_;
  plain_ = other.plain_;
  current_ = other.current_;
  return *this;
}

MinuteRing::Form MinuteRing::form_of(const Plain& plain) {
  Form form;
  uint32_t any = 0;
  for (const uint32_t code : plain.counts) any |= code;
  form.fractions = any >= kFraction;
  if (form.fractions) {
    any = 0;
    for (const uint32_t code : plain.counts) any |= with_fraction(code);
  }
  form.count_bits = static_cast<uint8_t>(std::bit_width(any));
  const auto [least, most] = std::minmax_element(plain.expected.begin(), plain.expected.end(),
                                                 [](Short a, Short b) { return a.code() < b.code(); });
  form.least_expected = least->code();
  form.expected_bits = static_cast<uint8_t>(std::bit_width(static_cast<unsigned>(most->code() - least->code())));
  return form;
}

size_t MinuteRing::offset_of(size_t block) const {
  size_t offset = 0;
  for (size_t i = 0; i < block; ++i) offset += forms_[i].bytes();
  return offset;
}

uint32_t MinuteRing::packed_count(size_t place) const {
  const size_t block = place / kBlock;
  const Form& form = forms_[block];
  if (form.count_bits == 0) return 0;
  const uint32_t code = read_bits(packed_.get() + offset_of(block), place % kBlock * form.count_bits, form.count_bits);
  return form.fractions ? without_fraction(code) : code;
}

Short MinuteRing::packed_expected(size_t place) const {
  const size_t block = place / kBlock;
  const Form& form = forms_[block];
  if (form.expected_bits == 0) return Short::of_code(form.least_expected);
  const uint8_t* from = packed_.get() + offset_of(block) + size_t{form.count_bits} * kBlock / 8;
  return Short::of_code(static_cast<uint16_t>(
      form.least_expected + read_bits(from, place % kBlock * form.expected_bits, form.expected_bits)));
}

MinuteRing::Plain MinuteRing::unpack(size_t block) const {
  Plain plain;
  for (size_t i = 0; i < kBlock; ++i) {
    plain.counts[i] = packed_count(block * kBlock + i);
    plain.expected[i] = packed_expected(block * kBlock + i);
  }
  return plain;
}

// What is behind the block moves when its length changes.
void MinuteRing::pack(size_t block, const Plain& plain) {
  const Form form = form_of(plain);
  const size_t offset = offset_of(block);
  const size_t before = forms_[block].bytes();
  const size_t rest = offset_of(kBlocks) - offset - before;
  if (!packed_ || form.bytes() != before) {
    auto moved = std::make_unique<uint8_t[]>(offset + form.bytes() + rest + kBitsReach);
    if (packed_) {
      std::memcpy(moved.get(), packed_.get(), offset);
      std::memcpy(moved.get() + offset + form.bytes(), packed_.get() + offset + before, rest);
    }
    packed_ = std::move(moved);
  }
  forms_[block] = form;
  // Written apart, so that no word reaches into the next block.
  std::array<uint8_t, (32 + 16) * kBlock / 8 + kBitsReach> bytes{};
  uint8_t* expected = bytes.data() + size_t{form.count_bits} * kBlock / 8;
  for (size_t i = 0; i < kBlock; ++i) {
    write_bits(bytes.data(), i * form.count_bits, form.count_bits,
               form.fractions ? with_fraction(plain.counts[i]) : plain.counts[i]);
  }
  for (size_t i = 0; i < kBlock; ++i) {
    write_bits(expected, i * form.expected_bits, form.expected_bits,
               static_cast<uint32_t>(plain.expected[i].code() - form.least_expected));
  }
  std::memcpy(packed_.get() + offset, bytes.data(), form.bytes());
}

void MinuteRing::go_to(size_t block) {
  pack(current_, plain_);
  plain_ = unpack(block);
  current_ = static_cast<uint8_t>(block);
}

MinuteRing::Minutes MinuteRing::minutes() const {
  Minutes all;
  for (size_t block = 0; block < kBlocks; ++block) {
    const Plain plain = block == current_ ? plain_ : unpack(block);
    std::copy(plain.counts.begin(), plain.counts.end(),
              all.counts.begin() + static_cast<std::ptrdiff_t>(block * kBlock));
    std::copy(plain.expected.begin(), plain.expected.end(),
              all.expected.begin() + static_cast<std::ptrdiff_t>(block * kBlock));
  }
  return all;
}

void MinuteRing::assign(const Minutes& minutes, size_t place) {
  for (size_t block = 0; block < kBlocks; ++block) {
    Plain plain;
    std::copy_n(minutes.counts.begin() + static_cast<std::ptrdiff_t>(block * kBlock), kBlock, plain.counts.begin());
    std::copy_n(minutes.expected.begin() + static_cast<std::ptrdiff_t>(block * kBlock), kBlock, plain.expected.begin());
    pack(block, plain);
    if (block == place / kBlock) plain_ = plain;
  }
  current_ = static_cast<uint8_t>(place / kBlock);
}

}  // namespace insight::models
