// Reading and writing of the engine's own binary formats: little-endian, variable-length integers.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace insight::models {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

// Appends to a string.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void u8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void fixed64(uint64_t value) { raw(&value, sizeof value); }
  void number(double value) { raw(&value, sizeof value); }
  void varint(uint64_t value) {
    while (value >= 0x80) {
      u8(static_cast<uint8_t>(value) | 0x80);
      value >>= 7;
    }
    u8(static_cast<uint8_t>(value));
  }
  // Small magnitudes of either sign stay short.
  void zigzag(int64_t value) { varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63)); }
  void text(std::string_view value) {
    varint(value.size());
    out_.append(value);
  }
  void raw(const void* data, size_t size) { out_.append(static_cast<const char*>(data), size); }

 private:
  std::string& out_;
};

// Reads from borrowed bytes. After a read past the end or a malformed integer `ok()` is false for good and
// every further read gives zero or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  void fail() {
    ok_ = false;
    at_ = end_;
  }

  uint8_t u8() {
    if (at_ == end_) {
      fail();
      return 0;
    }
    return static_cast<uint8_t>(*at_++);
  }
  uint64_t fixed64() { return plain<uint64_t>(); }
  double number() { return plain<double>(); }
  // A number that must be finite.
  double finite() {
    const double value = number();
    if (!std::isfinite(value)) fail();
    return ok_ ? value : 0.0;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = u8();
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return ok_ ? value : 0;
    }
    fail();
    return 0;
  }
  // A varint that must be at most `max`.
  uint64_t varint_up_to(uint64_t max) {
    const uint64_t value = varint();
    if (value > max) fail();
    return ok_ ? value : 0;
  }
  int64_t zigzag() {
    const uint64_t value = varint();
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }
  // A count of items that take at least one byte each: never more than what is left.
  size_t count() { return static_cast<size_t>(varint_up_to(remaining())); }
  std::string_view text() {
    const size_t size = count();
    if (size > remaining()) fail();
    if (!ok_) return {};
    const std::string_view value(at_, size);
    at_ += size;
    return value;
  }

 private:
  template <typename T>
  T plain() {
    T value{};
    if (remaining() < sizeof value) {
      fail();
      return value;
    }
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace insight::models
