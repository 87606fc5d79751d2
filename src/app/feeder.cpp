#include "app/feeder.h"

#include <fmt/format.h>

#include <iostream>

#include "files/counts_reader.h"

namespace insight::app {

void Feeder::feed(const std::vector<files::Input>& inputs, std::string_view format) {
  if (format == "counts")
    feed_counts(inputs);
  else
    feed_events(inputs);
}

void Feeder::on_unreadable(std::string_view path, std::string_view reason) {
  bar_.clear();
  std::cerr << fmt::format("insightd: cannot read {}: {}\n", path, reason);
  ++unreadable_;
}

void Feeder::feed_events(std::vector<files::Input> inputs) {
  files::EventStream stream(std::move(inputs), *this);
  files::Event event;
  while (stream.next(event)) engine_.take(event.call, event.where, event.unique, 1, true);
}

void Feeder::feed_counts(std::vector<files::Input> inputs) {
  files::CountsReader reader(std::move(inputs), *this);
  files::CountRow row;
  uint64_t rows = 0;
  while (reader.next(row)) {
    core::CallEvent event;
    event.api = row.api;
    event.error_code = row.error_code;
    event.time = core::start_of(row.minute);
    event.read_only = row.read_only;
    // Every row stands for calls of its own: rows are numbered, not compared. The multiplier spreads the
    // numbers over the hash space.
    engine_.take(event, reader.where(), ++rows * 0x9E3779B97F4A7C15u, static_cast<uint32_t>(row.count), false);
    if (rows % 65536 == 0) bar_.show(reader.bytes_done(), reader.bytes_total());
  }
}

}  // namespace insight::app
