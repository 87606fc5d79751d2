// What an intake commit says besides its offset: how far its partition's time has come.
#pragma once

#include <charconv>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "core/time.h"

namespace insight::app {

// The metadata of a committed input offset: `v1 TIME_MS CAUGHT_UP`, TIME_MS `-` before the first event.
struct CommitNote {
  std::optional<core::Timestamp> time;   // the partition's newest event
  bool caught_up = false;                // nothing was left to read: it holds nobody back

  std::string text() const {
    return fmt::format("v1 {} {}", time ? fmt::to_string(time->time_since_epoch().count()) : "-", caught_up ? 1 : 0);
  }

  // Anything else (also of a newer format) says nothing.
  static CommitNote parse(const std::string& text) {
    CommitNote note;
    if (!text.starts_with("v1 ")) return note;
    int64_t ms = 0;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + 3, end, ms);
    if (error == std::errc{}) note.time = core::Timestamp(core::Duration(ms));
    note.caught_up = text.back() == '1' && at != end;
    return note;
  }
};

}  // namespace insight::app
