#include "files/counts_row.h"

#include <array>
#include <charconv>

#include "core/call_event.h"

namespace insight::files {
namespace {

constexpr size_t kFields = 8;
using Fields = std::array<std::string_view, kFields>;

// From 1971 into the year 3998: minutes around them can be computed without overflow.
constexpr int32_t kMinuteMin = 525'600;
constexpr int32_t kMinuteMax = 1'067'000'000;
constexpr uint64_t kCountMax = UINT32_MAX;

bool split_plain(std::string_view line, Fields& fields) {
  for (size_t i = 0; i + 1 < kFields; ++i) {
    const size_t comma = line.find(',');
    if (comma == std::string_view::npos) return false;
    fields[i] = line.substr(0, comma);
    line.remove_prefix(comma + 1);
  }
  fields[kFields - 1] = line;
  return line.find(',') == std::string_view::npos;
}

// Reads a quoted field at the front of `line` into `out`, doubled quotes as one.
bool take_quoted(std::string_view& line, std::string& out) {
  for (size_t i = 1; i < line.size(); ++i) {
    if (line[i] != '"') {
      out += line[i];
    } else if (i + 1 < line.size() && line[i + 1] == '"') {
      out += line[i++];
    } else {
      line.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool split_quoted(std::string_view line, std::string& scratch, Fields& fields) {
  scratch.clear();
  scratch.reserve(line.size());  // fields point into it: it must not move
  for (size_t i = 0; i < kFields; ++i) {
    const size_t begin = scratch.size();
    if (line.starts_with('"')) {
      if (!take_quoted(line, scratch)) return false;
    } else {
      const std::string_view plain = line.substr(0, line.find(','));
      if (plain.find('"') != std::string_view::npos) return false;
      scratch += plain;
      line.remove_prefix(plain.size());
    }
    fields[i] = std::string_view(scratch).substr(begin);
    const bool last = i + 1 == kFields;
    if (last != line.empty() || (!last && line.front() != ',')) return false;
    if (!last) line.remove_prefix(1);
  }
  return true;
}

template <typename Number>
bool read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_name(std::string_view text) { return !text.empty() && text.size() <= core::kNameLengthMax; }

}  // namespace

bool parse_count_row(std::string_view line, std::string& scratch, CountRow& row) {
  Fields fields;
  const bool quoted = line.find('"') != std::string_view::npos;
  if (!(quoted ? split_quoted(line, scratch, fields) : split_plain(line, fields))) return false;
  const auto& [minute, account, region, source, name, read_only, error_code, count] = fields;
  if (!read_number(minute, row.minute.value) || row.minute.value < kMinuteMin || row.minute.value > kMinuteMax)
    return false;
  if (!is_name(account) || !is_name(region) || !is_name(source) || !is_name(name)) return false;
  if (error_code.size() > core::kNameLengthMax) return false;
  if (read_only != "true" && read_only != "false") return false;
  if (!read_number(count, row.count) || row.count == 0 || row.count > kCountMax) return false;
  row.api = {account, region, source, name, core::Category::kManagement};
  row.read_only = read_only == "true";
  row.error_code = error_code;
  return true;
}

}  // namespace insight::files
