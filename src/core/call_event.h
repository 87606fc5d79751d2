// One audited call, as every stage after decode sees it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/api_key.h"
#include "core/time.h"

namespace insight::core {

// An audit event reduced to what the engine counts. The strings are borrowed from the decoder: valid
// until its next call. An empty string means that the record has no such value.
struct CallEvent {
  ApiKeyView api;
  Timestamp time;                  // when the request completed
  std::string_view event_id;       // unique id of the call; for a re-sent record (UPDATED_DATA) the original's
  std::string_view error_code;     // empty: the call succeeded
  std::string_view principal;      // role-level ARN, or its fall-backs (insight-record.md)
  std::string_view user_agent;
  std::string_view resource;       // ARN of the first resource
  std::string_view address;        // source IP address
  bool read_only = false;
};

// The strings of an event's signature: everything of it but when and which.
inline std::array<std::string_view, 9> signature_texts(const CallEvent& event) {
  return {event.api.account, event.api.region, event.api.source, event.api.name, event.error_code,
          event.principal,   event.user_agent, event.resource,   event.address};
}
// 64-bit hash of those strings, the category and `read_only`. Part of no format.
uint64_t signature_hash(const CallEvent& event);

// Which insight types a call counts for. Neither: the event is not selected.
struct Selection {
  bool call_rate = false;
  bool error_rate = false;
  bool attributed = true;    // false: pre-aggregated history, which knows no principals

  bool any() const { return call_rate || error_rate; }
  uint8_t bits() const {
    return static_cast<uint8_t>((call_rate ? 1 : 0) | (error_rate ? 2 : 0) | (attributed ? 4 : 0));
  }
  static Selection from_bits(uint8_t bits) { return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0}; }
  bool operator==(const Selection&) const = default;
};

// Longest strings kept of an event; longer ones are cut there (a hostile record must not cost memory).
// In bytes; a cut never splits a UTF-8 sequence.
constexpr size_t kNameLengthMax = 256;       // account, region, source, name, error code, event id
constexpr size_t kAttributeLengthMax = 1024; // principal, user agent, resource, address

}  // namespace insight::core
