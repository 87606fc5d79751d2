// The bare loop that the daemon is measured against: librdkafka in batches, simdjson on demand, one hash map. Reads
// records (one a message) from the beginning of TOPIC until MESSAGES were read, says what it used, and ends.
//
// usage: yardstick_kafka BOOTSTRAP TOPIC MESSAGES
#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/benchmarks/bare_count.h"
#include "tests/benchmarks/process_usage.h"

namespace {

using insight::yardstick::BareCount;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "yardstick_kafka: %s\n", what.c_str());
  std::exit(1);
}

rd_kafka_t* make_consumer(const char* bootstrap) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const char* properties[][2] = {{"bootstrap.servers", bootstrap},
                                 {"group.id", "yardstick"},
                                 {"enable.auto.commit", "false"},
                                 {"enable.auto.offset.store", "false"},
                                 {"fetch.queue.backoff.ms", "10"}};
  char reason[512];
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) fail(reason);
  }
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
  if (consumer == nullptr) fail(reason);
  rd_kafka_poll_set_consumer(consumer);
  return consumer;
}

void assign_from_beginning(rd_kafka_t* consumer, const char* topic_name) {
  rd_kafka_topic_t* topic = rd_kafka_topic_new(consumer, topic_name, nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(consumer, 0, topic, &metadata, 10000) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt == 0) {
    fail("the topic is not there");
  }
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(metadata->topics[0].partition_cnt);
  for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
    rd_kafka_topic_partition_list_add(list, topic_name, metadata->topics[0].partitions[i].id)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(topic);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s BOOTSTRAP TOPIC MESSAGES\n", argv[0]);
    return 2;
  }
  const uint64_t wanted = std::strtoull(argv[3], nullptr, 10);
  rd_kafka_t* consumer = make_consumer(argv[1]);
  assign_from_beginning(consumer, argv[2]);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);

  BareCount count;
  simdjson::ondemand::parser parser;
  std::vector<rd_kafka_message_t*> batch(1000);
  std::vector<char> padded(1 << 20);   // the parser reads past the end of what it parses
  uint64_t bytes = 0;
  while (count.records() < wanted) {
    const ssize_t got = rd_kafka_consume_batch_queue(queue, 100, batch.data(), batch.size());
    for (ssize_t i = 0; i < got; ++i) {
      rd_kafka_message_t* message = batch[static_cast<size_t>(i)];
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_message_errstr(message));
      if (padded.size() < message->len + simdjson::SIMDJSON_PADDING) padded.resize(2 * message->len);
      std::memcpy(padded.data(), message->payload, message->len);
      auto document = parser.iterate(padded.data(), message->len, padded.size());
      count.record(document.get_object());
      bytes += message->len;
      rd_kafka_message_destroy(message);
    }
  }
  insight::yardstick::report(count.records(), bytes, count.keys(), count.checksum());
  std::fflush(stdout);
  // Leaving takes no part in the measurement.
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  return 0;
}
