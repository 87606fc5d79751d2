// A sink that keeps what it is told, and words for building inputs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decode/decoder.h"

namespace insight::decode::testing {

struct Event {
  std::string account, region, source, name, id, error, principal, agent, resource, address, time;
  core::Category category = core::Category::kManagement;
  bool read_only = false;
  RecordIndex at;
};

struct Error {
  core::DropReason reason;
  RecordIndex at;
  std::string raw;
};

class Collect final : public EventSink {
 public:
  void on_event(const core::CallEvent& e, RecordIndex at) override {
    const auto own = [](std::string_view text) { return std::string(text); };
    events.push_back({own(e.api.account), own(e.api.region), own(e.api.source), own(e.api.name), own(e.event_id),
                      own(e.error_code), own(e.principal), own(e.user_agent), own(e.resource), own(e.address),
                      core::to_iso(e.time), e.api.category, e.read_only, at});
  }
  void on_error(core::DropReason reason, RecordIndex at, std::string_view raw) override {
    errors.push_back({reason, at, std::string(raw)});
  }

  std::vector<std::string> ids() const {
    std::vector<std::string> result;
    for (const Event& event : events) result.push_back(event.id);
    return result;
  }
  std::vector<core::DropReason> reasons() const {
    std::vector<core::DropReason> result;
    for (const Error& error : errors) result.push_back(error.reason);
    return result;
  }

  std::vector<Event> events;
  std::vector<Error> errors;
};

inline Collect decoded(std::string_view bytes, Limits limits = {}) {
  Collect sink;
  Decoder(limits).decode(bytes, sink);
  return sink;
}

// A whole record with this id; `more` is added at its end, such as `,"errorCode":"X"`.
std::string record(std::string_view id, std::string_view more = {});
// `{"Records":[…]}`.
std::string log_file(const std::vector<std::string>& records);
// `text` as a JSON string, with quotes.
std::string json_string(std::string_view text);
std::string gzip(std::string_view text);
std::string zstd(std::string_view text);

}  // namespace insight::decode::testing
