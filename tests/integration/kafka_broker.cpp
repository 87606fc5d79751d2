#include "tests/integration/kafka_broker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace insight::integration {
namespace {

using Clock = std::chrono::steady_clock;

std::string find_libs() {
  if (const char* libs = getenv("INSIGHT_KAFKA_LIBS")) return libs;
  const char* cache = getenv("INSIGHT_CACHE");
  const char* xdg = getenv("XDG_CACHE_HOME");
  const char* home = getenv("HOME");
  const std::string base = cache != nullptr ? cache
                           : xdg != nullptr ? std::string(xdg) + "/insightd"
                                            : std::string(home == nullptr ? "" : home) + "/.cache/insightd";
  return base + "/kafka-4.3.1/libs";
}

// A socket on a port that was free; the port stays ours until it is closed. None that the system gives to clients: while
// a broker is down, one of them could come to sit on its port.
class ReservedPort {
 public:
  ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    constexpr int kTries = 100;
    std::uniform_int_distribution<int> below_ephemeral(10'000, 32'000);
    std::random_device random;
    for (int i = 0; i < kTries; ++i) {
      port_ = below_ephemeral(random);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      address.sin_port = htons(static_cast<uint16_t>(port_));
      if (socket_ >= 0 && ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return;
    }
    throw std::runtime_error("no free port");
  }
  ~ReservedPort() { ::close(socket_); }
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;
  int port() const { return port_; }

 private:
  int socket_;
  int port_ = 0;
};

kafka::Properties broker_properties(int port, int controller_port, const std::filesystem::path& data) {
  const std::string at = "127.0.0.1:" + std::to_string(port);
  const std::string controller = "127.0.0.1:" + std::to_string(controller_port);
  return {{"process.roles", "broker,controller"},
          {"node.id", "1"},
          {"controller.quorum.bootstrap.servers", controller},
          {"listeners", "PLAINTEXT://" + at + ",CONTROLLER://" + controller},
          {"advertised.listeners", "PLAINTEXT://" + at},
          {"controller.listener.names", "CONTROLLER"},
          {"inter.broker.listener.name", "PLAINTEXT"},
          {"listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"},
          {"log.dirs", data.string()},
          {"offsets.topic.replication.factor", "1"},
          {"offsets.topic.num.partitions", "5"},
          {"transaction.state.log.replication.factor", "1"},
          {"transaction.state.log.min.isr", "1"},
          {"transaction.state.log.num.partitions", "5"},
          {"share.coordinator.state.topic.replication.factor", "1"},
          {"share.coordinator.state.topic.min.isr", "1"},
          {"group.initial.rebalance.delay.ms", "0"},
          {"transaction.abort.timed.out.transaction.cleanup.interval.ms", "500"},
          {"group.min.session.timeout.ms", "500"},  // so that tests can outlive a session soon
          {"log.cleaner.dedupe.buffer.size", "2097152"},
          {"auto.create.topics.enable", "false"}};
}

void add_listener(kafka::Properties& properties, const BrokerListener& listener, int port) {
  const std::string at = listener.name + "://127.0.0.1:";
  const int advertised = listener.advertised_port != 0 ? listener.advertised_port : port;
  properties["listeners"] += "," + at + std::to_string(port);
  properties["advertised.listeners"] += "," + at + std::to_string(advertised);
  properties["listener.security.protocol.map"] += "," + listener.name + ":" + listener.protocol;
}

}  // namespace

bool eventually(const std::function<bool()>& condition, milliseconds patience) {
  const auto end = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() >= end) return false;
    ::poll(nullptr, 0, 10);  // paces the questions; nothing depends on its length
  }
  return true;
}

KafkaBroker::KafkaBroker(const kafka::Properties& overrides, const std::vector<BrokerListener>& listeners,
                         const std::vector<std::string>& format_arguments)
    : libs_(find_libs()) {
  if (!std::filesystem::is_directory(libs_)) {
    throw std::runtime_error("no Apache Kafka in " + libs_ + ": run scripts/kafka/install");
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "insight-kafka-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  {
    const std::vector<ReservedPort> free(2 + listeners.size());
    port_ = free[0].port();
    controller_port_ = free[1].port();
    for (size_t i = 0; i < listeners.size(); ++i) listener_ports_[listeners[i].name] = free[2 + i].port();
  }
  kafka::Properties properties = broker_properties(port_, controller_port_, folder_ / "data");
  for (const auto& listener : listeners) add_listener(properties, listener, port(listener.name));
  for (const auto& [name, value] : overrides) properties[name] = value;
  std::ofstream file(folder_ / "server.properties");
  for (const auto& [name, value] : properties) file << name << '=' << value << '\n';
  file.close();
  std::ofstream(folder_ / "log4j2.properties")
      << "rootLogger.level=warn\nrootLogger.appenderRef.stdout.ref=STDOUT\nappender.console.type=Console\n"
         "appender.console.name=STDOUT\nappender.console.layout.type=PatternLayout\n"
         "appender.console.layout.pattern=%d %p %c - %m%n\n";
  format(format_arguments);
  start();
}

