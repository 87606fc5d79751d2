// The consumer as a member of its group: rebalances, commits, leaving.
#include <algorithm>
#include <thread>
#include <utility>

#include "kafka/deadline.h"
#include "kafka/librdkafka_consumer.h"

namespace insight::kafka {
namespace {

// Whether the broker would check it; without member id or generation it checks nothing.
bool is_checked(const GroupMetadata& metadata) { return !metadata.member.empty() && metadata.generation >= 0; }

Error not_a_member() {
  Error error = make_error(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, "not a member of the group at the moment");
  error.abortable = true;
  return error;
}

}  // namespace

// The order matters. Taken first and served after, the metadata is either older than a loss (then the broker refuses
// it) or younger (then the loss was queued before and has been served). The other way round a loss in between would
// leave metadata that the broker does not check, and tasks that believe they own.
Result<GroupMetadata> LibrdkafkaConsumer::group_metadata() {
  for (;;) {
    const GroupMetadataHandle raw(rd_kafka_consumer_group_metadata(handle_));
    if (!raw) return {{}, not_a_member()};
    const char* member = rd_kafka_consumer_group_metadata_member_id(raw.get());
    GroupMetadata metadata{group_, member == nullptr ? "" : member, instance_,
                           rd_kafka_consumer_group_metadata_generation_id(raw.get())};
    if (serve()) continue;
    if (!is_checked(metadata)) return {{}, not_a_member()};
    return {std::move(metadata), {}};
  }
}

void LibrdkafkaConsumer::handle_rebalance(int code, rd_kafka_topic_partition_list_t* partitions) {
  ++rebalances_;
  health_.note_answer();
  // Null when the client is not told, as after a fatal error: then it is what it was.
  if (const char* protocol = rd_kafka_rebalance_protocol(handle_))
    incremental_ = std::string_view(protocol) == "COOPERATIVE";
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    assign_partitions(partitions, incremental_);
    return;
  }
  if (code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
    const Error error = make_error(static_cast<rd_kafka_resp_err_t>(code));
    health_.note_error(error, false);
    log_line(log_, LogLevel::kError, "rebalance failed: " + to_string(error));
  }
  unassign_partitions(partitions, incremental_);
}

void LibrdkafkaConsumer::assign_partitions(rd_kafka_topic_partition_list_t* partitions, bool incremental) {
  const std::vector<TopicPartition> added = to_partitions(*partitions);
  drop_held(added);
  std::vector<TopicPartition> paused;
  if (handler_ != nullptr && !added.empty()) {
    for (const Assignment& start : handler_->on_assigned(added)) {
      auto* element =
          rd_kafka_topic_partition_list_find(partitions, start.partition.topic.c_str(), start.partition.partition);
      if (element == nullptr) continue;
      element->offset = start.offset;
      if (start.paused) paused.push_back(start.partition);
    }
  }
  // One that went a moment ago would seem to stand where it stood, and what it has left to read to be read.
  for (const Deadline end(kForgetDeadline); any_position(added) && !end.is_over();)
    std::this_thread::sleep_for(Milliseconds(1));
  const Error error = incremental ? make_error(rd_kafka_incremental_assign(handle_, partitions))
                                  : make_error(rd_kafka_assign(handle_, partitions));
  if (error) {
    health_.note_error(error, false);
    log_line(log_, LogLevel::kError, "assigning failed: " + to_string(error));
  }
  // The library remembers a pause beyond the assignment that it was made in: what was paused when it went would come
  // back silent.
  for (const TopicPartition& at : added) {
    if (std::find(paused.begin(), paused.end(), at) == paused.end()) resume({at});
  }
  if (!paused.empty()) pause(paused);
}

void LibrdkafkaConsumer::unassign_partitions(rd_kafka_topic_partition_list_t* partitions, bool incremental) {
  const std::vector<TopicPartition> removed = to_partitions(*partitions);
  if (handler_ != nullptr && !removed.empty()) {
    if (rd_kafka_assignment_lost(handle_) != 0) {
      handler_->on_lost(removed);
    } else {
      handler_->on_revoked(removed);
    }
  }
  drop_held(removed);
  for (const TopicPartition& at : removed) paused_.erase(at);
  const Error error = incremental ? make_error(rd_kafka_incremental_unassign(handle_, partitions))
                                  : make_error(rd_kafka_assign(handle_, nullptr));
  if (error) {
    health_.note_error(error, false);
    log_line(log_, LogLevel::kError, "unassigning failed: " + to_string(error));
  }
}

std::vector<TopicPartition> LibrdkafkaConsumer::assignment() const {
  rd_kafka_topic_partition_list_t* raw = nullptr;
  if (rd_kafka_assignment(handle_, &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const PartitionList list(raw);
  return to_partitions(*list);
}

Error LibrdkafkaConsumer::commit(const std::vector<TopicPartitionOffset>& offsets) {
  const PartitionList list = to_list(offsets);
  const rd_kafka_resp_err_t code = rd_kafka_commit(handle_, list.get(), 0);
  Error error = code == RD_KAFKA_RESP_ERR_NO_ERROR ? first_error(*list) : make_error(code);
  if (!error) health_.note_answer();
  return error;
}

Error LibrdkafkaConsumer::commit_async(const std::vector<TopicPartitionOffset>& offsets) {
  return make_error(rd_kafka_commit(handle_, to_list(offsets).get(), 1));
}

void LibrdkafkaConsumer::set_commit_handler(
    std::function<void(const Error&, const std::vector<TopicPartitionOffset>&)> handler) {
  on_commit_ = std::move(handler);
}

Result<std::vector<TopicPartitionOffset>> LibrdkafkaConsumer::committed(const std::vector<TopicPartition>& partitions,
                                                                        Milliseconds timeout) {
  const PartitionList list = to_list(partitions);
  Error error = make_error(rd_kafka_committed(handle_, list.get(), to_timeout(timeout)));
  if (!error) error = first_error(*list);
  if (error) return {{}, std::move(error)};
  health_.note_answer();
  return {to_offsets(*list), {}};
}

Error LibrdkafkaConsumer::close(Milliseconds deadline) {
  if (handle_ == nullptr) return {};
  for (rd_kafka_message_t* message : held_) rd_kafka_message_destroy(message);
  held_.clear();
  // Closing redirects the consumer's events to a queue of our own, which is served until all is done.
  rd_kafka_queue_destroy(queue_);
  queue_ = rd_kafka_queue_new(handle_);
  Error error = make_error(rd_kafka_consumer_close_queue(handle_, queue_));
  if (!error && !serve_until_closed(handle_, queue_, deadline)) error = make_error(RD_KAFKA_RESP_ERR__TIMED_OUT);
  destroy(!error);
  return error;
}

bool serve_until_closed(rd_kafka_t* handle, rd_kafka_queue_t* queue, Milliseconds timeout) {
  constexpr int kStepMs = 10;
  const Deadline end(timeout);
  while (rd_kafka_consumer_closed(handle) == 0) {
    if (end.is_over()) return false;
    rd_kafka_message_t* message = nullptr;
    if (rd_kafka_consume_batch_queue(queue, kStepMs, &message, 1) > 0) rd_kafka_message_destroy(message);
  }
  return true;
}

}  // namespace insight::kafka
