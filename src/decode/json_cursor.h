// Reading one JSON value after the other along a structural index, in one pass.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "decode/json_text.h"
#include "decode/structural_index.h"

namespace insight::decode {

enum class ReadStatus : uint8_t {
  kOk,
  kList,     // stopped at the list of an envelope (read_object's caller asked for it)
  kEnd,      // the text ends inside the value
  kInvalid,  // the grammar is broken
  kTooDeep,  // nested deeper than the limit
  kSwallowed,  // a list inside the record goes on with the next record: the list's end is lost
};

// The deepest nesting a Cursor can follow: it keeps one bit a level.
constexpr int kCursorDepthMax = 64;

// Stands on one structural position of an indexed text and moves forward over whole values. Everything that
// it passes over is proven to be JSON, skipped values too: brackets that match, commas and colons where they belong,
// words, numbers and escapes that exist. Never recurses and never allocates. Borrows text and index.
class Cursor {
 public:
  Cursor() = default;
  // Stands on the first position of `index`, which was built from `text`. `depth_max` is cut to kCursorDepthMax.
  Cursor(std::string_view text, const StructuralIndex& index, int depth_max)
      : text_(text.data()),
        size_(text.size()),
        begin_(index.begin()),
        at_(index.begin()),
        last_(index.end()),
        next_backslash_(0),
        depth_max_(depth_max < kCursorDepthMax ? depth_max : kCursorDepthMax) {
    next_backslash_ = find_backslash(0);
  }

  // The character here; '\0' past the end (and, as JSON has none outside strings, for a NUL byte).
  char peek() const { return at_ < last_ ? text_[*at_] : '\0'; }
  bool at_end() const { return at_ >= last_; }
  // Where the character here is in the text; its length at the end.
  size_t position() const { return at_ < last_ ? *at_ : size_; }
  // The byte after the previous structural position: the end of a value whose last character is a bracket.
  size_t end_of_previous() const { return at_ > begin_ ? size_t{at_[-1]} + 1 : 0; }

  // Moves to the structural position that is `position`; false if there is none here or later.
  bool advance_to(size_t position);

  // Here stands the quote of a string. With `check`, its escapes are proven.
  ReadStatus read_string(JsonText& string, bool check = true);
  // Here stands any value.
  ReadStatus skip_value();
  // Here stands a word or a number; `token` becomes its text.
  ReadStatus read_scalar(std::string_view& token);

  // Here stands '{'. Calls on_field(key) standing on each field's value, which it must move over; another status
  // than kOk stops the reading there.
  template <class OnField>
  ReadStatus read_object(OnField&& on_field) {
    if (depth_ >= depth_max_) return ReadStatus::kTooDeep;
    ++depth_;
    ++at_;
    if (peek() == '}') return close();
    return read_fields(on_field);
  }

  // Goes on with an object whose reading was stopped, standing after the value of the field it was stopped at.
  template <class OnField>
  ReadStatus resume_object(OnField&& on_field) {
    if (peek() == '}') return close();
    if (peek() != ',') return broken();
    ++at_;
    return read_fields(on_field);
  }

  // Here stands '['. Calls on_element() standing on each element, which it must move over.
  template <class OnElement>
  ReadStatus read_array(OnElement&& on_element) {
    if (depth_ >= depth_max_) return ReadStatus::kTooDeep;
    ++depth_;
    ++at_;
    if (peek() == ']') return close();
    for (;;) {
      if (const ReadStatus status = on_element(); status != ReadStatus::kOk) return status;
      const char c = peek();
      if (c == ']') return close();
      if (c != ',') return broken();
      ++at_;
    }
  }

  // Levels open around the value here. A record counts its own levels only, whatever envelope it is in.
  int depth() const { return depth_; }
  void set_depth(int depth) { depth_ = depth; }

 private:
  template <class OnField>
  ReadStatus read_fields(OnField&& on_field) {
    for (;;) {
      JsonText key;
      if (const ReadStatus status = read_key(key); status != ReadStatus::kOk) return status;
      if (const ReadStatus status = on_field(key); status != ReadStatus::kOk) return status;
      const char c = peek();
      if (c == '}') return close();
      if (c != ',') return broken();
      ++at_;
    }
  }

  ReadStatus read_key(JsonText& key) {
    if (peek() != '"') return broken();
    if (const ReadStatus status = read_string(key); status != ReadStatus::kOk) return status;
    if (peek() != ':') return broken();
    ++at_;
    return ReadStatus::kOk;
  }

  ReadStatus close() {
    ++at_;
    --depth_;
    return ReadStatus::kOk;
  }

  // What is not JSON here: the text's end, or a mistake.
  ReadStatus broken() const { return at_end() ? ReadStatus::kEnd : ReadStatus::kInvalid; }

  // The end of the string or word that begins here: the white space before the next position does not belong to it.
  size_t token_end() const {
    size_t end = at_[1];
    while (is_space(text_[end - 1])) --end;
    return end;
  }

  size_t find_backslash(size_t from) const {
    const void* found = from < size_ ? std::memchr(text_ + from, '\\', size_ - from) : nullptr;
    return found ? static_cast<size_t>(static_cast<const char*>(found) - text_) : size_;
  }

  ReadStatus skip_container();
  bool pass_escapes(size_t first, size_t end, bool check);

  const char* text_ = nullptr;
  size_t size_ = 0;
  const uint32_t* begin_ = nullptr;
  const uint32_t* at_ = nullptr;
  const uint32_t* last_ = nullptr;
  size_t next_backslash_ = 0;   // the first backslash that no string so far has held
  int depth_ = 0;
  int depth_max_ = kCursorDepthMax;
};

inline ReadStatus Cursor::read_string(JsonText& string, bool check) {
  const size_t first = size_t{*at_} + 1;
  const size_t end = token_end() - 1;
  if (end < first || text_[end] != '"') return ReadStatus::kInvalid;
  string.data = text_ + first;
  string.size = static_cast<uint32_t>(end - first);
  string.escaped = end > next_backslash_;
  if (string.escaped && !pass_escapes(first, end, check)) return ReadStatus::kInvalid;
  ++at_;
  return ReadStatus::kOk;
}

inline ReadStatus Cursor::read_scalar(std::string_view& token) {
  if (at_end()) return ReadStatus::kEnd;
  token = {text_ + *at_, token_end() - *at_};
  if (!is_scalar(token)) return at_ + 1 == last_ ? ReadStatus::kEnd : ReadStatus::kInvalid;
  ++at_;
  return ReadStatus::kOk;
}

inline ReadStatus Cursor::skip_value() {
  const char c = peek();
  if (c == '"') {
    JsonText unused;
    return read_string(unused);
  }
  if (c == '{' || c == '[') return skip_container();
  std::string_view unused;
  return read_scalar(unused);
}

}  // namespace insight::decode
