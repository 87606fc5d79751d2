// gzip and zstd, recognised by their first bytes, inflated within a limit.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace insight::decode {

enum class Compression : uint8_t { kNone, kGzip, kZstd };

// What the first bytes say.
Compression compression_of(std::string_view bytes);

enum class DecompressStatus : uint8_t {
  kOk,
  kTruncated,  // the input ends inside a member or frame
  kDamaged,    // the data contradicts itself, or something else follows it
  kTooLarge,   // more would come out than the limit allows
};

// Inflates whole inputs into a buffer of its own, reused from call to call. Several gzip members or zstd frames
// in a row are one text; zero bytes after the last are padding. Not thread-safe.
// Memory: the buffer grows with what comes out, never past the limit; a buffer over 32 MiB is given back at the
// next call that may not need it. zstd frames may ask for a window of at most 128 MiB.
class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  struct Output {
    std::string_view text;  // all that could be inflated, also after damage; valid until the next call
    DecompressStatus status = DecompressStatus::kOk;
  };
  // `bytes` begins with a magic number. At most `limit` bytes come out.
  Output run(std::string_view bytes, size_t limit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace insight::decode
