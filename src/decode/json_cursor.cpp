#include "decode/json_cursor.h"

#include <algorithm>

namespace insight::decode {

bool Cursor::advance_to(size_t position) {
  // Nearly always the position is this one, or the next, behind a comma.
  if (at_ < last_ && *at_ < position) ++at_;
  if (at_ < last_ && *at_ < position) at_ = std::lower_bound(at_, last_, position);
  if (next_backslash_ < position) next_backslash_ = find_backslash(position);
  return at_ < last_ && *at_ == position;
}

// A string that ends behind the next backslash holds it: whatever lies before the string has been passed.
bool Cursor::pass_escapes(size_t first, size_t end, bool check) {
  if (next_backslash_ < first) return false;   // a backslash outside strings
  next_backslash_ = find_backslash(end);
  return !check || has_valid_escapes({text_ + first, end - first});
}

// The open containers are one bit each, 1 for an object, the innermost lowest.
ReadStatus Cursor::skip_container() {
  uint64_t objects = 0;
  int open = 0;
  const int room = depth_max_ - depth_;
  for (;;) {
    const char c = peek();
    if (c == '{' || c == '[') {
      if (open == room) return ReadStatus::kTooDeep;
      ++open;
      objects = objects << 1 | (c == '{' ? 1u : 0u);
      ++at_;
      if (peek() != (c == '{' ? '}' : ']')) {
        JsonText key;
        if (c == '{')
          if (const ReadStatus status = read_key(key); status != ReadStatus::kOk) return status;
        continue;
      }
    } else if (const ReadStatus status = skip_value(); status != ReadStatus::kOk) {
      return status;
    }
    // A value ends here, and with it perhaps containers around it.
    for (;;) {
      const bool in_object = (objects & 1) != 0;
      const char next = peek();
      if (next == ',') {
        ++at_;
        JsonText key;
        if (in_object)
          if (const ReadStatus status = read_key(key); status != ReadStatus::kOk) return status;
        break;
      }
      if (next != (in_object ? '}' : ']')) return broken();
      ++at_;
      objects >>= 1;
      if (--open == 0) return ReadStatus::kOk;
    }
  }
}

}  // namespace insight::decode
