// Settings as YAML: the effective ones with secrets masked, and the shipped file of defaults.
#include <algorithm>

#include <fmt/format.h>

#include "settings/key.h"
#include "settings/units.h"

namespace insight::settings {
namespace {

constexpr std::string_view kMask = "\"********\"";
constexpr size_t kWidth = 100;

// Values that cannot be mistaken for anything but a text stay plain; the rest is quoted as in JSON, which
// YAML reads alike.
bool is_safe_plain(std::string_view text) {
  static constexpr std::string_view kOtherMeanings[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  if (text.empty() || text.back() == ':') return false;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!is_letter(text.front()) && text.front() != '/') return false;
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  if (std::ranges::find(kOtherMeanings, lower) != std::end(kOtherMeanings)) return false;
  return std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || std::string_view("._-/:*").find(c) != std::string_view::npos;
  });
}

std::string yaml_text(std::string_view text) {
  if (is_safe_plain(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted += {'\\', c};
    else if (c == '\n')
      quoted += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      quoted += fmt::format("\\x{:02x}", c);
    else
      quoted += c;
  }
  return quoted + "\"";
}

// The value of a field as YAML, beginning after `key:`: ` 12`, or lines of its own.
template <typename Owner>
struct Value {
  Owner& owner;
  std::string indent;  // of the key

  std::string operator()(std::string& (*field)(Owner&)) const { return " " + yaml_text(field(owner)); }
  std::string operator()(bool& (*field)(Owner&)) const { return field(owner) ? " true" : " false"; }
  std::string operator()(int32_t& (*field)(Owner&)) const { return fmt::format(" {}", field(owner)); }
  std::string operator()(uint32_t& (*field)(Owner&)) const { return fmt::format(" {}", field(owner)); }
  std::string operator()(double& (*field)(Owner&)) const { return " " + plain_number(field(owner)); }
  std::string operator()(std::chrono::milliseconds& (*field)(Owner&)) const {
    return " " + format_duration(field(owner));
  }
  std::string operator()(uint64_t& (*field)(Owner&)) const { return " " + format_size(field(owner)); }
  std::string operator()(std::vector<std::string>& (*field)(Owner&)) const {
    std::string text = " [";
    for (const auto& item : field(owner)) text += (text.size() > 2 ? ", " : "") + yaml_text(item);
    return text + "]";
  }
  std::string operator()(std::map<std::string, std::string>& (*field)(Owner&)) const {
    std::string text;
    for (const auto& [name, value] : field(owner)) {
      const bool is_path = &field(owner) != &properties() && looks_like_path(value);
      const std::string shown = is_secret(name) && !is_path ? std::string(kMask) : yaml_text(value);
      text += fmt::format("\n{}  {}: {}", indent, yaml_text(name), shown);
    }
    return text.empty() ? " {}" : text;
  }
  std::string operator()(std::vector<Selector>& (*field)(Owner&)) const {
    std::string text;
    for (auto& selector : field(owner)) {
      std::string_view lead = "- ";
      for (const auto& key : selector_keys()) {
        const auto value = std::visit(Value<Selector>{selector, ""}, key.field);
        if (value == " \"\"") continue;  // matches everything
        text += fmt::format("\n{}  {}{}:{}", indent, lead, key.path, value);
        lead = "  ";
      }
    }
    return text.empty() ? " []" : text;
  }

 private:
  const std::map<std::string, std::string>& properties() const {
    static const std::map<std::string, std::string> kNone;
    if constexpr (std::is_same_v<Owner, Settings>)
      return owner.kafka.properties;
    else
      return kNone;
  }
};

std::string as_comment(std::string_view text, const std::string& indent) {
  std::string out;
  std::string line = indent + "#";
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line = indent + "#";
    }
    line += fmt::format(" {}", word);
  }
  return out + line + "\n";
}

std::string to_yaml(Settings settings, bool commented) {
  std::string out;
  std::vector<std::string_view> open;  // sections around the last key
  for (const auto& key : keys()) {
    std::vector<std::string_view> names;
    for (std::string_view rest = key.path; !rest.empty();) {
      names.push_back(rest.substr(0, rest.find('.')));
      rest.remove_prefix(std::min(rest.size(), names.back().size() + 1));
    }
    size_t depth = 0;
    while (depth + 1 < names.size() && depth < open.size() && open[depth] == names[depth]) ++depth;
    if (commented && depth == 0 && !out.empty()) out += "\n";
    for (; depth + 1 < names.size(); ++depth) out += fmt::format("{:{}}{}:\n", "", 2 * depth, names[depth]);
    open.assign(names.begin(), names.end() - 1);

    const std::string indent(2 * depth, ' ');
    if (commented) out += as_comment(key.doc, indent);
    out += fmt::format("{}{}:{}\n", indent, names.back(), std::visit(Value<Settings>{settings, indent}, key.field));
  }
  return out;
}

}  // namespace

bool looks_like_path(std::string_view text) { return text.find('/') != std::string_view::npos; }

bool is_secret(std::string_view property) {
  static constexpr std::string_view kMarks[] = {"password", "secret", ".pem", "token", "private", "assertion"};
  static constexpr std::string_view kPublic[] = {"ssl.certificate.pem", "ssl.ca.pem",
                                                 "sasl.oauthbearer.token.endpoint.url"};
  std::string lower(property);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  if (std::ranges::find(kPublic, lower) != std::end(kPublic)) return false;
  if (lower == "sasl.oauthbearer.config" || lower == "sasl.jaas.config") return true;  // may hold credentials
  return std::ranges::any_of(kMarks, [&](auto mark) { return lower.find(mark) != std::string::npos; });
}

std::string print(const Settings& settings) { return to_yaml(settings, false); }

std::string commented_defaults() {
  return "# yaml-language-server: $schema=insightd.schema.json\n" +
         as_comment(
             "The configuration of insightd: every key, at its default. Every key may be left out. Durations are "
             "written as 10m, 1h30m or 200ms, sizes as 512MiB or 1GiB. `--set key.path=value` overrides a key; "
             "`insightd validate` checks the file without connecting; `insightd config schema` prints its JSON Schema.",
             "") +
         "\n" + to_yaml(Settings{}, true);
}

}  // namespace insight::settings
