#include "decode/stream.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "decode/decompress.h"

namespace insight::decode {
namespace {

constexpr size_t kBlockBytes = 256u << 10;
constexpr int kGzipWindowBits = 15 + 16;  // gzip with the largest window; zlib's way of saying so
constexpr int kZstdWindowLogMax = 27;
constexpr size_t kMagicBytes = 4;

}  // namespace

class ByteStream::Impl {
 public:
  explicit Impl(std::string path) : path_(std::move(path)) {}
  ~Impl() { release(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  StreamStatus read(TextBuffer& out, size_t most) {
    if (final_ != StreamStatus::kMore) return final_;
    if (!begun_ && !begin()) return final_ = StreamStatus::kUnreadable;
    const size_t before = out.size();
    while (out.size() == before && final_ == StreamStatus::kMore) {
      if (at_ == filled_ && !input_ended_ && !fill())
        final_ = StreamStatus::kUnreadable;
      else
        final_ = step(out, most);
    }
    if (final_ != StreamStatus::kMore) release();  // many ended streams may wait for their turn to go
    // Bytes that came with the end are given first.
    return out.size() > before ? StreamStatus::kMore : final_;
  }

  uint64_t bytes_read() const { return bytes_read_; }
  const std::string& error() const { return error_; }

 private:
  bool begin() {
    begun_ = true;
    block_.reset(new char[kBlockBytes]);
    file_ = path_ == "-" ? STDIN_FILENO : ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) {
      error_ = std::strerror(errno);
      return false;
    }
    while (filled_ < kMagicBytes && !input_ended_)
      if (!fill()) return false;
    compression_ = compression_of({block_.get(), filled_});
    return true;
  }

  void release() {
    if (gzip_ready_) inflateEnd(&gzip_);
    gzip_ready_ = false;
    ZSTD_freeDCtx(zstd_);
    zstd_ = nullptr;
    if (file_ > STDIN_FILENO) ::close(file_);
    file_ = -1;
    block_.reset();
  }

  // Takes what the system has, behind what is there; at its end sets input_ended_.
  bool fill() {
    if (at_ == filled_) at_ = filled_ = 0;
    while (true) {
      const ssize_t got = ::read(file_, block_.get() + filled_, kBlockBytes - filled_);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        error_ = std::strerror(errno);
        return false;
      }
      input_ended_ = got == 0;
      filled_ += static_cast<size_t>(got);
      bytes_read_ += static_cast<uint64_t>(got);
      return true;
    }
  }

  StreamStatus step(TextBuffer& out, size_t most) {
    switch (compression_) {
      case Compression::kGzip: return inflate_gzip(out, most);
      case Compression::kZstd: return inflate_zstd(out, most);
      case Compression::kNone: break;
    }
    const size_t size = std::min(most, filled_ - at_);
    out.append({block_.get() + at_, size});
    at_ += size;
    return size == 0 && input_ended_ ? StreamStatus::kEnd : StreamStatus::kMore;
  }

  // Between members or frames: whether another begins. kMore: it does, or more bytes must be seen first.
  StreamStatus between(std::string_view magic) {
    while (at_ < filled_ && block_[at_] == '\0') {
      padded_ = true;
      ++at_;
    }
    if (at_ == filled_) return input_ended_ ? StreamStatus::kEnd : StreamStatus::kMore;
    if (padded_ || block_[at_] != magic.front()) return StreamStatus::kDamaged;
    inside_ = true;
    return StreamStatus::kMore;
  }

  StreamStatus inflate_gzip(TextBuffer& out, size_t most) {
    if (!inside_) {
      if (const auto status = between("\x1f"); status != StreamStatus::kMore || !inside_) return status;
      if ((gzip_ready_ ? inflateReset(&gzip_) : inflateInit2(&gzip_, kGzipWindowBits)) != Z_OK) throw std::bad_alloc();
      gzip_ready_ = true;
    }
    const size_t room = std::min(most, kBlockBytes);
    gzip_.next_in = reinterpret_cast<Bytef*>(block_.get() + at_);
    gzip_.avail_in = static_cast<uInt>(filled_ - at_);
    gzip_.next_out = reinterpret_cast<Bytef*>(out.room(room));
    gzip_.avail_out = static_cast<uInt>(room);
    const int result = inflate(&gzip_, Z_NO_FLUSH);
    at_ = filled_ - gzip_.avail_in;
    out.add(room - gzip_.avail_out);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result == Z_STREAM_END) {
      inside_ = false;
      return StreamStatus::kMore;
    }
    if (result != Z_OK && result != Z_BUF_ERROR) return StreamStatus::kDamaged;
    const bool starved = at_ == filled_ && gzip_.avail_out == room;
    return starved && input_ended_ ? StreamStatus::kTruncated : StreamStatus::kMore;
  }

  StreamStatus inflate_zstd(TextBuffer& out, size_t most) {
    if (!zstd_) {
      zstd_ = ZSTD_createDCtx();
      if (!zstd_) throw std::bad_alloc();
      ZSTD_DCtx_setParameter(zstd_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
    }
    if (!inside_) {
      if (const auto status = between("\x28"); status != StreamStatus::kMore || !inside_) return status;
    }
    const size_t room = std::min(most, kBlockBytes);
    ZSTD_inBuffer in{block_.get(), filled_, at_};
    ZSTD_outBuffer into{out.room(room), room, 0};
    const size_t result = ZSTD_decompressStream(zstd_, &into, &in);
    at_ = in.pos;
    out.add(into.pos);
    if (ZSTD_isError(result)) return StreamStatus::kDamaged;
    if (result == 0) {
      inside_ = false;
      return StreamStatus::kMore;
    }
    const bool starved = at_ == filled_ && into.pos == 0;
    return starved && input_ended_ ? StreamStatus::kTruncated : StreamStatus::kMore;
  }

  std::string path_;
  std::unique_ptr<char[]> block_;
  size_t at_ = 0;
  size_t filled_ = 0;
  int file_ = -1;
  bool begun_ = false;
  bool input_ended_ = false;
  bool inside_ = false;    // a gzip member or zstd frame
  bool padded_ = false;
  uint64_t bytes_read_ = 0;
  Compression compression_ = Compression::kNone;
  StreamStatus final_ = StreamStatus::kMore;
  std::string error_;
  z_stream gzip_{};
  bool gzip_ready_ = false;
  ZSTD_DCtx* zstd_ = nullptr;
};

ByteStream::ByteStream(std::string path) : impl_(std::make_unique<Impl>(std::move(path))) {}
ByteStream::~ByteStream() = default;
ByteStream::ByteStream(ByteStream&&) noexcept = default;
ByteStream& ByteStream::operator=(ByteStream&&) noexcept = default;

StreamStatus ByteStream::read(TextBuffer& out, size_t most) { return impl_->read(out, most); }
uint64_t ByteStream::bytes_read() const { return impl_->bytes_read(); }
const std::string& ByteStream::error() const { return impl_->error(); }

}  // namespace insight::decode
