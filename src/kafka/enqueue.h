// Private to src/kafka: hands one record to librdkafka.
#pragma once

#include "kafka/handle.h"
#include "kafka/producer.h"

namespace insight::kafka {

// Copies `record` into the client's queue; `tag` comes back in its delivery report.
Error enqueue(rd_kafka_t* handle, const Record& record, uint64_t tag);

// Ends a producer's handle without waiting for what is queued or in flight.
void drop_and_destroy(rd_kafka_t* handle);

inline uint64_t tag_of(const rd_kafka_message_t& message) { return reinterpret_cast<uintptr_t>(message._private); }

}  // namespace insight::kafka
