#include "intake/intake.h"

#include <utility>

namespace insight::intake {

using core::Coordinates;
using core::DropReason;

Intake::Intake(select::Selector selector, uint32_t calls_partitions, decode::Limits limits,
               BadRecordHandler on_bad_record)
    : selector_(std::move(selector)),
      router_(calls_partitions),
      decoder_(limits),
      on_bad_record_(std::move(on_bad_record)) {}

void Intake::read(const Message& message, std::optional<core::Timestamp> clock) {
  message_ = &message;
  clock_ = clock;
  counters_.bytes += message.payload.size();
  decoder_.decode(message.payload, *this);
  reading_.on_offset(message.origin, message.offset + 1);
  message_ = nullptr;
}

void Intake::on_event(const core::CallEvent& event, decode::RecordIndex at) {
  const Message& m = *message_;
  const uint64_t id = event.event_id.empty() ? route::call_id(m.topic, m.partition, m.offset, at.index) : 0;
  take({event, {m.topic, m.partition, m.offset, at.index, at.line}, m.origin, id}, m.kafka_time, clock_);
}

void Intake::on_error(DropReason reason, decode::RecordIndex at, std::string_view raw) {
  count_bad(reason, {message_->topic, message_->partition, message_->offset, at.index, at.line}, raw);
}

void Intake::count_bad(DropReason reason, const Coordinates& where, std::string_view raw) {
  ++counters_.received;
  ++counters_.dropped[static_cast<size_t>(reason)];
  if (on_bad_record_) on_bad_record_(reason, where, raw);
}

void Intake::take(const Decoded& decoded, std::optional<core::Timestamp> kafka_time,
                  std::optional<core::Timestamp> clock) {
  const core::CallEvent& event = decoded.event;
  if (clock && event.time > *clock + kFutureMax) return count_bad(DropReason::kFuture, decoded.where, {});
  counters_.received += decoded.weight;
  reading_.on_event(decoded.origin, event.time, kafka_time, clock.value_or(core::Timestamp::max()));
  core::Selection selection = selector_.select(event);
  if (!selection.any()) {
    counters_.unselected += decoded.weight;
    return;
  }
  selection.attributed = decoded.attributed;
  counters_.routed += decoded.weight;
  core::Row row;
  row.id = event.event_id.empty() ? decoded.id : route::call_id(event);
  row.origin = decoded.origin;
  row.offset = decoded.where.offset;
  row.minute = core::minute_of(event.time);
  row.weight = decoded.weight;
  const uint32_t partition = router_.add(event, selection, row);
  if (on_full_batch_ && router_.builder(partition).size_bytes() >= kBatchBytesMax) on_full_batch_(partition);
}

}  // namespace insight::intake
