// Columns of small codes, in few bits.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "models/bits.h"

namespace insight::models {

// Columns of 16-bit codes of fixed lengths. Each column is kept as its least code and what the others are more, in as
// many bits as the largest of these needs (frame of reference, see minute_ring). Of a quiet series that is a third of the plain
// codes. Reading takes a shift and a mask; writing too, where the code fits among the others, else all are packed anew.
// Keeps exactly what was set; all 0 at first. Copyable; not thread-safe.
template <size_t... kLengths>
class CodeColumns {
 public:
  static constexpr size_t kColumns = sizeof...(kLengths);
  static constexpr std::array<size_t, kColumns> kRows = {kLengths...};
  static constexpr size_t kCodes = (kLengths + ...);
  using Codes = std::array<uint16_t, kCodes>;  // column after column

  static constexpr size_t begin_of(size_t column) {
    size_t begin = 0;
    for (size_t i = 0; i < column; ++i) begin += kRows[i];
    return begin;
  }

  CodeColumns() = default;
  CodeColumns(const CodeColumns& other) { *this = other; }
  CodeColumns& operator=(const CodeColumns& other) {
    if (this == &other) return *this;
    forms_ = other.forms_;
    packed_.reset();
    if (!other.packed_) return *this;
    packed_ = std::make_unique_for_overwrite<uint8_t[]>(bytes());
    std::copy_n(other.packed_.get(), bytes(), packed_.get());
    return *this;
  }
  CodeColumns(CodeColumns&&) = default;
  CodeColumns& operator=(CodeColumns&&) = default;
  ~CodeColumns() = default;

  uint16_t get(size_t column, size_t row) const {
    const Form& form = forms_[column];
    if (form.bits == 0) return form.least;
    return static_cast<uint16_t>(form.least + read_bits(packed_.get(), first_bit(column) + row * form.bits, form.bits));
  }

  void set(size_t column, size_t row, uint16_t code) {
    const Form& form = forms_[column];
    if (code < form.least || code - form.least > static_cast<int>(lowest_bits(form.bits))) {
      Codes codes = all();
      codes[begin_of(column) + row] = code;
      assign(codes);
    } else if (form.bits > 0) {
      write_bits(packed_.get(), first_bit(column) + row * form.bits, form.bits,
                 static_cast<uint32_t>(code - form.least));
    }
  }

  Codes all() const {
    Codes codes;
    for (size_t column = 0; column < kColumns; ++column)
      for (size_t row = 0; row < kRows[column]; ++row) codes[begin_of(column) + row] = get(column, row);
    return codes;
  }

  void assign(const Codes& codes) {
    const size_t before = packed_ ? bytes() : 0;
    for (size_t column = 0; column < kColumns; ++column) {
      const auto* begin = codes.begin() + begin_of(column);
      const auto [least, most] = std::minmax_element(begin, begin + kRows[column]);
      forms_[column] = {*least, static_cast<uint8_t>(std::bit_width(static_cast<unsigned>(*most - *least)))};
    }
    if (first_bit(kColumns) == 0) return packed_.reset();
    if (bytes() != before) packed_ = std::make_unique_for_overwrite<uint8_t[]>(bytes());
    std::fill_n(packed_.get(), bytes(), uint8_t{0});
    size_t at = 0;
    for (size_t column = 0; column < kColumns; ++column) {
      const Form& form = forms_[column];
      if (form.bits == 0) continue;
      for (size_t row = 0; row < kRows[column]; ++row, at += form.bits)
        write_bits(packed_.get(), at, form.bits, static_cast<uint32_t>(codes[begin_of(column) + row] - form.least));
    }
  }

 private:
  struct Form {
    uint16_t least = 0;
    uint8_t bits = 0;  // of each code less `least`
  };

  size_t first_bit(size_t column) const {
    size_t bit = 0;
    for (size_t i = 0; i < column; ++i) bit += kRows[i] * forms_[i].bits;
    return bit;
  }
  size_t bytes() const { return (first_bit(kColumns) + 7) / 8 + kBitsReach; }

  std::array<Form, kColumns> forms_{};
  std::unique_ptr<uint8_t[]> packed_;  // none while every column is of one code
};

}  // namespace insight::models
