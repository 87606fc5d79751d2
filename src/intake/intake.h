// The stage before the shuffle: messages in, batches of calls out. It keeps nothing but what is not sent yet.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/call_event.h"
#include "core/coordinates.h"
#include "core/drop_reason.h"
#include "decode/decoder.h"
#include "progress/reading.h"
#include "route/router.h"
#include "select/selector.h"

namespace insight::intake {

// What was read. The unit is an audit event; a message that cannot be read is one. Monotonic.
struct Counters {
  uint64_t received = 0;
  uint64_t routed = 0;        // handed to a batch; counted as processed or dropped where it is counted
  uint64_t unselected = 0;    // processed: not for any series
  uint64_t bytes = 0;
  core::DropCounts dropped{};
};

// One message of an input topic. Borrowed.
struct Message {
  std::string_view topic;
  uint32_t origin = 0;        // from Reading::origin()
  int32_t partition = 0;
  int64_t offset = 0;
  std::optional<core::Timestamp> kafka_time;
  std::string_view payload;
};

// Called when the batch of a calls partition has reached its size while a message is being read: one message
// can hold many thousand events. It is expected to send() that partition.
using FullBatchHandler = std::function<void(uint32_t partition)>;

// Called for each record that cannot be read; `raw` may be empty.
using BadRecordHandler =
    std::function<void(core::DropReason reason, const core::Coordinates& where, std::string_view raw)>;

// Decode, select, route. The clock is an argument: an event more than five minutes ahead of it is dropped.
// Single-threaded.
class Intake : private decode::EventSink {
 public:
  static constexpr core::Duration kFutureMax = std::chrono::minutes(5);
  static constexpr size_t kBatchBytesMax = 512 * 1024;

  Intake(select::Selector selector, uint32_t calls_partitions, decode::Limits limits, BadRecordHandler on_bad_record);

  // Empty: batches grow without bound (replay sends once a minute of event time).
  void on_full_batch(FullBatchHandler handler) { on_full_batch_ = std::move(handler); }

  // From the next event on, these rules decide what counts.
  void select(select::Selector selector) { selector_ = std::move(selector); }

  // Reads one message. `clock`: nullopt: nothing is in the future (replay).
  void read(const Message& message, std::optional<core::Timestamp> clock);
  // Takes one event that was decoded elsewhere.
  struct Decoded {
    const core::CallEvent& event;
    core::Coordinates where;
    uint32_t origin = 0;
    uint64_t id = 0;              // its identity if it has no event id
    uint32_t weight = 1;          // calls that it stands for
    bool attributed = true;       // false: pre-aggregated history
  };
  void take(const Decoded& decoded, std::optional<core::Timestamp> kafka_time, std::optional<core::Timestamp> clock);
  void count_bad(core::DropReason reason, const core::Coordinates& where, std::string_view raw);

  progress::Reading& reading() { return reading_; }
  const progress::Reading& reading() const { return reading_; }
  route::Router& router() { return router_; }
  const Counters& counters() const { return counters_; }

  // The batch of a calls partition with all that was read so far, ready to be sent; then forgets its rows.
  template <typename F>
  void send(uint32_t partition, F&& deliver) {
    route::BatchBuilder& builder = router_.builder(partition);
    builder.batch().calls_partitions = router_.partitions();
    reading_.write_to(builder.batch());
    deliver(static_cast<const core::Batch&>(builder.batch()));
    builder.clear();
  }

 private:
  void on_event(const core::CallEvent& event, decode::RecordIndex at) override;
  void on_error(core::DropReason reason, decode::RecordIndex at, std::string_view raw) override;

  select::Selector selector_;
  route::Router router_;
  progress::Reading reading_;
  decode::Decoder decoder_;
  BadRecordHandler on_bad_record_;
  FullBatchHandler on_full_batch_;
  Counters counters_;
  const Message* message_ = nullptr;                 // being read
  std::optional<core::Timestamp> clock_;
};

}  // namespace insight::intake
