#include "telemetry/admin_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace insight::telemetry {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// A connection to a port of this machine.
class Connection {
 public:
  explicit Connection(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool is_connected() const { return connected_; }
  void send(const std::string& text) { EXPECT_GT(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL), 0); }
  std::string receive_all() {
    std::string text;
    char buffer[4096];
    for (ssize_t got; (got = ::recv(socket_, buffer, sizeof buffer, 0)) > 0;)
      text.append(buffer, static_cast<size_t>(got));
    return text;
  }

 private:
  int socket_;
  bool connected_ = false;
};

std::string ask(uint16_t port, const std::string& method, const std::string& path, const std::string& body = "") {
  Connection connection(port);
  connection.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\n\r\n" + body);
  return connection.receive_all();
}

struct Admin {
  std::atomic<bool> is_ready = false;
  AdminServer server{{[] { return std::string("insight_ready 0\n"); }, [] { return Health{true, "alive"}; },
                      [this] { return is_ready ? Health{true, "ready"} : Health{false, "restoring 3 partitions"}; }}};
};

TEST(AdminServer, answers_its_three_paths) {
  Admin admin;
  const auto started = admin.server.start("127.0.0.1:0");
  ASSERT_THAT(started.error, IsEmpty());
  ASSERT_GT(started.port, 0);
  EXPECT_THAT(
      ask(started.port, "GET", "/metrics"),
      AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/plain; version=0.0.4"), EndsWith("\r\n\r\ninsight_ready 0\n")));
  EXPECT_THAT(ask(started.port, "GET", "/livez"), AllOf(StartsWith("HTTP/1.1 200"), EndsWith("alive\n")));
  EXPECT_THAT(ask(started.port, "GET", "/readyz"),
              AllOf(StartsWith("HTTP/1.1 503"), EndsWith("restoring 3 partitions\n")));
  EXPECT_THAT(ask(started.port, "HEAD", "/livez"), AllOf(StartsWith("HTTP/1.1 200"), EndsWith("\r\n\r\n")));
}

TEST(AdminServer, says_what_is_ready_now) {
  Admin admin;
  const auto port = admin.server.start("127.0.0.1:0").port;
  EXPECT_THAT(ask(port, "GET", "/readyz"), StartsWith("HTTP/1.1 503"));
  admin.is_ready = true;
  EXPECT_THAT(ask(port, "GET", "/readyz"), AllOf(StartsWith("HTTP/1.1 200"), EndsWith("ready\n")));
}

TEST(AdminServer, refuses_everything_else) {
  Admin admin;
  const auto port = admin.server.start("127.0.0.1:0").port;
  EXPECT_THAT(ask(port, "GET", "/"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask(port, "GET", "/metrics/../etc/passwd"), StartsWith("HTTP/1.1 404"));
  for (const auto* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
    EXPECT_THAT(ask(port, method, "/metrics"), AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: GET, HEAD")))
        << method;
  EXPECT_THAT(ask(port, "GET", "/" + std::string(100'000, 'x')), Not(HasSubstr(" 200 ")));
  Connection garbage(port);
  garbage.send("\x16\x03\x01 garbage\r\n\r\n");
  EXPECT_THAT(garbage.receive_all(), StartsWith("HTTP/1.1 400"));
}

TEST(AdminServer, an_exception_in_a_source_is_an_answer) {
  AdminServer server({[]() -> std::string { throw std::runtime_error("x"); }, [] { return Health{true, "alive"}; },
                      [] { return Health{true, "ready"}; }});
  const auto port = server.start("127.0.0.1:0").port;
  EXPECT_THAT(ask(port, "GET", "/metrics"), StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(ask(port, "GET", "/livez"), StartsWith("HTTP/1.1 200"));
}

TEST(AdminServer, a_busy_or_bad_address_is_named) {
  Admin first, second;
  const auto address = "127.0.0.1:" + std::to_string(first.server.start("127.0.0.1:0").port);
  EXPECT_EQ(second.server.start(address).error, "cannot listen on " + address + ": Address already in use");
  EXPECT_THAT(second.server.start("nonsense").error, HasSubstr("cannot listen on nonsense: this is not host:port"));
  EXPECT_THAT(second.server.start("127.0.0.1:70000").error, HasSubstr("not host:port"));
  EXPECT_THAT(second.server.start("256.0.0.1:0").error, StartsWith("cannot listen on 256.0.0.1:0: "));
  EXPECT_THAT(second.server.start("127.0.0.1:0").error, IsEmpty());  // a failure leaves nothing behind
}

TEST(AdminServer, start_and_stop_may_be_repeated) {
  Admin admin;
  admin.server.stop();
  const auto port = admin.server.start("127.0.0.1:0").port;
  EXPECT_EQ(admin.server.start("127.0.0.1:0").port, port);
  admin.server.stop();
  admin.server.stop();
  EXPECT_FALSE(Connection(port).is_connected());
  const auto again = admin.server.start("127.0.0.1:" + std::to_string(port));
  EXPECT_THAT(again.error, IsEmpty());
  EXPECT_THAT(ask(again.port, "GET", "/livez"), StartsWith("HTTP/1.1 200"));
}

TEST(AdminServer, stops_in_time_with_clients_that_dawdle) {
  Admin admin;
  const auto port = admin.server.start("127.0.0.1:0").port;
  Connection a(port), b(port), c(port);
  for (auto* connection : {&a, &b, &c}) connection->send("GET /livez HTTP/1.1\r\n");
  const auto begin = std::chrono::steady_clock::now();
  admin.server.stop(std::chrono::milliseconds(100));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

}  // namespace
}  // namespace insight::telemetry
