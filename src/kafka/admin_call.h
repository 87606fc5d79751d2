// Private to src/kafka: one call of librdkafka's admin API, made and waited for.
#pragma once

#include <algorithm>

#include "kafka/handle.h"

namespace insight::kafka {

struct AdminReply {
  std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> event{nullptr, &rd_kafka_event_destroy};
  Error error;   // of the call as a whole
};

// Options and a queue of its own, so that calls of several threads never see each other's replies.
class AdminCall {
 public:
  AdminCall(rd_kafka_t* handle, rd_kafka_admin_op_t operation, Milliseconds timeout)
      : timeout_(std::max(timeout, Milliseconds(1))),
        options_(rd_kafka_AdminOptions_new(handle, operation), &rd_kafka_AdminOptions_destroy),
        queue_(rd_kafka_queue_new(handle), &rd_kafka_queue_destroy) {
    // Refused only by operations that know no such option.
    char reason[256];
    rd_kafka_AdminOptions_set_request_timeout(options_.get(), to_timeout(timeout_), reason, sizeof reason);
  }

  rd_kafka_AdminOptions_t* options() const { return options_.get(); }

  // `start(options, queue)` makes the call; waits for its reply.
  template <class Start>
  AdminReply run(Start&& start) const {
    start(options_.get(), queue_.get());
    AdminReply reply;
    // The library itself gives up at the timeout; the second is for its reply to arrive.
    reply.event.reset(rd_kafka_queue_poll(queue_.get(), to_timeout(timeout_ + Milliseconds(1000))));
    if (!reply.event) {
      reply.error = make_error(RD_KAFKA_RESP_ERR__TIMED_OUT);
    } else if (const auto code = rd_kafka_event_error(reply.event.get())) {
      reply.error = make_error(code, rd_kafka_event_error_string(reply.event.get()));
    }
    return reply;
  }

 private:
  Milliseconds timeout_;
  std::unique_ptr<rd_kafka_AdminOptions_t, decltype(&rd_kafka_AdminOptions_destroy)> options_;
  std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue_;
};

inline Error topic_error(const rd_kafka_topic_result_t* result) {
  const auto code = rd_kafka_topic_result_error(result);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const char* text = rd_kafka_topic_result_error_string(result);
  return make_error(code, std::string("topic ") + rd_kafka_topic_result_name(result) + ": " +
                              (text == nullptr ? rd_kafka_err2str(code) : text));
}

}  // namespace insight::kafka
