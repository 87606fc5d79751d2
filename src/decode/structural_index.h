// Where the structure of a JSON text lies: the one door to simdjson.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace insight::decode {

enum class IndexStatus : uint8_t {
  kOk,
  kEmpty,           // white space only
  kUnclosedString,  // the text ends inside a string
  kInvalidUtf8,
  kInvalid,         // a control character inside a string
};

// The positions of the brackets, colons, commas and of the first byte of every string, number and word
// of a text, outside strings, ascending. This is simdjson's first stage, run by the implementation that fits the
// processor (AVX-512, AVX2, SSE4.2 or NEON), which also proves that the bytes are UTF-8 and that every string is
// closed. The text is never copied and needs no padding. Why not simdjson's on-demand front end: docs/adr/0007.
//
// Holds one buffer, reused, of 4 bytes per byte of the longest text it was given. Not thread-safe.
class StructuralIndex {
 public:
  StructuralIndex();
  ~StructuralIndex();
  StructuralIndex(StructuralIndex&&) noexcept;
  StructuralIndex& operator=(StructuralIndex&&) noexcept;

  // Indexes `text`, at most 4 GiB - 64. Throws std::bad_alloc.
  IndexStatus build(std::string_view text);

  // Valid after build() returned kOk, until the next build(). One more position follows the last: the text's length.
  const uint32_t* begin() const { return begin_; }
  const uint32_t* end() const { return end_; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  const uint32_t* begin_ = nullptr;
  const uint32_t* end_ = nullptr;
};

}  // namespace insight::decode
