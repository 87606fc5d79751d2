// Partitions and offsets to librdkafka's lists and back.
#include <cstdlib>
#include <cstring>
#include <new>

#include "kafka/handle.h"

namespace insight::kafka {

PartitionList to_list(const std::vector<TopicPartition>& partitions) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& at : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition);
  }
  return list;
}

PartitionList to_list(const std::vector<TopicPartitionOffset>& offsets) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const TopicPartitionOffset& at : offsets) {
    auto* element = rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition);
    element->offset = at.offset;
    if (at.metadata.empty()) continue;
    // The list frees it: it must come from malloc, and may hold any bytes.
    element->metadata = std::malloc(at.metadata.size());
    if (element->metadata == nullptr) throw std::bad_alloc();
    std::memcpy(element->metadata, at.metadata.data(), at.metadata.size());
    element->metadata_size = at.metadata.size();
  }
  return list;
}

std::vector<TopicPartition> to_partitions(const rd_kafka_topic_partition_list_t& list) {
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < list.cnt; ++i) partitions.push_back({list.elems[i].topic, list.elems[i].partition});
  return partitions;
}

std::vector<TopicPartitionOffset> to_offsets(const rd_kafka_topic_partition_list_t& list) {
  std::vector<TopicPartitionOffset> offsets;
  for (int i = 0; i < list.cnt; ++i) {
    const auto& element = list.elems[i];
    std::string metadata;
    if (element.metadata != nullptr) metadata.assign(static_cast<const char*>(element.metadata), element.metadata_size);
    offsets.push_back({element.topic, element.partition, element.offset, std::move(metadata)});
  }
  return offsets;
}

Error first_error(const rd_kafka_topic_partition_list_t& list) {
  for (int i = 0; i < list.cnt; ++i) {
    const auto& element = list.elems[i];
    if (element.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    return make_error(element.err, std::string(element.topic) + "[" + std::to_string(element.partition) +
                                       "]: " + rd_kafka_err2str(element.err));
  }
  return {};
}

}  // namespace insight::kafka
