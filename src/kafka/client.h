// What every Kafka client of the engine shares: errors, options, health. librdkafka is named in this folder only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace insight::kafka {

// librdkafka's configuration properties by name.
using Properties = std::map<std::string, std::string>;
using Milliseconds = std::chrono::milliseconds;

// What went wrong, in librdkafka's terms. code 0: nothing did.
struct Error {
  int code = 0;            // rd_kafka_resp_err_t: broker errors are positive, the client's own negative
  std::string text;        // for a person; never holds a secret
  bool fatal = false;      // the client that said it is of no more use
  bool retriable = false;  // the same call may succeed later
  bool abortable = false;  // the open transaction must be aborted

  explicit operator bool() const { return code != 0; }
};

// `text (Local: Timed out)`, or the library's own words where there is no text.
std::string to_string(const Error& error);

// Whether the position of a consumer with auto.offset.reset=error was missing or out of range.
bool is_offset_reset(const Error& error);
// Whether the topic (or partition) is not there.
bool is_unknown_topic(const Error& error);
// Whether the time allowed for a call was up.
bool is_timed_out(const Error& error);
// The broker does not let this user do it.
bool is_denied(const Error& error);
// Another member has taken this one's name (group.instance.id).
bool is_name_taken(const Error& error);

// A value, or the error instead of it.
template <class T>
struct Result {
  std::optional<T> value;
  Error error;

  explicit operator bool() const { return value.has_value(); }
  T& operator*() { return *value; }
  const T& operator*() const { return *value; }
  T* operator->() { return &*value; }
  const T* operator->() const { return &*value; }
};

// syslog's levels, as librdkafka uses them.
enum class LogLevel : uint8_t { kError, kWarning, kInfo, kDebug };
// Gets the library's log lines and the layer's. Called from any thread, also from librdkafka's own; must not throw.
using LogHandler = std::function<void(LogLevel, std::string_view)>;

// What a client is made from. Later ones win: the layer's defaults, `properties`, what the client itself fixes. A
// property that the client fixes to another value is an error that names it, never a silent override.
struct ClientOptions {
  std::string bootstrap_servers;
  std::string client_id;   // empty: librdkafka's
  Properties properties;   // the operator's (kafka.properties) and the caller's
  LogHandler log;          // empty: nothing is logged
};

// What is wrong with one property, and the mend: one sentence that never repeats the value, which may be a secret.
struct PropertyMistake {
  std::string property;
  std::string text;
  bool unknown = false;   // librdkafka has no property of this name
};
// Checks `properties` without connecting: those that librdkafka does not know or whose value it refuses, or that the
// engine fixes, by name.
std::vector<PropertyMistake> check_properties(const Properties& properties);

// Every property that librdkafka has, with the values that it takes as its documentation writes them ("1 .. 1000",
// "true, false"); empty: any.
const std::map<std::string, std::string>& known_properties();

// Version of librdkafka that runs, such as "2.15.1".
std::string library_version();

// What a client last learned of its brokers; every client has one. Thread-safe. There is no event for "connected again": any answer from a
// broker (a message, a delivery, a query) makes it connected.
class Health {
 public:
  struct Snapshot {
    bool connected = false;  // something was answered since the last loss of all brokers
    Error fatal;  // set once and for good
    Error last;  // the latest error of any kind; stays after recovery
    uint64_t errors = 0;  // error events so far
  };

  Snapshot snapshot() const;
  void note_answer();
  void note_error(const Error& error, bool all_brokers_down);

 private:
  mutable std::mutex mutex_;
  Snapshot state_;
};

}  // namespace insight::kafka
