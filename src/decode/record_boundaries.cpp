#include "decode/record_boundaries.h"

#include <algorithm>

#include "decode/json_text.h"

namespace insight::decode {
namespace {

constexpr size_t kBudgetPerByte = 4;
constexpr size_t kBudgetMin = 16u << 20;

bool ends_word(char c) {
  switch (c) {
    case '"':
    case '{':
    case '}':
    case '[':
    case ']':
    case ':':
    case ',': return true;
    default: return is_space(c);
  }
}

}  // namespace

void BoundaryScanner::begin(std::string_view text) {
  text_ = text;
  budget_ = kBudgetMin + kBudgetPerByte * text.size();
}

Extent BoundaryScanner::value(size_t position, size_t end) {
  depth_ = 0;
  const bool object = text_[position] == '{';
  push(object);
  return scan(position + 1, end, object ? Expect::kKeyOrClose : Expect::kValueOrClose);
}

Extent BoundaryScanner::rest_of_object(size_t position, size_t end) {
  depth_ = 0;
  push(true);
  return scan(position, end, Expect::kSeparator);
}

Extent BoundaryScanner::scan(size_t position, size_t end, Expect expect) {
  using Kind = Extent::Kind;
  const auto takes_value = [&] { return expect == Expect::kValue || expect == Expect::kValueOrClose; };
  for (size_t at = position;; ++at) {
    if (!spend(at - position + 1)) return {Kind::kUnfinished, at};
    position = at;
    at = skip_space(text_, at, end);
    if (at >= end) return {Kind::kUnfinished, end};
    const char c = text_[at];
    switch (c) {
      case '"': {
        const bool key = expect == Expect::kKey || expect == Expect::kKeyOrClose;
        if (!key && !takes_value()) return {Kind::kBroken, at};
        const size_t closed = skip_string(at, end);
        if (closed == kNowhere) return {Kind::kUnfinished, end};
        at = closed - 1;
        expect = key ? Expect::kColon : Expect::kSeparator;
        break;
      }
      case '{':
      case '[':
        if (!takes_value()) return {Kind::kBroken, at};
        push(c == '{');
        expect = c == '{' ? Expect::kKeyOrClose : Expect::kValueOrClose;
        break;
      case '}':
      case ']': {
        const bool object = c == '}';
        const Expect empty = object ? Expect::kKeyOrClose : Expect::kValueOrClose;
        if (top() != object || (expect != empty && expect != Expect::kSeparator)) return {Kind::kBroken, at};
        if (--depth_ == 0) return {Kind::kWhole, at + 1};
        expect = Expect::kSeparator;
        break;
      }
      case ':':
        if (expect != Expect::kColon) return {Kind::kBroken, at};
        expect = Expect::kValue;
        break;
      case ',':
        if (expect != Expect::kSeparator) return {Kind::kBroken, at};
        expect = top() ? Expect::kKey : Expect::kValue;
        break;
      default:
        if (!takes_value()) return {Kind::kBroken, at};
        while (at + 1 < end && !ends_word(text_[at + 1])) ++at;
        expect = Expect::kSeparator;
    }
  }
}

size_t BoundaryScanner::balanced_end(size_t position, size_t end) {
  size_t depth = 0;
  size_t at = position;
  for (; at < end; ++at) {
    const char c = text_[at];
    if (c == '"') {
      const size_t closed = skip_string(at, end);
      if (closed == kNowhere) break;
      at = closed - 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return spend(at - position) ? at + 1 : kNowhere;
    }
  }
  spend(at - position);
  return kNowhere;
}

size_t BoundaryScanner::skip_string(size_t position, size_t end) const {
  for (size_t at = position + 1; at < end; ++at) {
    if (text_[at] == '"') return at + 1;
    if (text_[at] == '\\') ++at;
  }
  return kNowhere;
}

bool BoundaryScanner::spend(size_t bytes) {
  const bool enough = budget_ >= bytes;
  budget_ = enough ? budget_ - bytes : 0;
  return enough;
}

void BoundaryScanner::push(bool object) {
  const size_t word = depth_ / 64;
  if (word >= open_.size()) open_.resize(std::max<size_t>(16, word * 2));
  const uint64_t bit = uint64_t{1} << (depth_ % 64);
  open_[word] = object ? open_[word] | bit : open_[word] & ~bit;
  ++depth_;
}

size_t skip_space(std::string_view text, size_t position, size_t end) {
  while (position < end && is_space(text[position])) ++position;
  return position;
}

bool is_boundary(std::string_view text, size_t begin, size_t position) {
  const size_t name = skip_space(text, position + 1, text.size());
  if (name >= text.size() || text[name] != '"') return false;
  size_t before = position;
  if (before > begin && text[before - 1] == '\n') return true;
  while (before > begin && is_space(text[before - 1])) --before;
  if (before == begin) return true;
  const char c = text[before - 1];
  if (c == ':') return false;
  return c == '}' || c == '[' || c == ',' || begins_with_version(text, position);
}

bool begins_with_version(std::string_view text, size_t position) {
  return text.substr(skip_space(text, position + 1, text.size())).starts_with("\"eventVersion\"");
}

size_t next_boundary(std::string_view text, size_t begin, size_t position, size_t end) {
  for (size_t at = text.find('{', position); at < end; at = text.find('{', at + 1))
    if (is_boundary(text, begin, at)) return at;
  return kNowhere;
}

size_t last_boundary(std::string_view text, size_t position, size_t end) {
  for (size_t at = text.rfind('{', end - 1); at != std::string_view::npos && at > position;
       at = text.rfind('{', at - 1))
    if (is_boundary(text, position, at)) return at;
  return kNowhere;
}

bool is_followed_by_field(std::string_view text, size_t position, size_t end) {
  position = skip_space(text, position, end);
  if (position >= end || text[position] != ',') return false;
  position = skip_space(text, position + 1, end);
  if (position >= end || text[position] != '"') return false;
  for (++position; position < end && text[position] != '"'; ++position)
    if (text[position] == '\\') ++position;
  position = skip_space(text, position + 1, end);
  return position < end && text[position] == ':';
}

}  // namespace insight::decode
