// The table of keys as JSON Schema, for editors and pipelines. load() stays the judge: a schema cannot say
// that two topics must differ.
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

constexpr std::string_view kTopicPattern = "^[A-Za-z0-9._-]{1,249}$";

void describe_text(Object& schema, Text rule, std::span<const std::string_view> choices) {
  schema.text("type", "string");
  if (rule == Text::kNotEmpty || rule == Text::kServers) schema.member("minLength", "1");
  if (rule == Text::kTopic) schema.text("pattern", kTopicPattern);
  if (rule == Text::kTopicOrEmpty) schema.text("pattern", "^[A-Za-z0-9._-]{0,249}$");
  if (rule == Text::kListen) schema.text("pattern", ":[0-9]{1,5}$");
  if (rule == Text::kPattern) schema.text("pattern", "^([^*]*|[*][^*]*|[^*]*[*])$");
  if (rule != Text::kChoice) return;
  std::string list;
  for (const auto& choice : choices) list += (list.empty() ? "" : ", ") + json_text(choice);
  schema.member("enum", "[" + list + "]");
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
    schema.text("type", "string").text("pattern", "^(0|(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?)$");
    schema.member("minLength", "1").text("default", format_duration(field(defaults)));
  }
  void operator()(uint64_t& (*field)(Owner&)) const {
    schema.text("type", "string").text("pattern", "^[0-9]+(B|KiB|MiB|GiB|TiB)$");
    schema.text("default", format_size(field(defaults)));
  }
  void operator()(std::vector<std::string>& (*field)(Owner&)) const {
    Object item;
    describe_text(item, key.text, key.choices);
    std::string list;
    for (const auto& value : field(defaults)) list += (list.empty() ? "" : ", ") + json_text(value);
    schema.text("type", "array").member("items", item.json()).member("minItems", plain_number(key.min));
    schema.member("maxItems", plain_number(key.max)).member("uniqueItems", "true").member("default", "[" + list + "]");
  }
  void operator()(std::map<std::string, std::string>& (*)(Owner&)) const {
    schema.member("type", "[\"object\", \"null\"]");
    schema.member("additionalProperties", "{\"type\": [\"string\", \"number\", \"boolean\"]}").member("default", "{}");
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
    if (key.path == "account") {  // account ids are digits, often without quotes
      member.member("type", "[\"string\", \"integer\"]").text("default", "");
    } else {
      std::visit(Describe<Selector>{member, key, defaults}, key.field);
    }
    members.member(key.path, member.json());
  }
  Object schema;
  schema.text("type", "object").member("additionalProperties", "false").member("properties", members.json());
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
