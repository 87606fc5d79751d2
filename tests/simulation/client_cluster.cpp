#include "tests/simulation/client_cluster.h"

#include "tests/simulation/client_admin.h"
#include "tests/simulation/client_consumer.h"
#include "tests/simulation/client_producer.h"
#include "tests/simulation/client_transactions.h"

namespace insight::simulation {
namespace {

// Between two tries of what may succeed later.
constexpr core::Duration kBackoff{20};
// A late request arrives this long after its caller gave up.
constexpr core::Duration kLateness{700};

bool is_retriable(Code code) { return code == Code::kConcurrentTransactions || code == Code::kUnstableOffsetCommit; }

}  // namespace

kafka::Result<std::unique_ptr<kafka::Consumer>> SimulatedCluster::consumer(const kafka::Consumer::Options& options) {
  return {std::make_unique<SimulatedConsumer>(*this, options), {}};
}

kafka::Result<std::unique_ptr<kafka::Producer>> SimulatedCluster::producer(const kafka::ClientOptions& options,
                                                                           kafka::DeliveryHandler on_delivery) {
  return {std::make_unique<SimulatedProducer>(*this, options, std::move(on_delivery)), {}};
}

kafka::Result<std::unique_ptr<kafka::TransactionalProducer>> SimulatedCluster::transactional_producer(
    const kafka::ClientOptions& options, const std::string& transactional_id) {
  return {std::make_unique<SimulatedTransactionalProducer>(*this, options, transactional_id), {}};
}

kafka::Result<std::unique_ptr<kafka::Admin>> SimulatedCluster::admin(const kafka::ClientOptions& options) {
  return {std::make_unique<SimulatedAdmin>(*this, options), {}};
}

void SimulatedCluster::enter() { wait(core::Duration(0)); }

void SimulatedCluster::wait(core::Duration duration) {
  instance_.wait(duration);
  work();
}

void SimulatedCluster::work() {
  if (working_ || !broker_.is_up()) return;
  struct Working {
    explicit Working(bool& flag) : flag_(flag) { flag_ = true; }
    ~Working() { flag_ = false; }
    bool& flag_;
  };
  const Working working(working_);
  // By index: a commit's handler is not called here, so the list stays as it is.
  for (size_t i = 0; i < background_.size(); ++i) background_[i]->work();
}

Code SimulatedCluster::request(std::string_view effect, kafka::Milliseconds timeout, const Request& apply) {
  return call(effect, timeout, apply, true);
}

Code SimulatedCluster::ask(std::string_view effect, kafka::Milliseconds timeout, const Request& look) {
  return call(effect, timeout, look, false);
}

Code SimulatedCluster::call(std::string_view effect, kafka::Milliseconds timeout, const Request& apply,
                            bool may_be_late) {
  const core::Timestamp end = now() + timeout;
  const auto later = [&] {
    if (!may_be_late) return;
    model().arrive_later(end + kLateness, [apply](core::Timestamp at) { apply(at); });
  };
  for (;;) {
    enter();
    if (broker_.is_up()) {
      std::optional<Code> answer;
      const auto change = [&] {
        if (broker_.is_up()) answer = apply(now());
      };
      if (instance_.effect(effect, left_until(end, now()), change, later) == Answer::kTimedOut)
        return Code::kLocalTimedOut;
      if (answer && !is_retriable(*answer)) return *answer;
    }
    if (now() >= end) return Code::kLocalTimedOut;
    wait(std::min(kBackoff, left_until(end, now())));
  }
}

// ---- a client

std::string SimulatedClient::property(const std::string& name, const std::string& otherwise) const {
  const auto at = options_.properties.find(name);
  return at == options_.properties.end() ? otherwise : at->second;
}

int64_t SimulatedClient::number(const std::string& name, int64_t otherwise) const {
  const auto at = options_.properties.find(name);
  return at == options_.properties.end() ? otherwise : std::stoll(at->second);
}

kafka::Error SimulatedClient::note(Code code, const std::string& what) {
  if (code == Code::kNone) {
    health_.note_answer();
    return {};
  }
  note_connection();
  return make_error(code, what);
}

void SimulatedClient::note_connection() {
  if (cluster_.broker().availability() == Broker::Availability::kDown && health_.snapshot().connected)
    health_.note_error(make_error(Code::kLocalAllBrokersDown, "no broker can be reached"), true);
}

}  // namespace insight::simulation
