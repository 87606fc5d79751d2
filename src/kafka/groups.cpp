#include "kafka/groups.h"

#include "kafka/admin_call.h"
#include "kafka/deadline.h"

namespace insight::kafka {
namespace {

constexpr Milliseconds kBackoff{50};

// A coordinator that comes, goes or begins: the same question may be answered a moment later.
bool is_unsettled(int code) {
  return code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR || code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

class Asker : private Client {
 public:
  ~Asker() {
    if (handle_ != nullptr) rd_kafka_destroy(handle_);
  }
  Error open(const ClientOptions& options) {
    Result<Conf> conf = make_conf(options, {}, {});
    if (!conf) return std::move(conf.error);
    return ClientEvents::open(*this, RD_KAFKA_CONSUMER, options.log, std::move(*conf));
  }

  Result<size_t> members(const std::string& group, Milliseconds timeout) {
    const Deadline deadline(timeout);
    for (;;) {
      Result<size_t> answer = ask(group, deadline.left());
      if (answer || !is_unsettled(answer.error.code) || deadline.is_over()) return answer;
      rd_kafka_poll(handle_, to_timeout(kBackoff));
    }
  }

 private:
  Result<size_t> ask(const std::string& group, Milliseconds timeout) {
    const AdminCall call(handle_, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, timeout);
    const char* names[] = {group.c_str()};
    const AdminReply reply =
        call.run([&](auto* opts, auto* queue) { rd_kafka_DescribeConsumerGroups(handle_, names, 1, opts, queue); });
    if (reply.error) return {{}, reply.error};
    size_t count = 0;
    const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(reply.event.get()), &count);
    if (count == 0) return {size_t{0}, {}};
    const rd_kafka_error_t* raw = rd_kafka_ConsumerGroupDescription_error(groups[0]);
    if (raw == nullptr) return {rd_kafka_ConsumerGroupDescription_member_count(groups[0]), {}};
    if (rd_kafka_error_code(raw) == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) return {size_t{0}, {}};
    return {{}, make_error(rd_kafka_error_code(raw), rd_kafka_error_string(raw))};
  }
};

}  // namespace

Result<size_t> count_members(const ClientOptions& options, const std::string& group, Milliseconds timeout) {
  Asker asker;
  if (Error error = asker.open(options)) return {{}, std::move(error)};
  return asker.members(group, timeout);
}

}  // namespace insight::kafka
