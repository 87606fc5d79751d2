// The tests of the layer on Apache Kafka.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/integration/kafka_broker.h"

namespace insight::integration {
namespace {

KafkaBroker& shared_broker() {
  static KafkaBroker broker;
  return broker;
}

class GroupMember final : public MemberProcess {
 public:
  explicit GroupMember(const std::vector<std::string>& arguments) {
    int to[2];
    int from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    std::vector<char*> raw{const_cast<char*>(GROUP_MEMBER)};
    for (const auto& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    process_ = fork();
    if (process_ == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      execv(raw[0], raw.data());
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    input_ = to[1];
    output_ = from[0];
  }
  ~GroupMember() override {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    close(input_);
    close(output_);
  }
  std::string listen() override {
    std::string line;
    pollfd ready{output_, POLLIN, 0};
    while (poll(&ready, 1, static_cast<int>(kPatience.count())) > 0) {
      char c = 0;
      if (read(output_, &c, 1) != 1) return line + "(ended)";
      if (c == '\n') return line;
      line += c;
    }
    return line + "(silent)";
  }
  void go() override {
    if (write(input_, "go\n", 3) != 3) throw std::runtime_error("the member does not listen");
  }
  void stop() override { kill(process_, SIGSTOP); }
  void wake() override { kill(process_, SIGCONT); }

 private:
  pid_t process_ = -1;
  int input_ = -1;
  int output_ = -1;
};

}  // namespace

KafkaUnderTest& kafka_under_test() { return shared_broker(); }

std::unique_ptr<MemberProcess> start_member(const MemberPlan& plan) {
  return std::make_unique<GroupMember>(std::vector<std::string>{shared_broker().address(), plan.group, plan.input,
                                                                plan.output, plan.transactional_id,
                                                                plan.metadata_early ? "early" : "late"});
}

}  // namespace insight::integration
