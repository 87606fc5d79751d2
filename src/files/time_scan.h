// The earliest event time of a text, without decoding it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace insight::files {

// Looks through text given in parts for the values of "eventTime", also inside JSON strings. Finds times that are
// no event's too (in a request's parameters): its answer is never later than the first event. Keeps a few bytes.
class TimeScan {
 public:
  void add(std::string_view part);
  std::optional<core::Timestamp> earliest() const { return earliest_; }

 private:
  void scan(std::string_view text, size_t end);

  std::string tail_;    // end of the last part: a key or value may go on
  std::optional<core::Timestamp> earliest_;
};

}  // namespace insight::files
