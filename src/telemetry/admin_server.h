// /metrics, /livez and /readyz over HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace insight::telemetry {

struct Health {
  bool ok = false;
  std::string text;    // one line, for a person
};

// Answers GET and HEAD of three paths; other paths are 404, other methods 405. /livez and /readyz answer 200 or
// 503 with the text. Four worker threads, one request a connection, bodies of at most 4 KiB, 2 s for each read
// and write: a client that dawdles costs its own request. There is no authentication: listen on loopback or in a
// network that may read metrics.
//
// The sources are called from the server's threads, one at a time, and never after stop() has returned.
// start() and stop() are called from one thread.
class AdminServer {
 public:
  struct Sources {
    std::function<std::string()> metrics;
    std::function<Health()> live;
    std::function<Health()> ready;
  };

  explicit AdminServer(Sources sources);
  ~AdminServer();   // stops
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  struct Started {
    uint16_t port = 0;       // that is listened on
    std::string error;       // empty: it is listening
  };
  // Listens on `host:port` (`[::1]:9464` for IPv6; port 0: a free one). Once started, further calls give the same
  // port.
  Started start(const std::string& listen);

  // Closes the port and waits at most `deadline` for requests that are being answered. Idempotent.
  void stop(std::chrono::milliseconds deadline = std::chrono::seconds(3));

 private:
  class Running;
  Sources sources_;
  std::shared_ptr<Running> running_;   // shared with the server's thread, which may outlive a deadline
};

}  // namespace insight::telemetry
