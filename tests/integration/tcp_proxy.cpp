#include "tests/integration/tcp_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace insight::integration {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t kQueuedMax = 4u << 20;   // a direction with more is not read on

uint32_t number(std::string_view bytes) {
  uint32_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

// Cuts a stream of frames, each after its length in four bytes, so that every frame is seen before its bytes go on.
class Frames {
 public:
  explicit Frames(size_t header) : header_(header) {}

  // Calls `frame(header)` for every frame whose header is complete, then `bytes(...)` for what may go on, in order.
  template <typename OnFrame, typename OnBytes>
  void read(std::string_view data, OnFrame&& frame, OnBytes&& bytes) {
    while (!data.empty()) {
      if (left_ > 0) {
        const size_t size = std::min(left_, data.size());
        bytes(data.substr(0, size));
        left_ -= size;
        data.remove_prefix(size);
        continue;
      }
      const size_t size = std::min(header_ - begun_.size(), data.size());
      begun_ += data.substr(0, size);
      data.remove_prefix(size);
      if (begun_.size() < header_) return;
      left_ = 4 + number(std::string_view(begun_).substr(0, 4)) - header_;
      frame(std::string_view(begun_));
      bytes(std::string_view(begun_));
      begun_.clear();
    }
  }

 private:
  size_t header_;
  size_t left_ = 0;      // of the frame in passage
  std::string begun_;    // a header not complete yet
};

// One direction of a connection.
struct Direction {
  struct Chunk {
    Clock::time_point due;
    std::string bytes;
  };
  int from = -1;
  int to = -1;
  bool ended = false;    // nothing more comes
  bool held = false;
  std::deque<Chunk> queue;
  size_t queued = 0;
};

struct Link {
  Direction up, down;
  Frames requests{12};       // length, api key, version, correlation id
  Frames answers{8};         // length, correlation id
  std::set<uint32_t> unanswerable;
  bool over = false;
};

void close_link(Link& link, bool reset) {
  const linger at_once{1, 0};
  for (const int fd : {link.up.from, link.down.from}) {
    if (reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd);
  }
  link.over = true;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int tcp_socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

}  // namespace

class TcpProxy::Loop {
 public:
  Loop() : listener_(tcp_socket()) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, raw, size) != 0 || ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, raw, &size) != 0 || ::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0)
      throw std::runtime_error("no port for a proxy");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Loop() {
    change([this] { stopping_ = true; });
    thread_.join();
    for (Link& link : links_) close_link(link, true);
    for (const int fd : {listener_, wake_[0], wake_[1]}) ::close(fd);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Changes what the thread goes by, and makes it look.
  template <typename F>
  void change(F&& f) {
    {
      const std::lock_guard lock(mutex_);
      f();
    }
    [[maybe_unused]] const auto written = ::write(wake_[1], "!", 1);
  }
  int port() const { return port_; }

  int target_ = 0;
  Rule rule_;
  milliseconds delay_{0};
  bool frozen_ = false;
  bool release_ = false;
  struct Cut {
    uint32_t spare;
    bool reset;
  };
  std::optional<Cut> cut_;

 private:
  void run() {
    std::vector<pollfd> polled;
    for (;;) {
      int timeout = -1;
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        obey();
        polled.assign({{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}});
        if (frozen_) polled[0].events = 0;
        for (Link& link : links_) timeout = shorter(timeout, ask(link, polled));
      }
      ::poll(polled.data(), polled.size(), timeout);
      char drained[64];
      while (::read(wake_[0], drained, sizeof drained) > 0) {
      }
      const std::lock_guard lock(mutex_);
      if (!frozen_) {
        size_t at = 2;
        for (Link& link : links_) {
          serve(link, polled[at], polled[at + 1]);
          at += 2;
        }
        if (polled[0].revents != 0) accept();
      }
      links_.remove_if([](const Link& link) { return link.over; });
    }
  }

  void obey() {
    if (release_)
      for (Link& link : links_) link.up.held = false;
    release_ = false;
    if (delay_.count() == 0)
      for (Link& link : links_)
        for (Direction* direction : {&link.up, &link.down})
          for (auto& chunk : direction->queue) chunk.due = {};
    if (cut_) {
      uint32_t number = 0;
      for (Link& link : links_)
        if (cut_->spare == 0 || number++ % cut_->spare != 0) close_link(link, cut_->reset);
      links_.remove_if([](const Link& link) { return link.over; });
      cut_.reset();
    }
  }

  static int shorter(int a, int b) { return a < 0 ? b : b < 0 ? a : std::min(a, b); }

  // Which events of the link matter now, and how long until bytes of it are due (-1: none wait for time).
  int ask(const Link& link, std::vector<pollfd>& polled) const {
    pollfd client{link.up.from, 0, 0};
    pollfd server{link.down.from, 0, 0};
    int timeout = -1;
    const auto now = Clock::now();
    const auto consider = [&](const Direction& direction, pollfd& in, pollfd& out) {
      if (frozen_) return;
      if (!direction.ended && direction.queued < kQueuedMax) in.events |= POLLIN;
      if (direction.queue.empty() || direction.held) return;
      const auto due = direction.queue.front().due;
      if (due <= now)
        out.events |= POLLOUT;
      else
        timeout = shorter(timeout, static_cast<int>(std::chrono::ceil<milliseconds>(due - now).count()));
    };
    consider(link.up, client, server);
    consider(link.down, server, client);
    // Without events asked for, a descriptor that hung up would be reported again and again.
    for (pollfd* fd : {&client, &server})
      if (fd->events == 0) fd->fd = -1;
    polled.push_back(client);
    polled.push_back(server);
    return timeout;
  }

  void serve(Link& link, const pollfd& client, const pollfd& server) {
    if ((client.revents & (POLLIN | POLLHUP | POLLERR)) != 0) read(link, link.up);
    if (!link.over && (server.revents & (POLLIN | POLLHUP | POLLERR)) != 0) read(link, link.down);
    if (!link.over) write(link, link.up);
    if (!link.over) write(link, link.down);
  }

  void read(Link& link, Direction& direction) {
    char buffer[65536];
    const ssize_t size = ::recv(direction.from, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) return close_link(link, true);
    if (size == 0) {
      direction.ended = true;
      if (direction.queue.empty()) close_link(link, false);
      return;
    }
    const std::string_view data(buffer, static_cast<size_t>(size));
    const auto due = delay_.count() == 0 ? Clock::time_point{} : Clock::now() + delay_;
    const auto enqueue = [&](std::string_view bytes) {
      if (link.over) return;
      direction.queue.push_back({due, std::string(bytes)});
      direction.queued += bytes.size();
    };
    if (&direction == &link.up)
      link.requests.read(data, [&](std::string_view header) { judge(link, header); }, enqueue);
    else
      link.answers.read(
          data,
          [&](std::string_view header) {
            if (!link.over && link.unanswerable.contains(number(header.substr(4, 4)))) close_link(link, true);
          },
          enqueue);
  }

  void judge(Link& link, std::string_view header) {
    if (link.over || !rule_) return;
    switch (rule_(static_cast<int16_t>(number(header.substr(4, 2))))) {
      case Passage::kPass: return;
      case Passage::kHold:
        flush(link);
        link.up.held = true;
        return;
      case Passage::kCut: return close_link(link, true);
      case Passage::kCutAnswer: link.unanswerable.insert(number(header.substr(8, 4))); return;
    }
  }

  // What came before a request that is held goes on.
  void flush(Link& link) { write(link, link.up); }

  void write(Link& link, Direction& direction) {
    const auto now = Clock::now();
    while (!direction.held && !direction.queue.empty() && direction.queue.front().due <= now) {
      std::string& bytes = direction.queue.front().bytes;
      const ssize_t size = ::send(direction.to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (size < 0) return close_link(link, true);
      direction.queued -= static_cast<size_t>(size);
      if (static_cast<size_t>(size) < bytes.size()) {
        bytes.erase(0, static_cast<size_t>(size));
        return;
      }
      direction.queue.pop_front();
    }
    if (direction.ended && direction.queue.empty()) close_link(link, false);
  }

  void accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = tcp_socket();
    const sockaddr_in address = loopback(target_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(client);
      ::close(server);
      return;
    }
    const int yes = 1;
    for (const int fd : {client, server}) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    Link& link = links_.emplace_back();
    link.up.from = link.down.to = client;
    link.down.from = link.up.to = server;
  }

  std::mutex mutex_;
  int listener_;
  int wake_[2] = {-1, -1};
  int port_ = 0;
  bool stopping_ = false;
  std::list<Link> links_;
  std::thread thread_;
};

TcpProxy::TcpProxy() : loop_(std::make_unique<Loop>()) {}
TcpProxy::~TcpProxy() = default;

int TcpProxy::port() const { return loop_->port(); }
void TcpProxy::forward_to(int port) {
  loop_->change([&] { loop_->target_ = port; });
}
void TcpProxy::set_rule(Rule rule) {
  loop_->change([&] { loop_->rule_ = std::move(rule); });
}
void TcpProxy::release() {
  loop_->change([&] { loop_->release_ = true; });
}
void TcpProxy::delay(milliseconds by) {
  loop_->change([&] { loop_->delay_ = by; });
}
void TcpProxy::freeze(bool frozen) {
  loop_->change([&] { loop_->frozen_ = frozen; });
}
void TcpProxy::cut(uint32_t spare, bool reset) {
  loop_->change([&] { loop_->cut_ = Loop::Cut{spare, reset}; });
}

}  // namespace insight::integration
