// The table of keys as JSON Schema, for editors and pipelines. It refuses nothing that load() takes. load() stays the
// judge: a schema cannot say that two topics must differ, nor how long a duration or how large a size may be. Its patterns
// do without what the regular expressions of some validators do not have (looking ahead).
#include <fmt/format.h>

#include "settings/key.h"
#include "settings/units.h"

namespace insight::settings {
namespace {

std::string json_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// An object whose members are written in order. Nested by passing the text of one as a member's value.
class Object {
 public:
  Object& member(std::string_view name, const std::string& json) {
    body_ += fmt::format("{}\n{}: {}", body_.empty() ? "" : ",", json_text(name), json);
    return *this;
  }
  Object& text(std::string_view name, std::string_view value) { return member(name, json_text(value)); }
  bool empty() const { return body_.empty(); }
  std::string json() const {
    if (body_.empty()) return "{}";
    std::string indented;
    for (const char c : body_) {
      indented += c;
      if (c == '\n') indented += "  ";
    }
    return "{" + indented + "\n}";
  }

 private:
  std::string body_;
};

// The rules of check_text() as regular expressions.
constexpr std::string_view kHost = "([A-Za-z0-9._-]+|\\[[A-Za-z0-9._:%-]+\\])";
constexpr std::string_view kPort =
    "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]";

void describe_topic(Object& schema, int length_min) {
  schema.text("pattern", fmt::format("^[A-Za-z0-9._-]{{{},249}}$", length_min));
  schema.member("not", "{\"enum\": [\".\", \"..\"]}");
}

std::string servers_pattern() {
  const auto server = fmt::format(" *([A-Za-z_]+://)?{}(:({}))? *", kHost, kPort);
  return fmt::format("^{0}(,{0})*$", server);
}

std::string list_of(std::span<const std::string_view> texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "" : ", ") + json_text(text);
  return "[" + list + "]";
}

void describe_text(Object& schema, Text rule, std::span<const std::string_view> choices) {
  if (rule == Text::kAccount)
    schema.member("type", "[\"string\", \"number\"]");
  else
    schema.text("type", "string");
  switch (rule) {
    case Text::kAny: break;
    case Text::kNotEmpty: schema.member("minLength", "1"); break;
    case Text::kTopic: describe_topic(schema, 1); break;
    case Text::kTopicOrEmpty: describe_topic(schema, 0); break;
    case Text::kServers: schema.text("pattern", servers_pattern()); break;
    case Text::kListen: schema.text("pattern", fmt::format("^{}:(0|{})$", kHost, kPort)); break;
    case Text::kPattern:
    case Text::kAccount: schema.text("pattern", "^([^*]*|[*][^*]*|[^*]*[*])$"); break;
    case Text::kChoice: schema.member("enum", list_of(choices)); break;
  }
}

// What a property may be that the engine sets itself. A file cannot hold the one value that does no harm.
std::string own_property_schema(std::string_view allowed, bool from_files) {
  if (allowed.empty() || from_files) return "false";
  const std::string text = json_text(allowed);
  return allowed == "true" || allowed == "false" ? fmt::format("{{\"enum\": [{}, {}]}}", text, allowed)
                                                 : fmt::format("{{\"enum\": [{}]}}", text);
}

std::string selectors_schema();

// Type, bounds and default of one key.
template <typename Owner>
struct Describe {
  Object& schema;
  const Key<Owner>& key;
  Owner& defaults;

