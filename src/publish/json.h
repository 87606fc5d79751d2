// Writing JSON by hand, in a fixed key order, on one line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "publish/utf8.h"

namespace insight::publish {

// Appends `value` as a JSON string with its quotes. Only what JSON demands is escaped; a byte that is not
// part of well-formed UTF-8 becomes U+FFFD, so the output is UTF-8 whatever the input is.
void append_json_string(std::string& out, std::string_view value);

// Appends the shortest decimal that reads back as the same double: whole numbers without a point, and
// an exponent only below 1e-6 or from 1e21 on. Aborts if `value` is not finite: no record may hold that.
void append_json_number(std::string& out, double value);

// Writes objects and arrays into a string that it borrows. It places the commas; that begin and end match
// is the caller's business. Not thread-safe.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  // The next value belongs to this key.
  JsonWriter& key(std::string_view name);

  JsonWriter& text(std::string_view value);
  JsonWriter& number(double value);
  JsonWriter& integer(int64_t value);
  JsonWriter& boolean(bool value);

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace insight::publish
