// What values must be, and how to say so.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "settings/key.h"
#include "settings/nearest.h"
#include "settings/units.h"

namespace insight::settings {
namespace {

constexpr size_t kTopicLengthMax = 249;  // Kafka's own
constexpr size_t kShownLengthMax = 80;

bool is_topic_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_topic(std::string_view text) {
  return !text.empty() && text.size() <= kTopicLengthMax && text != "." && text != ".." &&
         std::ranges::all_of(text, is_topic_character);
}

bool is_port(std::string_view text, int min) {
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
    return false;
  if (text.size() > 1 && text.front() == '0') return false;
  const int port = std::stoi(std::string(text));
  return port >= min && port <= 65535;
}

bool is_host(std::string_view host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  return !host.empty() && std::ranges::all_of(host, [&](char c) {
    return is_topic_character(c) || (bracketed && (c == ':' || c == '%'));
  });
}

// `host:port`; a broker may leave the port out.
bool is_address(std::string_view text, int port_min, bool port_needed) {
  const size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && (text.empty() || text.back() != ']');
  if (!has_port) return !port_needed && is_host(text);
  return is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1), port_min);
}

// Such as SASL_SSL, as listeners are called.
bool is_scheme(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; });
}

bool are_servers(std::string_view text) {
  while (true) {
    const size_t comma = text.find(',');
    std::string_view server = text.substr(0, comma);
    while (server.starts_with(' ')) server.remove_prefix(1);
    while (server.ends_with(' ')) server.remove_suffix(1);
    const size_t scheme = server.find("://");
    if (scheme != std::string_view::npos) {
      if (!is_scheme(server.substr(0, scheme))) return false;
      server.remove_prefix(scheme + 3);
    }
    if (!is_address(server, 1, false)) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool is_pattern(std::string_view text) {
  const size_t star = text.find('*');
  if (star == std::string_view::npos) return true;
  return star == text.rfind('*') && (star == 0 || star + 1 == text.size());
}

std::string choice_list(std::span<const std::string_view> choices) {
  if (choices.size() == 1) return std::string(choices.front());
  return fmt::format("one of {}", fmt::join(choices, ", "));
}

std::string text_expectation(Text rule, std::span<const std::string_view> choices) {
  switch (rule) {
    case Text::kAny: return "a text";
    case Text::kNotEmpty: return "a text that is not empty";
    case Text::kTopic: return "a topic name: 1 to 249 letters, digits, `.`, `_` or `-`, not `.` or `..`";
    case Text::kTopicOrEmpty: return "a topic name (1 to 249 letters, digits, `.`, `_` or `-`), or \"\" for none";
    case Text::kServers: return "brokers as host:port, several with commas, such as kafka-1:9092,kafka-2:9092";
    case Text::kListen: return "host:port with a port from 0 to 65535, such as 127.0.0.1:9464 or 0.0.0.0:9464";
    case Text::kPattern:
    case Text::kAccount: return "a text with at most one `*`, at its beginning or its end, such as Delete*";
    case Text::kChoice: return choice_list(choices);
  }
  return {};
}

template <typename Owner>
std::string expectation_of(const Key<Owner>& key) {
  struct Words {
    const Key<Owner>& key;
    std::string operator()(std::string& (*)(Owner&)) const { return text_expectation(key.text, key.choices); }
    std::string operator()(bool& (*)(Owner&)) const { return "true or false, without quotes"; }
    std::string operator()(int32_t& (*)(Owner&)) const { return whole(); }
    std::string operator()(uint32_t& (*)(Owner&)) const { return whole(); }
    std::string operator()(double& (*)(Owner&)) const {
      return fmt::format("a number from {} to {}, without quotes", plain_number(key.min), plain_number(key.max));
    }
    std::string operator()(std::chrono::milliseconds& (*)(Owner&)) const {
      const auto text = [](double ms) { return format_duration(std::chrono::milliseconds(static_cast<int64_t>(ms))); };
      return fmt::format("a duration from {} to {} with its units, such as 10m, 1h30m or 200ms", text(key.min),
                         text(key.max));
    }
    std::string operator()(uint64_t& (*)(Owner&)) const {
      return fmt::format("a size from {} to {} with its unit, such as 512MiB or 1GiB",
                         format_size(static_cast<uint64_t>(key.min)), format_size(static_cast<uint64_t>(key.max)));
    }
    std::string operator()(std::vector<std::string>& (*)(Owner&)) const {
      return fmt::format("a list of {} to {} topic names, such as [audit-events]", key.min, key.max);
    }
    std::string operator()(std::map<std::string, std::string>& (*)(Owner&)) const {
      return "librdkafka properties, one `name: value` a line, or {} for none";
    }
    std::string operator()(std::vector<Selector>& (*)(Owner&)) const {
      return fmt::format("a list of at most {} selectors, such as [{{event_name: Delete*, include: false}}]", key.max);
    }
    std::string whole() const {
      return fmt::format("a whole number from {} to {}, without quotes", plain_number(key.min), plain_number(key.max));
    }
  };
  return std::visit(Words{key}, key.field);
}

}  // namespace

std::string expectation(const Key<Settings>& key) { return expectation_of(key); }
std::string expectation(const Key<Selector>& key) { return expectation_of(key); }

std::string check_text(Text rule, std::span<const std::string_view> choices, std::string_view text) {
  const bool good = [&] {
    switch (rule) {
      case Text::kAny: return true;
      case Text::kNotEmpty: return !text.empty();
      case Text::kTopic: return is_topic(text);
      case Text::kTopicOrEmpty: return text.empty() || is_topic(text);
      case Text::kServers: return are_servers(text);
      case Text::kListen: return is_address(text, 0, true);
      case Text::kPattern:
      case Text::kAccount: return is_pattern(text);
      case Text::kChoice: return std::ranges::find(choices, text) != choices.end();
    }
    return false;
  }();
  if (good) return {};
  const auto meant = nearest(text, {choices.begin(), choices.end()});
  const auto hint = meant.empty() ? std::string() : fmt::format(" (did you mean {}?)", meant);
  return fmt::format("{} does not fit; write {}{}", quote(text), text_expectation(rule, choices), hint);
}

std::span<const OwnProperty> own_properties() {
  static constexpr OwnProperty kOwn[] = {
      {"bootstrap.servers", "", "set kafka.bootstrap_servers instead"},
      {"metadata.broker.list", "", "set kafka.bootstrap_servers instead"},
      {"group.id", "", "set kafka.consumer_group instead"},
      {"transactional.id", "", "remove it: the engine gives every partition thread its own"},
      {"enable.auto.commit", "false", "remove it: offsets are committed with the results"},
      {"enable.auto.offset.store", "false", "remove it: offsets are committed with the results"},
      {"enable.idempotence", "true", "remove it: exactly-once results need idempotent producers"},
      {"max.in.flight", "", "remove it: exactly-once results need producers that have one request on its way"},
      {"max.in.flight.requests.per.connection", "",
       "remove it: exactly-once results need producers that have one request on its way"},
      {"isolation.level", "read_committed", "remove it: exactly-once results need read_committed"},
  };
  return kOwn;
}

std::string check_property(std::string_view property, std::string_view value) {
  if (property.empty()) return "a property without a name; write `name: value`";
  for (const auto& own : own_properties())
    if (own.name == property && (own.allowed.empty() || value != own.allowed))
      return fmt::format("the engine sets this property itself; {}", own.mend);
  return {};
}

std::string printable(std::string_view text) {
  const bool cut = text.size() > kShownLengthMax;
  if (cut) {
    text = text.substr(0, kShownLengthMax);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.remove_suffix(1);
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.remove_suffix(1);
  }
  std::string shown(text);
  std::ranges::replace_if(shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return cut ? shown + "..." : shown;
}

std::string quote(std::string_view text) { return fmt::format("`{}`", printable(text)); }

std::string plain_number(double value) { return fmt::format("{}", value); }

}  // namespace insight::settings
