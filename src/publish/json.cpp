#include "publish/json.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace insight::publish {
namespace {

// The escape of a character that may not stand in a JSON string as it is.
void append_escape(std::string& out, char32_t code_point) {
  switch (code_point) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u00";
  out += kHex[(code_point >> 4) & 0xf];
  out += kHex[code_point & 0xf];
}

}  // namespace

void append_json_string(std::string& out, std::string_view value) {
  out += '"';
  for (size_t at = 0; at < value.size();) {
    const CodePoint next = next_code_point(value.substr(at));
    if (!next.valid) {
      out += kReplacementCharacter;
    } else if (next.value < 0x20 || next.value == '"' || next.value == '\\') {
      append_escape(out, next.value);
    } else {
      out += value.substr(at, next.size);
    }
    at += next.size;
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    std::fputs("insightd: a number of an Insights record is not finite\n", stderr);
    std::abort();
  }
  if (value == 0) value = 0.0;  // a negative zero reads as zero
  const double magnitude = std::fabs(value);
  const bool plain = magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21);
  char buffer[64];
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr;
  out.append(buffer, end);
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  append_json_string(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  separate();
  append_json_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::integer(int64_t value) {
  separate();
  out_ += std::to_string(value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
  return *this;
}

void JsonWriter::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

}  // namespace insight::publish
