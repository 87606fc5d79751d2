// Topics: made, described, deleted. Offsets of the cluster are in cluster_offsets.cpp.
#include "kafka/admin_call.h"
#include "kafka/deadline.h"
#include "kafka/librdkafka_admin.h"

namespace insight::kafka {
namespace {

constexpr Milliseconds kBackoff{50};

// By a plain metadata request. The admin API's DescribeCluster ends the process (an assertion in rdkafka_admin.c, 2.15.1)
// when a broker that has just started answers that there are no brokers.
Result<int32_t> count_brokers(rd_kafka_t* handle, Milliseconds timeout) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 0, nullptr, &metadata, to_timeout(timeout));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return {{}, make_error(code)};
  const int32_t brokers = metadata->broker_cnt;
  rd_kafka_metadata_destroy(metadata);
  return {brokers, {}};
}

Error create_topic(rd_kafka_t* handle, const std::string& name, int32_t partitions, int32_t replication,
                   const Properties& config, Milliseconds timeout) {
  char reason[512] = "";
  std::unique_ptr<rd_kafka_NewTopic_t, decltype(&rd_kafka_NewTopic_destroy)> topic(
      rd_kafka_NewTopic_new(name.c_str(), partitions, replication, reason, sizeof reason), &rd_kafka_NewTopic_destroy);
  if (!topic) return make_error(RD_KAFKA_RESP_ERR__INVALID_ARG, reason);
  for (const auto& [key, value] : config) {
    if (Error error = make_error(rd_kafka_NewTopic_set_config(topic.get(), key.c_str(), value.c_str()))) return error;
  }
  const AdminCall call(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  const AdminReply reply =
      call.run([&](auto* options, auto* queue) { rd_kafka_CreateTopics(handle, topics, 1, options, queue); });
  if (reply.error) return reply.error;
  size_t count = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(reply.event.get()), &count);
  return count == 0 ? Error{} : topic_error(results[0]);
}

// Brokers that do not know the question (before 2.3) answer nothing at all; every broker lets one describe what it describes.
std::optional<std::set<Operation>> allowed_of(const rd_kafka_TopicDescription_t* topic) {
  size_t count = 0;
  const rd_kafka_AclOperation_t* operations = rd_kafka_TopicDescription_authorized_operations(topic, &count);
  if (operations == nullptr || count == 0) return std::nullopt;
  std::set<Operation> allowed;
  for (size_t i = 0; i < count; ++i) {
    if (operations[i] == RD_KAFKA_ACL_OPERATION_READ) allowed.insert(Operation::kRead);
    if (operations[i] == RD_KAFKA_ACL_OPERATION_WRITE) allowed.insert(Operation::kWrite);
    if (operations[i] == RD_KAFKA_ACL_OPERATION_DELETE) allowed.insert(Operation::kDelete);
  }
  return allowed;
}

TopicDescription to_description(const rd_kafka_TopicDescription_t* topic) {
  TopicDescription description;
  description.allowed = allowed_of(topic);
  size_t partitions = 0;
  const auto** infos = rd_kafka_TopicDescription_partitions(topic, &partitions);
  description.exists = true;
  if (const rd_kafka_Uuid_t* id = rd_kafka_TopicDescription_topic_id(topic))
    description.id = rd_kafka_Uuid_base64str(id);
  description.partitions = static_cast<int32_t>(partitions);
  for (size_t i = 0; i < partitions; ++i) {
    size_t replicas = 0;
    rd_kafka_TopicPartitionInfo_replicas(infos[i], &replicas);
    const auto found = static_cast<int32_t>(replicas);
    description.replication = i == 0 ? found : std::min(description.replication, found);
  }
  return description;
}

}  // namespace

// A consumer's handle, because its metadata requests never make the broker create a topic.
Result<std::unique_ptr<LibrdkafkaAdmin>> LibrdkafkaAdmin::create(const ClientOptions& options) {
  Result<Conf> conf = make_conf(options, {}, {});
  if (!conf) return {{}, std::move(conf.error)};
  std::unique_ptr<LibrdkafkaAdmin> self(new LibrdkafkaAdmin());
  if (Error error = ClientEvents::open(*self, RD_KAFKA_CONSUMER, options.log, std::move(*conf)))
    return {{}, std::move(error)};
  return {std::move(self), {}};
}

LibrdkafkaAdmin::~LibrdkafkaAdmin() {
  if (handle_ != nullptr) rd_kafka_destroy(handle_);
}

// Serves error events, and notes how a call went.
void LibrdkafkaAdmin::note(const Error& error) {
  rd_kafka_poll(handle_, 0);
  if (!error) health_.note_answer();
}