  void operator()(std::string& (*field)(Owner&)) const {
    describe_text(schema, key.text, key.choices);
    schema.text("default", field(defaults));
  }
  void operator()(bool& (*field)(Owner&)) const {
    schema.text("type", "boolean").member("default", field(defaults) ? "true" : "false");
  }
  void operator()(int32_t& (*field)(Owner&)) const { number("integer", field(defaults)); }
  void operator()(uint32_t& (*field)(Owner&)) const { number("integer", field(defaults)); }
  void operator()(double& (*field)(Owner&)) const { number("number", field(defaults)); }
  void operator()(std::chrono::milliseconds& (*field)(Owner&)) const {
    schema.member("type", "[\"string\", \"number\"]").member("minimum", "0").member("maximum", "0");  // a lone 0
    std::string pattern;
    for (const auto* unit : {"d", "h", "m", "s", "ms"}) pattern += fmt::format("([0-9]{{1,15}}{})?", unit);
    schema.text("pattern", "^(0|" + pattern + ")$").member("minLength", "1");
    schema.text("default", format_duration(field(defaults)));
  }
  void operator()(uint64_t& (*field)(Owner&)) const {
    schema.text("type", "string").text("pattern", "^[0-9]{1,15}(B|KiB|MiB|GiB|TiB)$");
    schema.text("default", format_size(field(defaults)));
  }
  void operator()(std::vector<std::string>& (*field)(Owner&)) const {
    Object item;
    describe_text(item, key.text, key.choices);
    const std::vector<std::string_view> list(field(defaults).begin(), field(defaults).end());
    schema.text("type", "array").member("items", item.json()).member("minItems", plain_number(key.min));
    schema.member("maxItems", plain_number(key.max)).member("uniqueItems", "true").member("default", list_of(list));
  }
  void operator()(std::map<std::string, std::string>& (*)(Owner&)) const {
    const bool from_files = key.path == "kafka.properties_from_files";
    Object own;
    for (const auto& property : own_properties())
      own.member(property.name, own_property_schema(property.allowed, from_files));
    Object other;
    other.member("type", "[\"string\", \"number\", \"boolean\"]");
    if (from_files) other.member("minLength", "1");
    schema.member("type", "[\"object\", \"null\"]").member("properties", own.json());
    schema.member("propertyNames", "{\"pattern\": \"^[^:=]+$\"}").member("additionalProperties", other.json());
    schema.member("default", "{}");
  }
  void operator()(std::vector<Selector>& (*)(Owner&)) const {
    schema.member("type", "[\"array\", \"null\"]").member("items", selectors_schema());
    schema.member("maxItems", plain_number(key.max)).member("default", "[]");
  }
  void number(std::string_view type, double value) const {
    schema.text("type", type).member("minimum", plain_number(key.min)).member("maximum", plain_number(key.max));
    schema.member("default", plain_number(value));
  }
};

std::string selectors_schema() {
  Object members;
  Selector defaults;
  for (const auto& key : selector_keys()) {
    Object member;
    member.text("description", key.doc);
    std::visit(Describe<Selector>{member, key, defaults}, key.field);
    members.member(key.path, member.json());
  }
  Object schema;
  schema.text("type", "object").member("additionalProperties", "false").member("properties", members.json());
  // Included, but for no insight type.
  schema.member("not",
                "{\"required\": [\"call_rate\", \"error_rate\"], \"properties\": {\"include\": {\"const\": true}, "
                "\"call_rate\": {\"const\": false}, \"error_rate\": {\"const\": false}}}");
  return schema.json();
}

// The members of `section` ("" or "a.b."), keys and sections alike.
std::string members_schema(const std::string& section) {
  Object members;
  Settings defaults;
  std::string last;
  for (const auto& key : keys()) {
    if (!key.path.starts_with(section)) continue;
    const std::string rest(key.path.substr(section.size()));
    const std::string name = rest.substr(0, rest.find('.'));
    if (name == last) continue;
    last = name;
    Object member;
    if (name == rest) {
      member.text("description", key.doc);
      std::visit(Describe<Settings>{member, key, defaults}, key.field);
    } else {
      member.member("type", "[\"object\", \"null\"]").member("additionalProperties", "false");
      member.member("properties", members_schema(section + name + "."));
    }
    members.member(name, member.json());
  }
  return members.json();
}

}  // namespace

std::string schema_json() {
  Object schema;
  schema.text("$schema", "https://json-schema.org/draft/2020-12/schema").text("title", "Configuration of insightd");
  schema.member("type", "[\"object\", \"null\"]").member("additionalProperties", "false");
  schema.member("properties", members_schema(""));
  return schema.json() + "\n";
}

}  // namespace insight::settings
