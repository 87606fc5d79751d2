#include "telemetry/log.h"

#include <utility>

#include <fmt/format.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace insight::telemetry {
namespace {

// Length of the UTF-8 sequence that `text` begins with; 0 if it is none.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                        : lead >= 0xe0 && lead < 0xf0 ? 3
                        : lead >= 0xf0 && lead < 0xf5 ? 4
                                                      : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  // Overlong forms, surrogates and what is past Unicode's end.
  const unsigned char second = byte(1);
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second >= 0xa0)) return 0;
  if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second >= 0x90)) return 0;
  return length;
}

void append_escaped(std::string_view text, bool json, spdlog::memory_buf_t& out) {
  const auto append = [&](std::string_view piece) { out.append(piece.data(), piece.data() + piece.size()); };
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    const char c = text.front();
    if (length == 0)
      append(json ? "\\ufffd" : "?");
    else if (json && (c == '"' || c == '\\'))
      append(std::string{'\\', c});
    else if (c == '\n')
      append("\\n");
    else if (c == '\t')
      append("\\t");
    else if (length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f))
      append(json ? fmt::format("\\u{:04x}", c) : fmt::format("\\x{:02x}", c));
    else
      append(text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

std::string_view level_name(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace: return "trace";
    case spdlog::level::debug: return "debug";
    case spdlog::level::info: return "info";
    case spdlog::level::warn: return "warn";
    default: return "error";
  }
}

spdlog::level::level_enum level_of(std::string_view name) {
  for (const auto level : {spdlog::level::trace, spdlog::level::debug, spdlog::level::warn, spdlog::level::err})
    if (level_name(level) == name) return level;
  return spdlog::level::info;
}

class LineFormatter : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : json_(format == LogFormat::kJson) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto time = std::chrono::floor<core::Duration>(message.time);
    std::string stamp = core::to_iso(time);
    stamp.pop_back();  // the Z goes behind the fraction
    const auto millis = time.time_since_epoch().count() % 1000;
    const auto level = level_name(message.level);
    const auto into = std::back_inserter(out);
    if (json_)
      fmt::format_to(into, R"({{"time":"{}.{:03}Z","level":"{}","message":")", stamp, millis, level);
    else
      fmt::format_to(into, "{}.{:03}Z {} ", stamp, millis, level);
    append_escaped({message.payload.data(), message.payload.size()}, json_, out);
    const std::string_view end = json_ ? "\"}\n" : "\n";
    out.append(end.data(), end.data() + end.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(json_ ? LogFormat::kJson : LogFormat::kText);
  }

 private:
  bool json_;
};

}  // namespace

std::shared_ptr<spdlog::logger> make_logger(std::string_view level, LogFormat format) {
  return make_logger(level, format, std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

std::shared_ptr<spdlog::logger> make_logger(std::string_view level, LogFormat format, spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("insightd", std::move(sink));
  logger->set_formatter(std::make_unique<LineFormatter>(format));
  logger->set_level(level_of(level));
  logger->flush_on(spdlog::level::warn);
  return logger;
}

std::optional<uint64_t> RateLimit::pass(core::Timestamp now) {
  const bool due = !last_ || now < *last_ || now - *last_ >= interval_;
  if (!due) {
    ++held_back_;
    return std::nullopt;
  }
  last_ = now;
  return std::exchange(held_back_, 0);
}

void set_level(spdlog::logger& logger, std::string_view level) { logger.set_level(level_of(level)); }

}  // namespace insight::telemetry
