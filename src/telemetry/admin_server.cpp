#include "telemetry/admin_server.h"

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <future>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <sys/socket.h>

#include <fmt/format.h>
#include <httplib.h>

namespace insight::telemetry {
namespace {

constexpr size_t kWorkers = 4;
constexpr size_t kBodyBytesMax = 4096;
constexpr time_t kTimeoutSeconds = 2;
constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr const char* kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

struct Address {
  std::string host;
  uint16_t port = 0;
};

std::optional<Address> parse_address(std::string_view listen) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = listen.substr(0, colon);
  const std::string_view port = listen.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Address address{std::string(host), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size() || host.empty()) return std::nullopt;
  return address;
}

}  // namespace

// One listening server. Its thread holds it, so that it is there for as long as a request is.
class AdminServer::Running {
 public:
  explicit Running(Sources sources) : sources_(std::move(sources)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kWorkers); };
    server_.set_keep_alive_max_count(1);
    server_.set_read_timeout(kTimeoutSeconds);
    server_.set_write_timeout(kTimeoutSeconds);
    server_.set_payload_max_length(kBodyBytesMax);
    // The library's own choice, SO_REUSEPORT, would let two daemons share a port without a word.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
      return httplib::Server::HandlerResponse::Handled;
    });
    server_.set_exception_handler([](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
      response.status = 500;
      response.set_content("internal error\n", kPlainText);
    });
  }

  Started bind(const std::string& listen) {
    const auto address = parse_address(listen);
    if (!address) return {0, fmt::format("cannot listen on {}: this is not host:port", listen)};
    errno = 0;
    int port = address->port;
    if (port == 0)
      port = server_.bind_to_any_port(address->host);
    else if (!server_.bind_to_port(address->host, port))
      port = -1;
    if (port < 0)
      return {0, fmt::format("cannot listen on {}: {}", listen, errno ? std::strerror(errno) : "no such host")};
    port_ = static_cast<uint16_t>(port);
    return {port_, ""};
  }

  // In a thread of its own, which shares `self`.
  static void listen(const std::shared_ptr<Running>& self) {
    self->ended_ = self->end_.get_future();
    std::thread([self] {
      self->server_.listen_after_bind();
      self->has_ended_ = true;
      self->end_.set_value();
    }).detach();
    // stop() does nothing to a server that has not got so far.
    while (!self->server_.is_running() && !self->has_ended_) std::this_thread::yield();
  }

  void stop(std::chrono::milliseconds deadline) {
    {
      const std::lock_guard lock(mutex_);
      sources_ = {};
    }
    server_.stop();
    ended_.wait_for(deadline);
  }

  uint16_t port() const { return port_; }

 private:
  void answer(const httplib::Request& request, httplib::Response& response) {
    const bool known = request.path == "/metrics" || request.path == "/livez" || request.path == "/readyz";
    if (!known) {
      response.status = 404;
      return response.set_content("not found: /metrics, /livez and /readyz are here\n", kPlainText);
    }
    if (request.method != "GET" && request.method != "HEAD") {
      response.status = 405;
      response.set_header("Allow", "GET, HEAD");
      return response.set_content("only GET and HEAD\n", kPlainText);
    }
    const std::lock_guard lock(mutex_);
    if (!sources_.metrics) return say(response, {false, "stopping"});
    if (request.path == "/livez") return say(response, sources_.live());
    if (request.path == "/readyz") return say(response, sources_.ready());
    response.status = 200;
    response.set_content(sources_.metrics(), kMetricsText);
  }

  static void say(httplib::Response& response, const Health& health) {
    response.status = health.ok ? 200 : 503;
    response.set_content(health.text + "\n", kPlainText);
  }

  httplib::Server server_;
  std::mutex mutex_;
  Sources sources_;             // guarded by mutex_; empty once stopped
  uint16_t port_ = 0;
  std::atomic<bool> has_ended_ = false;
  std::promise<void> end_;
  std::future<void> ended_;
};

AdminServer::AdminServer(Sources sources) : sources_(std::move(sources)) {}

AdminServer::~AdminServer() { stop(); }

AdminServer::Started AdminServer::start(const std::string& listen) {
  if (running_) return {running_->port(), ""};
  auto running = std::make_shared<Running>(sources_);
  auto started = running->bind(listen);
  if (!started.error.empty()) return started;
  Running::listen(running);
  running_ = std::move(running);
  return started;
}

void AdminServer::stop(std::chrono::milliseconds deadline) {
  if (!running_) return;
  running_->stop(deadline);
  running_.reset();
}

}  // namespace insight::telemetry
