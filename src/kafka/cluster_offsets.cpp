// Offsets asked of the cluster: ends of partitions, deletion.
#include <map>

#include "kafka/admin_call.h"
#include "kafka/librdkafka_admin.h"

namespace insight::kafka {
namespace {

using Offsets = std::map<TopicPartition, int64_t>;

// One end (rd_kafka_OffsetSpec_t) of every partition.
Result<Offsets> list_offsets(rd_kafka_t* handle, const std::vector<TopicPartition>& partitions,
                             rd_kafka_OffsetSpec_t end, Isolation isolation, Milliseconds timeout) {
  const PartitionList list = to_list(partitions);
  for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = end;
  const AdminCall call(handle, RD_KAFKA_ADMIN_OP_LISTOFFSETS, timeout);
  const auto level = isolation == Isolation::kReadCommitted ? RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED
                                                            : RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED;
  if (Error error = make_error(rd_kafka_AdminOptions_set_isolation_level(call.options(), level))) return {{}, error};
  const AdminReply reply =
      call.run([&](auto* options, auto* queue) { rd_kafka_ListOffsets(handle, list.get(), options, queue); });
  if (reply.error) return {{}, reply.error};

  size_t count = 0;
  const auto** infos = rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(reply.event.get()), &count);
  Offsets offsets;
  for (size_t i = 0; i < count; ++i) {
    const auto* at = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    if (at->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return {{},
              make_error(at->err, std::string(at->topic) + "[" + std::to_string(at->partition) +
                                      "]: " + rd_kafka_err2str(at->err))};
    }
    // A leader that could not be asked leaves no error, only the value that the library had put there before.
    if (at->offset < 0) {
      return {{},
              make_error(RD_KAFKA_RESP_ERR__TRANSPORT, std::string(at->topic) + "[" + std::to_string(at->partition) +
                                                           "]: its leader did not answer")};
    }
    offsets[{at->topic, at->partition}] = at->offset;
  }
  return {std::move(offsets), {}};
}

}  // namespace

Result<std::vector<Watermarks>> LibrdkafkaAdmin::watermarks(const std::vector<TopicPartition>& partitions,
                                                            Isolation isolation, Milliseconds timeout) {
  if (partitions.empty()) return {std::vector<Watermarks>{}, {}};
  Result<Offsets> low = list_offsets(handle_, partitions, RD_KAFKA_OFFSET_SPEC_EARLIEST, isolation, timeout);
  note(low.error);
  if (!low) return {{}, std::move(low.error)};
  Result<Offsets> high = list_offsets(handle_, partitions, RD_KAFKA_OFFSET_SPEC_LATEST, isolation, timeout);
  note(high.error);
  if (!high) return {{}, std::move(high.error)};

  std::vector<Watermarks> found;
  for (const TopicPartition& at : partitions) {
    if (!low->contains(at) || !high->contains(at)) return {{}, make_error(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)};
    found.push_back({low->at(at), high->at(at)});
  }
  return {std::move(found), {}};
}

Error LibrdkafkaAdmin::delete_records(const std::vector<TopicPartitionOffset>& before, Milliseconds timeout) {
  const PartitionList list = to_list(before);
  std::unique_ptr<rd_kafka_DeleteRecords_t, decltype(&rd_kafka_DeleteRecords_destroy)> request(
      rd_kafka_DeleteRecords_new(list.get()), &rd_kafka_DeleteRecords_destroy);
  rd_kafka_DeleteRecords_t* requests[] = {request.get()};
  const AdminCall call(handle_, RD_KAFKA_ADMIN_OP_DELETERECORDS, timeout);
  const AdminReply reply =
      call.run([&](auto* options, auto* queue) { rd_kafka_DeleteRecords(handle_, requests, 1, options, queue); });
  note(reply.error);
  if (reply.error) return reply.error;
  return first_error(*rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(reply.event.get())));
}

}  // namespace insight::kafka
