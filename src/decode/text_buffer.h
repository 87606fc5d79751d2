// Bytes that are read piece by piece.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace insight::decode {

// A growing run of bytes that writes nothing that is not asked for: a std::string sets every byte to zero before
// it is read into. Keeps its memory when it is cleared, but no more than 32 MiB. Not thread-safe.
class TextBuffer {
 public:
  std::string_view view() const { return {bytes_.get(), size_}; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Room for `size` more bytes behind what is there. add() says how many of them were written.
  char* room(size_t size) {
    if (size_ + size > capacity_) grow(size_ + size);
    return bytes_.get() + size_;
  }
  void add(size_t written) { size_ += written; }
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    add(bytes.size());
  }

  // Forgets the first `size` bytes; what is left moves to the front.
  void erase_front(size_t size) {
    size_ -= size;
    if (size_ > 0) std::memmove(bytes_.get(), bytes_.get() + size, size_);
  }

  void clear() {
    size_ = 0;
    if (capacity_ <= kKeptBytes) return;
    bytes_.reset();
    capacity_ = 0;
  }

 private:
  static constexpr size_t kKeptBytes = 32u << 20;

  void grow(size_t size) {
    const size_t capacity = std::max(size, 2 * capacity_);
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace insight::decode
