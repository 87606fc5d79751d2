#include "tests/simulation/client_admin.h"

namespace insight::simulation {

kafka::Result<kafka::Admin::Ensured> SimulatedAdmin::ensure_topic(const std::string& name, int32_t partitions,
                                                                  int32_t /*replication*/,
                                                                  const kafka::Properties& config,
                                                                  kafka::Milliseconds timeout) {
  Ensured ensured;
  const Code code = cluster_.ask("admin.create", timeout, [&](core::Timestamp) {
    const Code made = cluster_.model().create_topic(name, partitions, config);
    if (made != Code::kNone && made != Code::kTopicAlreadyExists) return made;
    const auto count = cluster_.model().partition_counts().at(name);
    ensured = {made == Code::kNone, count, 1, 1};
    return Code::kNone;
  });
  if (const kafka::Error error = note(code, "topic " + name)) return {{}, error};
  return {ensured, {}};
}

kafka::Result<std::vector<kafka::TopicDescription>> SimulatedAdmin::describe(const std::vector<std::string>& topics,
                                                                             kafka::Milliseconds timeout) {
  std::vector<kafka::TopicDescription> descriptions(topics.size());
  const Code code = cluster_.ask("admin.question", timeout, [&](core::Timestamp) {
    for (size_t i = 0; i < topics.size(); ++i) {
      const KafkaModel::Topic* topic = cluster_.model().topic(topics[i]);
      if (topic == nullptr) continue;
      descriptions[i] = {true, static_cast<int32_t>(topic->partitions.size()), 1, topic->id, {}};
    }
    return Code::kNone;
  });
  if (const kafka::Error error = note(code, "describing topics")) return {{}, error};
  return {std::move(descriptions), {}};
}

kafka::Result<kafka::Properties> SimulatedAdmin::topic_config(const std::string& name, kafka::Milliseconds timeout) {
  kafka::Properties config;
  const Code code = cluster_.ask("admin.question", timeout, [&](core::Timestamp) {
    const KafkaModel::Topic* topic = cluster_.model().topic(name);
    if (topic == nullptr) return Code::kUnknownTopicOrPartition;
    config = topic->config;
    return Code::kNone;
  });
  if (const kafka::Error error = note(code, "topic " + name)) return {{}, error};
  return {std::move(config), {}};
}

kafka::Result<std::vector<kafka::Watermarks>> SimulatedAdmin::watermarks(
    const std::vector<kafka::TopicPartition>& partitions, kafka::Isolation isolation, kafka::Milliseconds timeout) {
  std::vector<kafka::Watermarks> found(partitions.size());
  const Code code = cluster_.ask("admin.question", timeout, [&](core::Timestamp) {
    for (size_t i = 0; i < partitions.size(); ++i) {
      const PartitionLog* log = std::as_const(cluster_.model()).log(partitions[i]);
      if (log == nullptr) return Code::kUnknownTopicOrPartition;
      found[i] = {log->low(), log->end(isolation)};
    }
    return Code::kNone;
  });
  if (const kafka::Error error = note(code, "watermarks")) return {{}, error};
  return {std::move(found), {}};
}

kafka::Error SimulatedAdmin::delete_records(const std::vector<kafka::TopicPartitionOffset>& before,
                                            kafka::Milliseconds timeout) {
  const Code code =
      cluster_.request("admin.delete_records", timeout, [before, &model = cluster_.model()](core::Timestamp) {
        Code first = Code::kNone;
        for (const auto& at : before) {
          const Code deleted = model.delete_records({at.topic, at.partition}, at.offset);
          if (first == Code::kNone) first = deleted;
        }
        return first;
      });
  return note(code, "deleting records");
}

kafka::Error SimulatedAdmin::delete_topic(const std::string& topic, kafka::Milliseconds timeout) {
  const Code code =
      cluster_.request("admin.delete_topic", timeout,
                       [topic, &model = cluster_.model()](core::Timestamp) { return model.delete_topic(topic); });
  return note(code, "deleting topic " + topic);
}

}  // namespace insight::simulation
