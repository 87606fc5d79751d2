#include "kafka/enqueue.h"

#include <string>
#include <vector>

namespace insight::kafka {
namespace {

rd_kafka_vu_t field(rd_kafka_vtype_t type) {
  rd_kafka_vu_t value{};
  value.vtype = type;
  return value;
}

void* unconst(std::string_view bytes) { return const_cast<char*>(bytes.data()); }

}  // namespace

Error enqueue(rd_kafka_t* handle, const Record& record, uint64_t tag) {
  const std::string topic(record.topic);  // the library wants an ending zero
  std::vector<std::string> names;
  names.reserve(record.headers.size());

  std::vector<rd_kafka_vu_t> fields;
  fields.reserve(7 + record.headers.size());
  fields.push_back(field(RD_KAFKA_VTYPE_TOPIC));
  fields.back().u.cstr = topic.c_str();
  fields.push_back(field(RD_KAFKA_VTYPE_PARTITION));
  fields.back().u.i32 = record.partition < 0 ? RD_KAFKA_PARTITION_UA : record.partition;
  fields.push_back(field(RD_KAFKA_VTYPE_MSGFLAGS));
  fields.back().u.i = RD_KAFKA_MSG_F_COPY;
  fields.push_back(field(RD_KAFKA_VTYPE_OPAQUE));
  fields.back().u.ptr = reinterpret_cast<void*>(static_cast<uintptr_t>(tag));
  if (record.timestamp_ms != 0) {
    fields.push_back(field(RD_KAFKA_VTYPE_TIMESTAMP));
    fields.back().u.i64 = record.timestamp_ms;
  }
  if (!record.key.empty()) {
    fields.push_back(field(RD_KAFKA_VTYPE_KEY));
    fields.back().u.mem = {unconst(record.key), record.key.size()};
  }
  if (record.payload) {
    // An empty payload must not look like a tombstone: it needs an address.
    fields.push_back(field(RD_KAFKA_VTYPE_VALUE));
    fields.back().u.mem = {unconst(record.payload->data() == nullptr ? std::string_view("") : *record.payload),
                           record.payload->size()};
  }
  for (const auto& [name, value] : record.headers) {
    names.emplace_back(name);
    fields.push_back(field(RD_KAFKA_VTYPE_HEADER));
    fields.back().u.header = {names.back().c_str(), value.data(), static_cast<ssize_t>(value.size())};
  }
  Error error = make_error(rd_kafka_produceva(handle, fields.data(), fields.size()));
  if (error.code == RD_KAFKA_RESP_ERR__FATAL) {
    return make_client_error(handle, RD_KAFKA_RESP_ERR__FATAL, error.text.c_str());
  }
  return error;
}

void drop_and_destroy(rd_kafka_t* handle) {
  if (handle == nullptr) return;
  rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  rd_kafka_destroy(handle);
}

}  // namespace insight::kafka
