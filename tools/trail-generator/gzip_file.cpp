#include "trail-generator/gzip_file.h"

#include <zlib.h>

#include <fstream>
#include <stdexcept>
#include <string>

namespace insight::trail {
namespace {

constexpr int kLevel = 2;
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;

std::string compress(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib cannot be set up");
  std::string out(deflateBound(&stream, text.size()), '\0');
  std::string input(text);  // zlib's interface wants bytes that it could write
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("zlib cannot compress");
  return out;
}

}  // namespace

void write_gzip(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << compress(text);
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace insight::trail
