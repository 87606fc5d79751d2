// Bytes to CallEvents: every envelope that CloudTrail records arrive in, recognised by itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/call_event.h"
#include "core/drop_reason.h"

namespace insight::decode {

// The place of a record inside the bytes handed to decode().
struct RecordIndex {
  uint32_t index = 0;   // 0-based, counting good and bad records
  uint32_t line = 0;    // 1-based for newline-delimited input, else 0
};

// Receives what a Decoder finds, in the order of the bytes.
class EventSink {
 public:
  virtual ~EventSink() = default;
  // One audit event. `event` and its strings are valid during the call only.
  virtual void on_event(const core::CallEvent& event, RecordIndex at) = 0;
  // One record that cannot be read. `raw` is what could be cut out of it (for a dead letter); may be empty.
  virtual void on_error(core::DropReason reason, RecordIndex at, std::string_view raw) = 0;
};

// Every limit bounds what a hostile input can cost. Bytes, unless said otherwise.
struct Limits {
  size_t document_bytes_max = 256u << 20;  // one message or file, after decompression
  size_t record_bytes_max = 1u << 20;      // one record (AWS: 256 KB)
  int depth_max = 64;                      // nesting of a record, levels
};

// Turns messages or whole files into CallEvents. Holds its buffers and reuses them: no allocation per
// event in the steady state. Not thread-safe: one per thread. Stateless between calls.
class Decoder {
 public:
  explicit Decoder(Limits limits = {});
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Decodes one message or file: plain, gzip or zstd (by their magic numbers), in any of the envelopes of
  // docs/inputs.md. Calls `sink` once per record. Bytes without any record (empty, white space, a
  // CloudWatch control message) call nothing. A document that is no audit input at all counts as one bad record.
  void decode(std::string_view bytes, EventSink& sink);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace insight::decode
