#include "kafka/client.h"

#include <fmt/format.h>

#include <algorithm>

#include "kafka/handle.h"
#include "kafka/refusal.h"

namespace insight::kafka {
namespace {

// Properties that the engine fixes in at least one client; an operator's other value is a mistake everywhere.
const Properties& fixed_everywhere() {
  static const Properties fixed = {{"enable.auto.commit", "false"},
                                   {"enable.auto.offset.store", "false"},
                                   {"enable.idempotence", "true"},
                                   {"enable.partition.eof", "false"}};
  return fixed;
}

// Properties that the engine sets from its own configuration keys.
constexpr std::pair<std::string_view, std::string_view> kOwned[] = {
    {"bootstrap.servers", "kafka.bootstrap_servers"},
    {"metadata.broker.list", "kafka.bootstrap_servers"},
    {"group.id", "kafka.consumer_group"},
    {"transactional.id", "kafka.consumer_group"},
};

Error set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char reason[512];
  switch (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason)) {
    case RD_KAFKA_CONF_OK: return {};
    case RD_KAFKA_CONF_UNKNOWN:
      return make_error(RD_KAFKA_RESP_ERR__INVALID_ARG, fmt::format("`{}` is no property of librdkafka", name));
    case RD_KAFKA_CONF_INVALID: break;
  }
  // The library's reason repeats the value, which may be a secret.
  return make_error(RD_KAFKA_RESP_ERR__INVALID_ARG, fmt::format("`{}` has a value that librdkafka refuses", name));
}

// The library's reason repeats the value unless it is about the property as such: one that its documentation does not
// list (a Java client's) or that it was built without.
std::string why_refused(const std::string& name, std::string_view reason) {
  const auto& known = known_properties();
  const auto row = known.find(name);
  if (row == known.end() || reason.find("this build") != std::string_view::npos) return std::string(reason);
  return row->second.empty() ? "librdkafka refuses this value; its CONFIGURATION.md says what it takes"
                             : fmt::format("librdkafka refuses this value; it takes {}", row->second);
}

Error check_authority(const std::string& name, const std::string& value, const Properties& fixed) {
  for (const auto& [owned, key] : kOwned) {
    if (name == owned) {
      return make_error(RD_KAFKA_RESP_ERR__INVALID_ARG, fmt::format("`{}` is set by {}; remove it", name, key));
    }
  }
  const auto found = fixed.find(name);
  if (found == fixed.end() || found->second == value) return {};
  return make_error(RD_KAFKA_RESP_ERR__INVALID_ARG,
                    fmt::format("`{}` must stay {}: exactly-once depends on it; remove it", name, found->second));
}

LogLevel to_level(int syslog) {
  if (syslog <= 3) return LogLevel::kError;
  if (syslog == 4) return LogLevel::kWarning;
  return syslog == 7 ? LogLevel::kDebug : LogLevel::kInfo;
}

}  // namespace

std::string to_string(const Error& error) {
  if (!error) return "no error";
  const char* words = rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(error.code));
  return error.text.empty() || error.text == words ? words : fmt::format("{} ({})", error.text, words);
}

bool is_offset_reset(const Error& error) {
  return error.code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || error.code == RD_KAFKA_RESP_ERR__NO_OFFSET ||
         error.code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE;
}

bool is_unknown_topic(const Error& error) {
  return error.code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || error.code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
         error.code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

bool is_timed_out(const Error& error) {
  return error.code == RD_KAFKA_RESP_ERR__TIMED_OUT || error.code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE ||
         error.code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || error.code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
}

bool is_denied(const Error& error) {
  return error.code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         error.code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
         error.code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
         error.code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

bool is_name_taken(const Error& error) { return error.code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID; }

std::vector<PropertyMistake> check_properties(const Properties& properties) {
  std::vector<PropertyMistake> mistakes;
  const Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    if (const Error error = check_authority(name, value, fixed_everywhere())) {
      mistakes.push_back({name, error.text});
      continue;
    }
    char reason[512];
    const auto result = rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason, sizeof reason);
    if (result == RD_KAFKA_CONF_UNKNOWN) mistakes.push_back({name, "librdkafka has no such property", true});
    if (result == RD_KAFKA_CONF_INVALID) mistakes.push_back({name, why_refused(name, reason)});
  }
  return mistakes;
}

std::string library_version() { return rd_kafka_version_str(); }

Health::Snapshot Health::snapshot() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Health::note_answer() {
  const std::lock_guard lock(mutex_);
  state_.connected = true;
}

