// Private to src/kafka: how a librdkafka client is configured and made, and its C types held.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <mutex>

#include "kafka/topics.h"

namespace insight::kafka {

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
struct ErrorDeleter {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
struct GroupMetadataDeleter {
  void operator()(rd_kafka_consumer_group_metadata_t* metadata) const {
    rd_kafka_consumer_group_metadata_destroy(metadata);
  }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;
using GroupMetadataHandle = std::unique_ptr<rd_kafka_consumer_group_metadata_t, GroupMetadataDeleter>;
using ErrorHandle = std::unique_ptr<rd_kafka_error_t, ErrorDeleter>;

Error make_error(rd_kafka_resp_err_t code, std::string text = {});
// Takes ownership; null: no error.
Error make_error(rd_kafka_error_t* raw);
// As make_error, and asks the client whether it is the end of it.
Error make_client_error(rd_kafka_t* handle, rd_kafka_resp_err_t code, const char* reason);

// Properties in the order of their authority: defaults, the operator's, fixed.
Result<Conf> make_conf(const ClientOptions& options, const Properties& defaults, const Properties& fixed);

class Client;

// What librdkafka's callbacks are given. It outlives its client where the handle does.
struct ClientContext {
  std::mutex mutex;
  Client* client = nullptr;  // null: gone
};

// What every client on librdkafka has: a handle whose log lines and error events come here. Not for itself.
class Client {
 public:
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

 protected:
  Client() = default;
  ~Client() = default;

  LogHandler log_;
  Health health_;
  rd_kafka_t* handle_ = nullptr;
  std::unique_ptr<ClientContext> context_;

 private:
  friend struct ClientEvents;
};

// What librdkafka calls back of every client, on the thread that polls (log: on any).
struct ClientEvents {
  // Makes the handle of `client`, which must stay where it is as long as that lives; the opaque of further callbacks
  // set in `conf` is its ClientContext.
  static Error open(Client& client, rd_kafka_type_t type, const LogHandler& log, Conf conf);
  // Of a callback's opaque; null: gone. For callbacks in the thread that owns the client.
  static Client* client_of(void* opaque) { return static_cast<ClientContext*>(opaque)->client; }

 private:
  // Hands one library log line on, without the lines that say a producer's property does not concern a consumer (all
  // clients get the same properties).
  static void log(const rd_kafka_t* handle, int level, const char* facility, const char* text);
  // Notes an error event in the client's health and logs it.
  static void error(rd_kafka_t* handle, int code, const char* reason, void* opaque);
};
void log_line(const LogHandler& log, LogLevel level, const std::string& text);

PartitionList to_list(const std::vector<TopicPartition>& partitions);
PartitionList to_list(const std::vector<TopicPartitionOffset>& offsets);
std::vector<TopicPartition> to_partitions(const rd_kafka_topic_partition_list_t& list);
std::vector<TopicPartitionOffset> to_offsets(const rd_kafka_topic_partition_list_t& list);
// The first error of an element, if any.
Error first_error(const rd_kafka_topic_partition_list_t& list);

// librdkafka counts in int milliseconds.
int to_timeout(Milliseconds timeout);

}  // namespace insight::kafka
