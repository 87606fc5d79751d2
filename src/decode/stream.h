// Bytes of a file or standard input as they come, gzip and zstd inflated on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "decode/text_buffer.h"

namespace insight::decode {

enum class StreamStatus : uint8_t {
  kMore,        // bytes were added
  kEnd,         // the input ended where it should
  kTruncated,   // the input ends inside a gzip member or zstd frame
  kDamaged,     // the compressed data contradicts itself
  kUnreadable,  // the system could not open or read it; error() says why
};

// Reads one input from front to back in bounded memory (256 KiB, and a zstd frame's window of at most 128 MiB).
// Several gzip members or zstd frames in a row are one text; zero bytes after the last are padding. Every status
// but kMore is final. Not thread-safe.
class ByteStream {
 public:
  // "-": standard input. Opened at the first read.
  explicit ByteStream(std::string path);
  ~ByteStream();
  ByteStream(ByteStream&&) noexcept;
  ByteStream& operator=(ByteStream&&) noexcept;

  // Adds at most `most` (> 0) bytes to `out`: at least one, unless the status says why not. What a pipe holds is
  // given at once, without waiting for more.
  StreamStatus read(TextBuffer& out, size_t most);

  // Bytes taken from the file, before inflating.
  uint64_t bytes_read() const;
  const std::string& error() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace insight::decode