void Health::note_error(const Error& error, bool all_brokers_down) {
  const std::lock_guard lock(mutex_);
  ++state_.errors;
  state_.last = error;
  if (all_brokers_down) state_.connected = false;
  if (error.fatal && !state_.fatal) state_.fatal = error;
}

Error make_error(rd_kafka_resp_err_t code, std::string text) {
  Error error;
  error.code = code;
  error.text = text.empty() && code != 0 ? rd_kafka_err2str(code) : std::move(text);
  return error;
}

Error make_error(rd_kafka_error_t* raw) {
  if (raw == nullptr) return {};
  const ErrorHandle handle(raw);
  Error error = make_error(rd_kafka_error_code(raw), rd_kafka_error_string(raw));
  error.fatal = rd_kafka_error_is_fatal(raw) != 0;
  error.retriable = rd_kafka_error_is_retriable(raw) != 0;
  error.abortable = rd_kafka_error_txn_requires_abort(raw) != 0;
  return error;
}

Error make_client_error(rd_kafka_t* handle, rd_kafka_resp_err_t code, const char* reason) {
  Error error = make_error(code, reason == nullptr ? "" : reason);
  char why[512];
  const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(handle, why, sizeof why);
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
    error = make_error(fatal, why);
    error.fatal = true;
  }
  return error;
}

Result<Conf> make_conf(const ClientOptions& options, const Properties& defaults, const Properties& fixed) {
  Conf conf(rd_kafka_conf_new());
  Properties merged = defaults;
  for (const auto& [name, value] : options.properties) {
    if (Error error = check_authority(name, value, fixed)) return {{}, std::move(error)};
    merged[name] = value;
  }
  merged["bootstrap.servers"] = options.bootstrap_servers;
  if (!options.client_id.empty()) merged.try_emplace("client.id", options.client_id);
  for (const auto& [name, value] : fixed) merged[name] = value;
  for (const auto& [name, value] : merged) {
    if (Error error = set(conf.get(), name, value)) return {{}, std::move(error)};
  }
  return {std::move(conf), {}};
}

Error ClientEvents::open(Client& client, rd_kafka_type_t type, const LogHandler& log, Conf conf) {
  client.log_ = log;
  client.context_ = std::make_unique<ClientContext>();
  client.context_->client = &client;
  rd_kafka_conf_set_opaque(conf.get(), client.context_.get());
  rd_kafka_conf_set_log_cb(conf.get(), &ClientEvents::log);
  rd_kafka_conf_set_error_cb(conf.get(), &ClientEvents::error);
  char reason[512];
  client.handle_ = rd_kafka_new(type, conf.get(), reason, sizeof reason);
  if (client.handle_ == nullptr) return make_error(rd_kafka_last_error(), reason);
  static_cast<void>(conf.release());  // owned by the handle from here on
  return {};
}

void ClientEvents::log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  auto& context = *static_cast<ClientContext*>(rd_kafka_opaque(handle));
  const std::lock_guard lock(context.mutex);
  if (context.client == nullptr || !context.client->log_) return;
  const LogHandler& log = context.client->log_;
  if (std::string_view(facility) == "CONFWARN" &&
      std::string_view(text).find("will be ignored by this") != std::string_view::npos) {
    return;
  }
  if (const auto refusal = explain_refusal(text)) return log(to_level(level), *refusal);
  log(to_level(level), fmt::format("{}: {}", facility, text));
}

void ClientEvents::error(rd_kafka_t* handle, int code, const char* reason, void* opaque) {
  if (client_of(opaque) == nullptr) return;
  Client& client = *client_of(opaque);
  const auto err = static_cast<rd_kafka_resp_err_t>(code);
  const Error error = make_client_error(handle, err, reason);
  client.health_.note_error(error, err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN);
  // Of a refusal the library's log line has said what there is to say.
  const bool said = !error.fatal && explain_refusal(error.text);
  log_line(client.log_,
           error.fatal ? LogLevel::kError
           : said      ? LogLevel::kDebug
                       : LogLevel::kWarning,
           to_string(error));
}

void log_line(const LogHandler& log, LogLevel level, const std::string& text) {
  if (log) log(level, text);
}

int to_timeout(Milliseconds timeout) {
  constexpr int64_t kLongest = 24 * 3600 * 1000;
  return static_cast<int>(std::clamp<int64_t>(timeout.count(), 0, kLongest));
}

}  // namespace insight::kafka
