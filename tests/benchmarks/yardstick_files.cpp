// The bare loop over log files that `insightd replay` is measured against: walk the folders, decompress, parse on
// demand, count in one hash map.
//
// usage: yardstick_files FOLDER...
#include <cstdio>
#include <exception>

#include "tests/benchmarks/bare_count.h"
#include "tests/benchmarks/log_files.h"
#include "tests/benchmarks/process_usage.h"

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER...\n", argv[0]);
    return 2;
  }
  insight::yardstick::BareCount count;
  simdjson::ondemand::parser parser;
  std::string raw;
  std::string text;
  uint64_t bytes = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& path : insight::yardstick::log_files(argv[i])) {
      insight::yardstick::read_log_file(path, raw, text);
      bytes += text.size();
      text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
      auto document = parser.iterate(text);
      for (simdjson::ondemand::object record : document["Records"]) count.record(record);
    }
  }
  insight::yardstick::report(count.records(), bytes, count.keys(), count.checksum());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "yardstick_files: %s\n", error.what());
  return 1;
}
