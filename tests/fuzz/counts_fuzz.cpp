// Any bytes as a file of counts: every row is within its limits and on a line of its own.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/call_event.h"
#include "files/counts_reader.h"
#include "files/counts_row.h"
#include "input_file.h"

namespace {

using namespace insight;

void require(bool holds) {
  if (!holds) std::abort();
}

class Errors final : public files::StreamListener {
 public:
  void on_error(core::DropReason, const core::Coordinates& where) override {
    require(where.line > last_line);
    last_line = where.line;
  }
  void on_unreadable(std::string_view, std::string_view) override { std::abort(); }
  uint32_t last_line = 0;
};

void check(const files::CountRow& row) {
  require(row.count > 0 && row.count <= UINT32_MAX);
  require(row.minute.value > 0 && row.minute.value < core::kMinuteMax);
  for (const std::string_view name : {row.api.account, row.api.region, row.api.source, row.api.name})
    require(!name.empty() && name.size() <= core::kNameLengthMax);
  require(row.error_code.size() <= core::kNameLengthMax);
}

void read(const std::string& path, Errors& errors) {
  files::CountsReader reader({{path, 0, false, {}}}, errors);
  uint32_t last_line = 1;
  for (files::CountRow row; reader.next(row);) {
    check(row);
    require(reader.where().line > last_line);
    last_line = reader.where().line;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  // A row alone, in memory of its own size, so that a sanitizer sees a byte read past the end.
  const std::vector<char> exact(input.begin(), input.end());
  std::string scratch;
  if (files::CountRow row; files::parse_count_row({exact.data(), exact.size()}, scratch, row)) check(row);

  // Opening a file costs more than reading it: once, with the header unless the input brings one.
  Errors errors;
  const bool has_header = input.starts_with("minute") || input.starts_with("\x1f\x8b");
  read(fuzz::path_of(has_header ? std::string(input) : std::string(files::kCountsHeader) + "\n" + std::string(input)),
       errors);
  return 0;
}