KafkaBroker::~KafkaBroker() {
  admin_.reset();
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string KafkaBroker::address() const { return "127.0.0.1:" + std::to_string(port_); }

// The child inherits nothing that matters and dies with the thread that started it.
pid_t KafkaBroker::spawn(const std::vector<std::string>& arguments, const std::string& log) const {
  std::vector<char*> raw;
  for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  const std::string log_path = (folder_ / log).string();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  const int out = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  execvp(raw[0], raw.data());
  _exit(127);
}

void KafkaBroker::format(const std::vector<std::string>& more) {
  const std::string config = (folder_ / "server.properties").string();
  // Any 16 bytes in URL-safe base64 will do as the cluster's id.
  std::vector<std::string> command = {
      "java", "-XX:TieredStopAtLevel=1", "-cp", libs_ + "/*", "kafka.tools.StorageTool", "format", "--standalone",
      "-t",   "aW5zaWdodGQtdGVzdHMhIQ",  "-c",  config};
  command.insert(command.end(), more.begin(), more.end());
  const pid_t child = spawn(command, "broker.log");
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error("formatting the broker's storage failed: " + log_tail());
  }
}

void KafkaBroker::start() {
  if (process_ > 0) return;
  process_ = spawn({"java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                    "-Dlog4j2.configurationFile=" + (folder_ / "log4j2.properties").string(), "-cp", libs_ + "/*",
                    "kafka.Kafka", (folder_ / "server.properties").string()},
                   "broker.log");
  if (process_ < 0) throw std::runtime_error("the broker's process could not be made");
  wait_until_ready();
}

void KafkaBroker::wait_until_ready() {
  admin_.reset();
  const bool ready = integration::eventually([this] {
    int status = 0;
    if (waitpid(process_, &status, WNOHANG) == process_) {
      process_ = -1;
      throw std::runtime_error("the broker ended by itself: " + log_tail());
    }
    return static_cast<bool>(admin().describe({"readiness"}, milliseconds(1000)));
  });
  if (!ready) throw std::runtime_error("the broker does not answer: " + log_tail());
}

void KafkaBroker::stop() {
  if (process_ <= 0) return;
  ::kill(process_, SIGTERM);
  const bool ended = integration::eventually([this] { return waitpid(process_, nullptr, WNOHANG) == process_; });
  if (!ended) {
    kill();
    throw std::runtime_error("the broker does not stop: " + log_tail());
  }
  process_ = -1;
}

void KafkaBroker::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

void KafkaBroker::restart() {
  stop();
  start();
}

void KafkaBroker::freeze() { ::kill(process_, SIGSTOP); }
void KafkaBroker::thaw() { ::kill(process_, SIGCONT); }

std::string KafkaBroker::tool(const std::string& name, const std::string& arguments) const {
  const std::string command = "java -Xmx128m -XX:TieredStopAtLevel=1 -cp '" + libs_ + "/*' org.apache.kafka.tools." +
                              name + " --bootstrap-server " + address() + " " + arguments + " 2>/dev/null";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  if (!pipe) throw std::runtime_error(name + " cannot be run");
  std::string text;
  char piece[4096];
  while (const size_t bytes = fread(piece, 1, sizeof piece, pipe.get())) text.append(piece, bytes);
  return text;
}

void KafkaBroker::grow(const std::string& topic, int32_t partitions) {
  tool("TopicCommand", "--alter --topic " + topic + " --partitions " + std::to_string(partitions));
  admin_.reset();  // it would go by the old number for a while
}

// A line of describe-producers ends with the offset at which the producer's open transaction begins, or None.
int KafkaBroker::abort_transactions(const kafka::TopicPartition& partition) const {
  const std::string where = "--topic " + partition.topic + " --partition " + std::to_string(partition.partition);
  std::istringstream lines(tool("TransactionsCommand", "describe-producers " + where));
  int aborted = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string last;
    for (std::string word; words >> word;) last = word;
    if (last.empty() || last.find_first_not_of("0123456789") != std::string::npos) continue;
    tool("TransactionsCommand", "abort " + where + " --start-offset " + last);
    ++aborted;
  }
  return aborted;
}

std::string KafkaBroker::log_tail() const {
  std::ifstream file(folder_ / "broker.log");
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.size() > 4000 ? all.substr(all.size() - 4000) : all;
}

bool KafkaBroker::eventually(const std::function<bool()>& condition, milliseconds patience) {
  return integration::eventually(condition, patience);
}

kafka::ClientOptions KafkaBroker::client(const kafka::Properties& properties) const {
  kafka::ClientOptions options;
  options.bootstrap_servers = address();
  options.properties = {{"reconnect.backoff.ms", "50"}, {"reconnect.backoff.max.ms", "200"}};
  for (const auto& [name, value] : properties) options.properties[name] = value;
  return options;
}

}  // namespace insight::integration
