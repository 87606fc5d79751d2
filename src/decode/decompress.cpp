#include "decode/decompress.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace insight::decode {
namespace {

constexpr std::string_view kGzipMagic("\x1f\x8b", 2);
constexpr std::string_view kZstdMagic("\x28\xb5\x2f\xfd", 4);
constexpr size_t kStep = 64u << 10;
constexpr size_t kKeptCapacity = 32u << 20;
// gzip with the largest window; zlib's way of saying so.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kZstdWindowLogMax = 27;

bool is_padding(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

}  // namespace

Compression compression_of(std::string_view bytes) {
  if (bytes.starts_with(kGzipMagic)) return Compression::kGzip;
  if (bytes.starts_with(kZstdMagic)) return Compression::kZstd;
  return Compression::kNone;
}

class Decompressor::Impl {
 public:
  ~Impl() {
    if (gzip_ready_) inflateEnd(&gzip_);
    ZSTD_freeDCtx(zstd_);
  }

  Output run(std::string_view bytes, size_t limit) {
    used_ = 0;
    limit_ = limit;
    if (allocated_ > kKeptCapacity && bytes.size() < kKeptCapacity / 16) release();
    const bool gzip = compression_of(bytes) == Compression::kGzip;
    const DecompressStatus status = gzip ? run_gzip(bytes) : run_zstd(bytes);
    return {{buffer_.get(), used_}, status};
  }

 private:
  DecompressStatus run_gzip(std::string_view bytes) {
    const int ready = gzip_ready_ ? inflateReset(&gzip_) : inflateInit2(&gzip_, kGzipWindowBits);
    if (ready != Z_OK) throw std::bad_alloc();
    gzip_ready_ = true;
    size_t read = 0;
    for (;;) {
      if (!make_room()) return more_gzip_comes(bytes, read);
      const size_t offered = std::min<size_t>(bytes.size() - read, UINT32_MAX);
      const size_t offered_room = std::min<size_t>(room(), UINT32_MAX);
      // zlib does not write to its input; its interface predates const.
      gzip_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data() + read));
      gzip_.avail_in = static_cast<uInt>(offered);
      gzip_.next_out = reinterpret_cast<Bytef*>(buffer_.get() + used_);
      gzip_.avail_out = static_cast<uInt>(offered_room);
      const int result = inflate(&gzip_, Z_NO_FLUSH);
      read += offered - gzip_.avail_in;
      used_ += offered_room - gzip_.avail_out;
      if (result == Z_STREAM_END) {
        const std::string_view rest = bytes.substr(read);
        if (is_padding(rest)) return DecompressStatus::kOk;
        if (!rest.starts_with(kGzipMagic.substr(0, std::min<size_t>(2, rest.size()))))
          return DecompressStatus::kDamaged;
        inflateReset(&gzip_);
      } else if (result == Z_BUF_ERROR || (result == Z_OK && read == bytes.size() && gzip_.avail_out > 0)) {
        return DecompressStatus::kTruncated;
      } else if (result == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (result != Z_OK) {
        return DecompressStatus::kDamaged;
      }
    }
  }

  // The limit is reached: whether the data ends exactly here is found with one more byte of room.
  DecompressStatus more_gzip_comes(std::string_view bytes, size_t read) {
    Bytef spare = 0;
    gzip_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data() + read));
    gzip_.avail_in = static_cast<uInt>(std::min<size_t>(bytes.size() - read, UINT32_MAX));
    gzip_.next_out = &spare;
    gzip_.avail_out = 1;
    const int result = inflate(&gzip_, Z_NO_FLUSH);
    if (gzip_.avail_out == 0) return DecompressStatus::kTooLarge;
    if (result != Z_STREAM_END)
      return result == Z_DATA_ERROR ? DecompressStatus::kDamaged : DecompressStatus::kTruncated;
    const std::string_view rest = bytes.substr(bytes.size() - gzip_.avail_in);
    return is_padding(rest) ? DecompressStatus::kOk : DecompressStatus::kTooLarge;
  }

  DecompressStatus run_zstd(std::string_view bytes) {
    if (!zstd_) {
      zstd_ = ZSTD_createDCtx();
      if (!zstd_) throw std::bad_alloc();
      ZSTD_DCtx_setParameter(zstd_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
    }
    ZSTD_DCtx_reset(zstd_, ZSTD_reset_session_only);
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    char spare = 0;
    for (;;) {
      const bool has_room = make_room();
      ZSTD_outBuffer out = has_room ? ZSTD_outBuffer{buffer_.get() + used_, room(), 0} : ZSTD_outBuffer{&spare, 1, 0};
      const size_t before = in.pos;
      const size_t result = ZSTD_decompressStream(zstd_, &out, &in);
      if (!has_room && out.pos > 0) return DecompressStatus::kTooLarge;
      used_ += out.pos;
      if (ZSTD_isError(result)) {
        const bool window = ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge;
        return window ? DecompressStatus::kTooLarge : DecompressStatus::kDamaged;
      }
      if (result == 0 && (in.pos == in.size || is_padding(bytes.substr(in.pos)))) return DecompressStatus::kOk;
      if (in.pos == in.size && out.pos < out.size) return DecompressStatus::kTruncated;
      if (in.pos == before && out.pos == 0) return DecompressStatus::kDamaged;
    }
  }

  // Sees to it that something can be written; false if the limit is reached.
  bool make_room() {
    if (used_ >= limit_) return false;
    if (used_ + room() > allocated_) {
      const size_t wanted = std::max(kStep, allocated_ * 2);
      std::unique_ptr<char[]> larger(new char[wanted]);
      if (used_ > 0) std::memcpy(larger.get(), buffer_.get(), used_);
      buffer_ = std::move(larger);
      allocated_ = wanted;
    }
    return true;
  }

  // How much may be written now: to the next multiple of kStep. The steps do not depend on how large the buffer has
  // become, for how much of a damaged frame comes out depends on them.
  size_t room() const { return std::min(limit_, (used_ / kStep + 1) * kStep) - used_; }

  void release() {
    buffer_.reset();
    allocated_ = 0;
  }

  std::unique_ptr<char[]> buffer_;
  size_t allocated_ = 0;
  size_t used_ = 0;
  size_t limit_ = 0;
  z_stream gzip_{};
  bool gzip_ready_ = false;
  ZSTD_DCtx* zstd_ = nullptr;
};

Decompressor::Decompressor() : impl_(std::make_unique<Impl>()) {}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

Decompressor::Output Decompressor::run(std::string_view bytes, size_t limit) { return impl_->run(bytes, limit); }

}  // namespace insight::decode
