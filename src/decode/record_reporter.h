// Counting and handing on what is found: the only place that calls the sink.
#pragma once

#include <optional>
#include <string_view>

#include "decode/cloudtrail_record.h"
#include "decode/decoder.h"

namespace insight::decode {

// Numbers records in the order in which they are found, and turns each into exactly one call of the sink.
class RecordReporter {
 public:
  // Begins an input. With `cut_reason`, the input is known to be cut short: wherever reading meets its end inside a
  // record, that is the reason, and finish() reports it if nothing did.
  void begin(EventSink& sink, size_t record_bytes_max, std::optional<core::DropReason> cut_reason) {
    sink_ = &sink;
    raw_max_ = record_bytes_max;
    cut_reason_ = cut_reason;
    at_ = {};
  }

  void set_line(uint32_t line) { at_.line = line; }

  // A record that was read whole.
  void record(CloudTrailRecord& record, std::string_view raw) {
    core::CallEvent event;
    if (const auto reason = record.finish(event)) return error(*reason, raw);
    sink_->on_event(event, at_);
    ++at_.index;
  }

  void error(core::DropReason reason, std::string_view raw) {
    sink_->on_error(reason, at_, raw.substr(0, raw_max_));
    ++at_.index;
  }

  // The input ends inside a record.
  void cut_off(std::string_view raw) {
    error(cut_reason_.value_or(core::DropReason::kTruncated), raw);
    cut_reason_.reset();
  }

  void finish(std::string_view raw) {
    if (cut_reason_) cut_off(raw);
  }

 private:
  EventSink* sink_ = nullptr;
  size_t raw_max_ = 0;
  std::optional<core::DropReason> cut_reason_;
  RecordIndex at_;
};

}  // namespace insight::decode