Result<Admin::Ensured> LibrdkafkaAdmin::ensure_topic(const std::string& name, int32_t partitions, int32_t replication,
                                                     const Properties& config, Milliseconds timeout) {
  const Deadline deadline(timeout);
  const Error failure = create_topic(handle_, name, partitions, replication, config, deadline.left());
  note(failure);
  for (;;) {
    Result<std::vector<TopicDescription>> found = describe({name}, deadline.left());
    if (!found) return {{}, failure ? failure : found.error};
    const TopicDescription& topic = found->front();
    // Where creating was refused, an existing topic is all that was wanted.
    if (topic.exists) {
      Result<int32_t> brokers = count_brokers(handle_, deadline.left());
      if (!brokers) return {{}, brokers.error};
      return {Ensured{!failure, topic.partitions, topic.replication, *brokers}, {}};
    }
    if (failure && failure.code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return {{}, failure};
    if (deadline.is_over()) return {{}, make_error(RD_KAFKA_RESP_ERR__TIMED_OUT, "topic " + name + " does not appear")};
    rd_kafka_poll(handle_, to_timeout(kBackoff));
  }
}

Result<std::vector<TopicDescription>> LibrdkafkaAdmin::describe(const std::vector<std::string>& topics,
                                                                Milliseconds timeout) {
  std::vector<const char*> names;
  for (const std::string& topic : topics) names.push_back(topic.c_str());
  std::unique_ptr<rd_kafka_TopicCollection_t, decltype(&rd_kafka_TopicCollection_destroy)> collection(
      rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()), &rd_kafka_TopicCollection_destroy);
  const AdminCall call(handle_, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, timeout);
  const ErrorHandle ignored(rd_kafka_AdminOptions_set_include_authorized_operations(call.options(), 1));
  const AdminReply reply =
      call.run([&](auto* options, auto* queue) { rd_kafka_DescribeTopics(handle_, collection.get(), options, queue); });
  note(reply.error);
  if (reply.error) return {{}, reply.error};

  size_t count = 0;
  const auto** found =
      rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(reply.event.get()), &count);
  std::vector<TopicDescription> descriptions(topics.size());
  for (size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_TopicDescription_name(found[i]);
    const rd_kafka_error_t* raw = rd_kafka_TopicDescription_error(found[i]);
    const Error error = raw == nullptr ? Error{} : make_error(rd_kafka_error_code(raw), rd_kafka_error_string(raw));
    if (error && !is_unknown_topic(error))
      return {{}, make_error(static_cast<rd_kafka_resp_err_t>(error.code), "topic " + name + ": " + error.text)};
    for (size_t asked = 0; !error && asked < topics.size(); ++asked) {
      if (topics[asked] == name) descriptions[asked] = to_description(found[i]);
    }
  }
  return {std::move(descriptions), {}};
}

Result<Properties> LibrdkafkaAdmin::topic_config(const std::string& topic, Milliseconds timeout) {
  std::unique_ptr<rd_kafka_ConfigResource_t, decltype(&rd_kafka_ConfigResource_destroy)> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()), &rd_kafka_ConfigResource_destroy);
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  const AdminCall call(handle_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
  const AdminReply reply =
      call.run([&](auto* options, auto* queue) { rd_kafka_DescribeConfigs(handle_, resources, 1, options, queue); });
  note(reply.error);
  if (reply.error) return {{}, reply.error};

  size_t count = 0;
  const auto** found =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(reply.event.get()), &count);
  if (count == 0) return {{}, make_error(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)};
  if (const auto code = rd_kafka_ConfigResource_error(found[0])) {
    const char* text = rd_kafka_ConfigResource_error_string(found[0]);
    return {{}, make_error(code, text == nullptr ? "" : text)};
  }
  Properties config;
  const auto** entries = rd_kafka_ConfigResource_configs(found[0], &count);
  for (size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    config[rd_kafka_ConfigEntry_name(entries[i])] = value == nullptr ? "" : value;
  }
  return {std::move(config), {}};
}

Error LibrdkafkaAdmin::delete_topic(const std::string& topic, Milliseconds timeout) {
  std::unique_ptr<rd_kafka_DeleteTopic_t, decltype(&rd_kafka_DeleteTopic_destroy)> request(
      rd_kafka_DeleteTopic_new(topic.c_str()), &rd_kafka_DeleteTopic_destroy);
  rd_kafka_DeleteTopic_t* requests[] = {request.get()};
  const AdminCall call(handle_, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout);
  const AdminReply reply =
      call.run([&](auto* options, auto* queue) { rd_kafka_DeleteTopics(handle_, requests, 1, options, queue); });
  note(reply.error);
  if (reply.error) return reply.error;
  size_t count = 0;
  const auto** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(reply.event.get()), &count);
  return count == 0 ? Error{} : topic_error(results[0]);
}

}  // namespace insight::kafka
