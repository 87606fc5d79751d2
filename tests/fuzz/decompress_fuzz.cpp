// Any bytes as gzip or zstd: what comes out stays within the limit and does not depend on what came before.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "decode/decompress.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace insight::decode;
  constexpr size_t kLimit = 1u << 20;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (compression_of(bytes) == Compression::kNone) return 0;

  static Decompressor reused;
  const auto first = reused.run(bytes, kLimit);
  if (first.text.size() > kLimit) std::abort();
  Decompressor fresh;
  const auto second = fresh.run(bytes, kLimit);
  if (first.status != second.status || first.text != second.text) std::abort();
  // A smaller limit gives the beginning of the same text (how much comes out of damage depends on the room).
  const size_t half = second.text.size() / 2;
  if (half > 0 && second.status == DecompressStatus::kOk) {
    const std::string whole(second.text);
    const auto limited = fresh.run(bytes, half);
    if (limited.status == DecompressStatus::kOk || limited.text != whole.substr(0, limited.text.size())) std::abort();
  }
  return 0;
}
