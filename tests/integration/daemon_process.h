// The real binary as a child process: started, asked over its admin port, signalled, waited for.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/kafka_broker.h"

namespace insight::integration {

// What a command left behind.
struct CommandResult {
  int status = -1;             // exit status; -SIGNAL if one ended it
  std::string out;
  std::string error;
};

// Runs the binary with `arguments` until it ends. `started` is told its process at once.
CommandResult run_insightd(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                           const std::function<void(pid_t)>& started = nullptr);

// One answer of the admin server; status 0: nobody answered.
struct HttpAnswer {
  int status = 0;
  std::string body;
};

// `insightd run` as a process of its own. It dies with the test, however that ends. Not thread-safe.
class Daemon {
 public:
  // Its log goes to `log`, appended. `config` must ask for a free admin port.
  Daemon(const std::filesystem::path& config, std::filesystem::path log);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  pid_t process() const { return process_; }
  void signal(int number) const;
  void kill();                                   // SIGKILL, and waits
  bool running();
  // Exit status once it has ended; nullopt when `patience` was over first. -SIGNAL if one ended it.
  std::optional<int> wait_exit(milliseconds patience = kPatience);

  HttpAnswer get(const std::string& path);
  bool ready() { return get("/readyz").status == 200; }
  // Value of a metric, `name` with its labels as written; nullopt when nobody answers or it is not there.
  std::optional<double> metric(const std::string& name);
  // Sum over all labels.
  double metric_sum(const std::string& name);
  std::string log() const;                       // all it has said so far

 private:
  int port();

  std::filesystem::path log_;
  std::uintmax_t log_begin_ = 0;
  pid_t process_ = -1;
  int port_ = 0;
  std::optional<int> status_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace insight::integration
