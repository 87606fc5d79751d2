#include "tests/integration/daemon_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace insight::integration {
namespace {

// The one of this build, unless INSIGHTD names another (with a sanitizer, or kept while this one is built anew).
const char* insightd() {
  const char* other = getenv("INSIGHTD");
  return other != nullptr ? other : INSIGHTD;
}

pid_t spawn_insightd(const std::vector<std::string>& arguments, const std::string& out, const std::string& error) {
  std::vector<char*> raw = {const_cast<char*>(insightd())};
  for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process can be made");
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), 1);
  dup2(open(error.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), 2);
  execv(raw[0], raw.data());
  _exit(127);
}

int status_of(int raw) { return WIFEXITED(raw) ? WEXITSTATUS(raw) : -WTERMSIG(raw); }

// The line's value if it is a sample of `name`, whatever its labels.
std::optional<double> sample_of(const std::string& line, const std::string& name, bool any_labels) {
  if (line.rfind(name, 0) != 0) return std::nullopt;
  const char next = line.size() > name.size() ? line[name.size()] : '\0';   // name may hold labels itself
  if (next != ' ' && !(any_labels && next == '{')) return std::nullopt;
  return std::stod(line.substr(line.rfind(' ') + 1));
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

CommandResult run_insightd(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                           const std::function<void(pid_t)>& started) {
  const auto out = folder / "command.out";
  const auto error = folder / "command.err";
  std::filesystem::remove(out);
  std::filesystem::remove(error);
  const pid_t child = spawn_insightd(arguments, out.string(), error.string());
  if (started) started(child);
  int raw = 0;
  const bool ended = eventually([&] { return waitpid(child, &raw, WNOHANG) == child; });
  if (!ended) {
    ::kill(child, SIGKILL);
    waitpid(child, &raw, 0);
  }
  return {status_of(raw), read_file(out), read_file(error)};
}

Daemon::Daemon(const std::filesystem::path& config, std::filesystem::path log) : log_(std::move(log)) {
  log_begin_ = std::filesystem::exists(log_) ? std::filesystem::file_size(log_) : 0;
  process_ = spawn_insightd({"run", "--config", config.string()}, log_.string(), log_.string());
}

Daemon::~Daemon() { kill(); }

void Daemon::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

void Daemon::kill() {
  if (!running()) return;
  ::kill(process_, SIGKILL);
  int raw = 0;
  waitpid(process_, &raw, 0);
  status_ = status_of(raw);
}

bool Daemon::running() {
  int raw = 0;
  if (!status_ && waitpid(process_, &raw, WNOHANG) == process_) status_ = status_of(raw);
  return !status_;
}

std::optional<int> Daemon::wait_exit(milliseconds patience) {
  eventually([this] { return !running(); }, patience);
  return status_;
}

std::string Daemon::log() const { return read_file(log_).substr(log_begin_); }

int Daemon::port() {
  if (port_ != 0) return port_;
  static const std::string kSays = "metrics on port ";
  const std::string text = log();
  const size_t at = text.find(kSays);
  if (at == std::string::npos) return 0;
  std::from_chars(text.data() + at + kSays.size(), text.data() + text.size(), port_);
  return port_;
}

HttpAnswer Daemon::get(const std::string& path) {
  HttpAnswer answer;
  if (port() == 0) return answer;
  const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port_));
  const timeval patience{2, 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string text;
  if (::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (::send(connection, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
      char buffer[16384];
      for (ssize_t n = 0; (n = ::recv(connection, buffer, sizeof buffer, 0)) > 0;)
        text.append(buffer, static_cast<size_t>(n));
    }
  }
  ::close(connection);
  const size_t body = text.find("\r\n\r\n");
  if (text.size() < 12 || body == std::string::npos) return answer;
  answer.status = std::stoi(text.substr(9, 3));
  answer.body = text.substr(body + 4);
  return answer;
}

std::optional<double> Daemon::metric(const std::string& name) {
  std::istringstream lines(get("/metrics").body);
  for (std::string line; std::getline(lines, line);)
    if (const auto value = sample_of(line, name, false)) return value;
  return std::nullopt;
}

double Daemon::metric_sum(const std::string& name) {
  std::istringstream lines(get("/metrics").body);
  double sum = 0;
  for (std::string line; std::getline(lines, line);) sum += sample_of(line, name, true).value_or(0);
  return sum;
}

}  // namespace insight::integration
