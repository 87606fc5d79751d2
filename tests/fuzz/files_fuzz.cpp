// Any bytes as a log file of a replay, and as its name: the events come in order of time, and reading again says
// the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "files/catalog.h"
#include "files/event_stream.h"
#include "files/time_scan.h"
#include "input_file.h"

namespace {

using namespace insight;

class Errors final : public files::StreamListener {
 public:
  void on_error(core::DropReason reason, const core::Coordinates& where) override {
    all += std::string(core::to_string(reason)) + ' ' + std::to_string(where.line) + ' ' + std::to_string(where.index);
  }
  void on_unreadable(std::string_view, std::string_view) override { std::abort(); }
  std::string all;
};

// What a replay reads of the file: the events, then the errors.
std::string read(const std::string& path, size_t bytes) {
  Errors errors;
  files::EventStream stream({{path, bytes, false, {}}}, errors);
  std::string all;
  core::Timestamp last = core::Timestamp::min();
  for (files::Event event; stream.next(event);) {
    if (event.call.time < last) std::abort();
    last = event.call.time;
    all += std::string(event.call.event_id) + ' ' + std::to_string(event.where.line) + ' ' +
           std::to_string(event.where.index) + ' ' + std::to_string(event.unique) + '\n';
  }
  return all + errors.all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  static_cast<void>(files::delivery_time(input));
  static_cast<void>(files::delivery_time("1_CloudTrail_eu-west-1_" + std::string(input)));

  files::TimeScan scan;
  scan.add(input.substr(0, size / 2));
  scan.add(input.substr(size / 2));

  const std::string first = read(fuzz::path_of(input), size);
  if (read(fuzz::path_of(input), size) != first) std::abort();
  return 0;
}
