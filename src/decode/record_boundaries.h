// Finding where records begin and end in damaged JSON, byte by byte.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace insight::decode {

constexpr size_t kNowhere = static_cast<size_t>(-1);

// How far a JSON value reaches.
struct Extent {
  enum class Kind : uint8_t {
    kWhole,       // [begin, end) is one value whose brackets, commas and colons fit
    kBroken,      // they do not fit at `end`
    kUnfinished,  // the text ends first, or the budget does
  };
  Kind kind = Kind::kUnfinished;
  size_t end = 0;
};

// Follows strings and brackets only: UTF-8, numbers, words, escapes and control characters may be damaged, and
// nesting may be as deep as it likes; the value's end is still certain. It is the slow path's counterpart of
// StructuralIndex, at about a nanosecond a byte.
//
// Reading damaged text can look at the same bytes more than once. So that no input makes that costly, all reading
// since begin() has a budget; once it is spent, everything is kUnfinished. Keeps one buffer of a bit a level.
class BoundaryScanner {
 public:
  // Begins a new text and fills the budget for its size.
  void begin(std::string_view text);

  // The extent of the object or array at `position`, within [position, end).
  Extent value(size_t position, size_t end);
  // The extent of what is left of an object whose last value ended just before `position`.
  Extent rest_of_object(size_t position, size_t end);
  // Where the brackets opened at `position` are all closed, whatever stands between them; kNowhere if they are not.
  size_t balanced_end(size_t position, size_t end);

  // Takes the cost of reading `bytes` again from the budget; false if it is spent.
  bool spend(size_t bytes);

 private:
  enum class Expect : uint8_t { kKeyOrClose, kKey, kColon, kValueOrClose, kValue, kSeparator };

  Extent scan(size_t position, size_t end, Expect expect);
  // Moves past the string at `position`; kNowhere if it does not end.
  size_t skip_string(size_t position, size_t end) const;
  void push(bool object);
  bool top() const { return (open_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0; }

  std::string_view text_;
  size_t budget_ = 0;
  size_t depth_ = 0;
  std::vector<uint64_t> open_;   // one bit a level: 1 for an object
};

// The position of the first byte from `position` on that is no white space; `end` if there is none.
size_t skip_space(std::string_view text, size_t position, size_t end);

// Whether the '{' at `position` stands where a record of a list or a document can begin, and a field name follows
// it: behind '}', ',' or '[', at the beginning of a line, or, with the field that CloudTrail's records begin with,
// anywhere but as a field's value (the record before may have lost its end).
bool is_boundary(std::string_view text, size_t begin, size_t position);
// Whether the first field of the object at `position` is eventVersion.
bool begins_with_version(std::string_view text, size_t position);

// The first boundary in [position, end), or kNowhere.
size_t next_boundary(std::string_view text, size_t begin, size_t position, size_t end);
// The last boundary in (position, end), or kNowhere.
size_t last_boundary(std::string_view text, size_t position, size_t end);

// Whether what follows a value that ended before `position` shows that it ended too early: another field.
bool is_followed_by_field(std::string_view text, size_t position, size_t end);

}  // namespace insight::decode
