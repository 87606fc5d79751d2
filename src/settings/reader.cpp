#include "settings/reader.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "settings/nearest.h"
#include "settings/units.h"

namespace insight::settings {
namespace {

constexpr std::string_view kOverride = "--set";  // Problem::file of overrides

std::string join(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

bool is_inside(std::string_view path, std::string_view section) {
  return path.size() > section.size() && path.starts_with(section) && path[section.size()] == '.';
}

const Key<Settings>* find_key(std::string_view path) {
  const auto table = keys();
  const auto at = std::ranges::find(table, path, &Key<Settings>::path);
  return at == table.end() ? nullptr : &*at;
}

bool is_section(std::string_view path) {
  return std::ranges::any_of(keys(), [&](const auto& key) { return is_inside(key.path, path); });
}

// The names directly inside a section, each once.
std::vector<std::string_view> members_of(std::string_view section) {
  std::vector<std::string_view> members;
  for (const auto& key : keys()) {
    if (!section.empty() && !is_inside(key.path, section)) continue;
    std::string_view name = key.path.substr(section.empty() ? 0 : section.size() + 1);
    name = name.substr(0, name.find('.'));
    if (members.empty() || members.back() != name) members.push_back(name);
  }
  return members;
}

// The known key that was probably meant: a neighbour with a similar name, or the same name elsewhere.
std::string suggestion(const std::string& path) {
  const size_t dot = path.rfind('.');
  const std::string section = dot == std::string::npos ? "" : path.substr(0, dot);
  const std::string name = dot == std::string::npos ? path : path.substr(dot + 1);
  if (const auto near = nearest(name, members_of(section)); !near.empty()) return join(section, near);
  for (const auto& key : keys())
    for (const auto& part : {std::string(key.path), std::string(key.path.substr(0, key.path.rfind('.')))})
      if (part == name || part.ends_with("." + name)) return part;
  std::vector<std::string_view> all;
  for (const auto& key : keys()) all.push_back(key.path);
  return std::string(nearest(path, all));
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull: return "nothing";
    case Node::Kind::kList: return "a list";
    case Node::Kind::kMap: return "a section";
    case Node::Kind::kScalar: break;
  }
  return node.quoted ? fmt::format("the text {}", quote(node.text)) : quote(node.text);
}

bool read_number(const std::string& text, double& value) {
  if (text.empty() || text.size() > 40 || text.find_first_not_of("0123456789.eE+-") != std::string::npos) return false;
  char* end = nullptr;
  value = std::strtod(text.c_str(), &end);
  return *end == '\0' && std::isfinite(value);
}

bool is_plain(const Node& node) { return node.kind == Node::Kind::kScalar && !node.quoted; }

// What is wrong with a scalar as a text, and the mend; empty: nothing.
template <typename Owner>
std::string wrong_text(const Key<Owner>& key, const Node& node) {
  auto wrong = check_text(key.text, key.choices, node.text);
  if (!wrong.empty() || node.quoted) return wrong;
  double number = 0;
  const bool is_number = read_number(node.text, number) && key.text != Text::kAccount;
  if (!is_number && node.text != "true" && node.text != "false") return {};
  return fmt::format("{} is no text here; write it in quotes: \"{}\"", quote(node.text), node.text);
}

}  // namespace

void Reader::read_file(const std::string& file, const Node& root) {
  file_ = file;
  if (root.kind == Node::Kind::kNull) return;
  if (root.kind != Node::Kind::kMap)
    return report(root.mark, "",
                  fmt::format("{} stands where the sections belong; begin with a line such as `kafka:`", found(root)));
  read_section("", root);
}

void Reader::read_section(const std::string& path, const Node& map) {
  for (size_t i = 0; i < map.keys.size(); ++i)
    if (usable_key(map, i, path)) read_member(join(path, map.keys[i].text), map.keys[i], map.items[i]);
}

void Reader::read_member(const std::string& path, const Node& name, const Node& value) {
  // A dot inside a name would make `a.b: 1` look like a section a.
  const bool dotted = name.text.find('.') != std::string::npos;
  if (const auto* key = dotted ? nullptr : find_key(path)) return read_value(*key, settings_, path, value);
  if (dotted || !is_section(path)) return unknown(path, name);
  if (value.kind == Node::Kind::kMap) return read_section(path, value);
  if (value.kind != Node::Kind::kNull)
    report(value.mark, path,
           fmt::format("{} stands where a section belongs; write its keys on lines of their own, "
                       "indented",
                       found(value)));
}

void Reader::unknown(const std::string& path, const Node& name) {
  if (problems_.size() >= kProblemsMax) return;  // a suggestion costs time
  const std::string near = find_key(path) || is_section(path) ? path : suggestion(path);
  if (near == path)
    return report(name.mark, path, "a dotted name is not read here; write every part on a line of its own, indented");
  if (!near.empty()) return report(name.mark, path, fmt::format("unknown key; did you mean {}?", near));
  const bool dotted = name.text.find('.') != std::string::npos;
  report(name.mark, path,
         dotted ? "unknown key; a property of librdkafka belongs under kafka.properties"
                : "unknown key; remove it (`insightd config schema` lists the keys)");
}

bool Reader::usable_key(const Node& map, size_t at, const std::string& path) {
  const Node& name = map.keys[at];
  if (name.kind != Node::Kind::kScalar || name.text.empty()) {
    report(name.mark, path, "a key must be a word; write `name: value`");
    return false;
  }
  for (size_t i = 0; i < at; ++i) {
    if (map.keys[i].text != name.text) continue;
    report(name.mark, join(path, name.text),
           fmt::format("this key was already set on line {}; remove one of the two", map.keys[i].mark.line));
    return false;
  }
  return true;
}

template <typename Owner>
void Reader::read_value(const Key<Owner>& key, Owner& owner, const std::string& path, const Node& node) {
  places_[path] = here(node.mark);
  std::visit([&](auto field) { assign(key, field(owner), path, node); }, key.field);
}

template <typename Owner>
void Reader::misfit(const Key<Owner>& key, const std::string& path, const Node& node) {
  report(node.mark, path, fmt::format("{} does not fit; write {}", found(node), expectation(key)));
}

template <typename Owner>
void Reader::assign(const Key<Owner>& key, std::string& out, const std::string& path, const Node& node) {
  if (node.kind != Node::Kind::kScalar) return misfit(key, path, node);
  const auto wrong = wrong_text(key, node);
  if (!wrong.empty()) return report(node.mark, path, wrong);
  out = node.text;
}

template <typename Owner>
void Reader::assign(const Key<Owner>& key, bool& out, const std::string& path, const Node& node) {
  if (!is_plain(node) || (node.text != "true" && node.text != "false")) return misfit(key, path, node);
  out = node.text == "true";
}

template <typename Owner, typename Number>
void Reader::assign_whole(const Key<Owner>& key, Number& out, const std::string& path, const Node& node) {
  double value = 0;
  if (!is_plain(node) || !read_number(node.text, value) || value != std::floor(value)) return misfit(key, path, node);
  if (value < key.min || value > key.max) return misfit(key, path, node);
  out = static_cast<Number>(value);
}

template <typename Owner>
void Reader::assign(const Key<Owner>& key, int32_t& out, const std::string& path, const Node& node) {
  assign_whole(key, out, path, node);
}

template <typename Owner>
void Reader::assign(const Key<Owner>& key, uint32_t& out, const std::string& path, const Node& node) {
  assign_whole(key, out, path, node);
}

template <typename Owner>
void Reader::assign(const Key<Owner>& key, double& out, const std::string& path, const Node& node) {
  double value = 0;
  if (!is_plain(node) || !read_number(node.text, value)) return misfit(key, path, node);
  if (value < key.min || value > key.max) return misfit(key, path, node);
  out = value;
}

template <typename Owner>
void Reader::assign(const Key<Owner>& key, std::chrono::milliseconds& out, const std::string& path, const Node& node) {
  const auto value = node.kind == Node::Kind::kScalar ? parse_duration(node.text) : std::nullopt;
  if (!value) return misfit(key, path, node);
  const auto ms = static_cast<double>(value->count());
  if (ms < key.min || ms > key.max) return misfit(key, path, node);
  out = *value;
}

template <typename Owner>
void Reader::assign(const Key<Owner>& key, uint64_t& out, const std::string& path, const Node& node) {
  const auto value = node.kind == Node::Kind::kScalar ? parse_size(node.text) : std::nullopt;
  if (!value) return misfit(key, path, node);
  if (static_cast<double>(*value) < key.min || static_cast<double>(*value) > key.max) return misfit(key, path, node);
  out = *value;
}

template <typename Owner>
void Reader::assign(const Key<Owner>& key, std::vector<std::string>& out, const std::string& path, const Node& node) {
  const auto count = static_cast<double>(node.items.size());
  if (node.kind != Node::Kind::kList || count < key.min || count > key.max) return misfit(key, path, node);
  std::vector<std::string> values;
  for (size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = node.items[i];
    const auto item_path = fmt::format("{}[{}]", path, i);
    places_[item_path] = here(item.mark);
    const auto wrong = item.kind == Node::Kind::kScalar
                           ? wrong_text(key, item)
                           : fmt::format("{} does not fit; write a topic name", found(item));
    if (!wrong.empty()) report(item.mark, item_path, wrong);
    values.push_back(item.text);
  }
  out = std::move(values);
}

template <typename Owner>
void Reader::assign(const Key<Owner>& key, std::map<std::string, std::string>& out, const std::string& path,
                    const Node& node) {
  if (node.kind == Node::Kind::kNull) return;
  // Not shown: it may hold a password.
  if (node.kind == Node::Kind::kScalar)
    return report(node.mark, path, fmt::format("a text stands here; write {}", expectation(key)));
  if (node.kind != Node::Kind::kMap) return misfit(key, path, node);
  out.clear();
  for (size_t i = 0; i < node.keys.size(); ++i)
    if (usable_key(node, i, path)) read_property(out, path, node.keys[i], node.items[i]);
}

void Reader::read_property(std::map<std::string, std::string>& out, const std::string& path, const Node& name,
                           const Node& value) {
  // What follows the mark may be a password.
  if (const size_t mark = name.text.find_first_of(":="); mark != std::string::npos)
    return report(name.mark, join(path, name.text.substr(0, mark)),
                  "write `name: value`, with a space after the colon");
  const std::string key = join(path, name.text);
  if (value.kind == Node::Kind::kMap)
    return report(value.mark, key,
                  fmt::format("properties are not nested; write `{}.<name>: value` on one line", name.text));
  if (value.kind != Node::Kind::kScalar)
    return report(value.mark, key, fmt::format("{} does not fit; write a text (\"\" for an empty one)", found(value)));
  // No file can hold a value that the engine sets.
  const bool from_file = &out == &settings_.kafka.properties_from_files;
  const auto wrong = check_property(name.text, from_file ? std::string() : value.text);
  if (!wrong.empty()) return report(name.mark, key, wrong);
  places_[key] = here(name.mark);
  out[name.text] = value.text;
}

template <typename Owner>
void Reader::assign(const Key<Owner>& key, std::vector<Selector>& out, const std::string& path, const Node& node) {
  if (node.kind == Node::Kind::kNull) return;
  if (node.kind != Node::Kind::kList || static_cast<double>(node.items.size()) > key.max)
    return misfit(key, path, node);
  std::vector<Selector> selectors(node.items.size());
  for (size_t i = 0; i < node.items.size(); ++i)
    read_selector(selectors[i], fmt::format("{}[{}]", path, i), node.items[i]);
  out = std::move(selectors);
}

void Reader::read_selector(Selector& selector, const std::string& path, const Node& node) {
  if (node.kind != Node::Kind::kMap)
    return report(node.mark, path,
                  fmt::format("{} does not fit; write a selector such as {{event_name: Delete*}}", found(node)));
  std::vector<std::string_view> names;
  for (const auto& key : selector_keys()) names.push_back(key.path);
  for (size_t i = 0; i < node.keys.size(); ++i) {
    if (!usable_key(node, i, path)) continue;
    const auto& name = node.keys[i].text;
    const auto at = std::ranges::find(selector_keys(), name, &Key<Selector>::path);
    if (at != selector_keys().end()) {
      read_value(*at, selector, join(path, name), node.items[i]);
      continue;
    }
    const auto near = nearest(name, names);
    report(node.keys[i].mark, join(path, name),
           fmt::format("unknown key; {}", near.empty()
                                              ? fmt::format("the keys of a selector are {}", fmt::join(names, ", "))
                                              : fmt::format("did you mean {}?", near)));
  }
  if (selector.include && !selector.call_rate && !selector.error_rate)
    report(node.mark, path, "this selector counts for no insight type; write include: false instead");
}

void Reader::report(const Place& place, const std::string& key, std::string message) {
  if (problems_.size() >= kProblemsMax) return;
  problems_.push_back({place.file, place.line, place.column, printable(key), std::move(message)});
}

Place Reader::here(Mark mark) const {
  return file_ == kOverride ? Place{file_, 0, 0} : Place{file_, mark.line, mark.column};
}

void Reader::read_override(const std::string& text) {
  file_ = kOverride;
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return report(Mark{}, text.substr(0, text.find_first_of(": ")), "this is no override; write --set key.path=value");
  const std::string path = text.substr(0, equals);
  const std::string value = text.substr(equals + 1);

  for (auto* map : {&settings_.kafka.properties, &settings_.kafka.properties_from_files}) {
    const std::string section = map == &settings_.kafka.properties ? "kafka.properties" : "kafka.properties_from_files";
    if (is_inside(path, section))
      return read_property(*map, section, Node::scalar(path.substr(section.size() + 1)), Node::scalar(value));
  }
  const auto* key = find_key(path);
  if (!key) {
    if (is_section(path)) return report(Mark{}, path, "this is a section; set one of its keys");
    return unknown(path, Node::scalar(path));
  }
  const bool unquoted = value.size() < 2 || value.front() != value.back() || (value[0] != '"' && value[0] != '\'');
  if (std::holds_alternative<std::string& (*)(Settings&)>(key->field) && unquoted)
    return read_value(*key, settings_, path, Node::text_of(value));  // as it is: `#` and `: ` mean nothing
  Parsed parsed = parse_yaml(value);
  if (parsed.error) return report(Mark{}, path, fmt::format("{} cannot be read: {}", quote(value), *parsed.error));
  const bool is_list = std::holds_alternative<std::vector<std::string>& (*)(Settings&)>(key->field);
  if (is_list && parsed.root.kind == Node::Kind::kScalar) {
    Node list;
    list.kind = Node::Kind::kList;
    list.items.push_back(std::move(parsed.root));
    parsed.root = std::move(list);
  }
  read_value(*key, settings_, path, parsed.root);
}

void Reader::check_together() {
  check_topics();
  check_properties();
}

void Reader::check_topics() {
  std::vector<std::pair<std::string, std::string>> topics;  // key, name
  for (size_t i = 0; i < settings_.kafka.events_topics.size(); ++i)
    topics.emplace_back(fmt::format("kafka.topics.events[{}]", i), settings_.kafka.events_topics[i]);
  topics.emplace_back("kafka.topics.calls", settings_.kafka.calls_topic);
  topics.emplace_back("kafka.topics.state", settings_.kafka.state_topic);
  topics.emplace_back("kafka.topics.insights", settings_.kafka.insights_topic);
  topics.emplace_back("kafka.topics.dead_letters", settings_.kafka.dead_letters_topic);

  for (size_t i = 0; i < topics.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (topics[i].second.empty() || topics[i].second != topics[j].second) continue;
      // Of the two, the one that was written is the one to mend.
      const bool later = places_.contains(topics[i].first);
      const auto& [key, name] = topics[later ? i : j];
      report(places_[key], key,
             fmt::format("topic {} is also {}; give each its own topic", quote(name), topics[later ? j : i].first));
      break;
    }
  }
}

void Reader::check_properties() {
  for (const auto& [name, path] : settings_.kafka.properties_from_files) {
    const std::string key = "kafka.properties_from_files." + name;
    if (path.empty()) report(places_[key], key, "no path; write the path of the file that holds the value");
    if (settings_.kafka.properties.contains(name))
      report(places_[key], key, "this property is also in kafka.properties; remove one of the two");
  }
}

}  // namespace insight::settings
