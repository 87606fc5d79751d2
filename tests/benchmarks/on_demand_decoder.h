// What decoding is measured against: the same extraction with simdjson's on-demand front end.
#pragma once

#include <memory>
#include <string_view>

#include "core/call_event.h"

namespace insight::benchmarks {

// Reads good records only: no envelope but the log file's, no damage, no limits, no coordinates, and none of the rare
// fields (addendum, responseElements, insightDetails, onBehalfOf). What it reads, it reads as the engine does.
class OnDemandDecoder {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void on_event(const core::CallEvent& event) = 0;
  };

  virtual ~OnDemandDecoder() = default;
  // One record. It is copied to a padded buffer, as the payload of a message has to be. False: it cannot be read.
  virtual bool read_message(std::string_view record, Sink& sink) = 0;
  // {"Records":[…]}, in a buffer with simdjson's padding behind `size`.
  virtual bool read_log_file(const char* text, size_t size, size_t capacity, Sink& sink) = 0;
};

// The on-demand front end picks its implementation when it is compiled: `native_…` for the machine it is built on,
// `portable_…` for any machine of its kind, which is what a package has to be built for. With `proves`, every value
// that is passed over is walked too, so that as much is known of it as after decode::Decoder.
std::unique_ptr<OnDemandDecoder> native_on_demand_decoder(bool proves);
std::unique_ptr<OnDemandDecoder> portable_on_demand_decoder(bool proves);

}  // namespace insight::benchmarks
