#include "app/client_properties.h"

#include <unistd.h>

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "kafka/cluster.h"
#include "settings/nearest.h"

namespace insight::app {
namespace {

// The key under which a property was set.
std::string key_of(const settings::Kafka& kafka, const std::string& property) {
  const bool from_file = kafka.properties_from_files.contains(property);
  return fmt::format("kafka.{}.{}", from_file ? "properties_from_files" : "properties", property);
}

// kafka.properties with those that come from files. A file that cannot be read is a problem.
kafka::Properties resolve(settings::Loaded& loaded) {
  auto properties = loaded.settings.kafka.properties;
  for (const auto& [name, path] : loaded.settings.kafka.properties_from_files) {
    if (properties.contains(name) || path.empty()) continue;   // a problem already
    std::ifstream file(path, std::ios::binary);
    std::string value((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file.good() && !file.eof()) {
      settings::add_problem(
          loaded, key_of(loaded.settings.kafka, name),
          settings::looks_like_path(path)
              ? fmt::format("the file {} cannot be read; check the path and its rights", path)
              : "there is no such file; write the path of the file that holds the value, not the value itself");
      continue;
    }
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
    properties[name] = value;
  }
  return properties;
}

std::string in_words(const kafka::PropertyMistake& mistake) {
  if (!mistake.unknown) return mistake.text;
  std::vector<std::string_view> names;
  for (const auto& [name, range] : kafka::known_properties()) names.push_back(name);
  const auto near = settings::nearest(mistake.property, names);
  return near.empty() ? fmt::format("{}; remove it (its CONFIGURATION.md lists them)", mistake.text)
                      : fmt::format("{}; did you mean {}?", mistake.text, near);
}

// The library speaks of a file that it cannot read in OpenSSL's words, if at all.
void check_files(settings::Loaded& loaded, const kafka::Properties& properties) {
  for (const auto& [name, path] : properties)
    if (name.ends_with(".location") && kafka::known_properties().contains(name) && path != "probe" &&
        access(path.c_str(), R_OK) != 0)
      settings::add_problem(loaded, key_of(loaded.settings.kafka, name),
                            fmt::format("the file {} cannot be read; check the path and its rights", path));
}

// What the library says of all properties together, which it checks when it makes a client; empty: it is content.
// Without a broker to connect to.
std::string refusal(const kafka::Properties& properties) {
  kafka::LibrdkafkaCluster cluster;
  kafka::ClientOptions options;
  options.properties = properties;
  const auto producer = cluster.transactional_producer(options, "check");
  if (!producer) return producer.error.text;
  const auto consumer = cluster.consumer({options, "check"});
  return consumer ? std::string() : consumer.error.text;
}

std::string without_secrets(std::string sentence, const kafka::Properties& properties) {
  for (const auto& [name, value] : properties) {
    if (!settings::is_secret(name) || value.empty()) continue;
    for (size_t at = 0; (at = sentence.find(value, at)) != std::string::npos;) sentence.replace(at, value.size(), "*");
  }
  return sentence;
}

// The property that the library's sentence names: the longest. It calls one of them by another name.
std::string blamed(const kafka::Properties& properties, const std::string& sentence) {
  std::string longest;
  if (sentence.find("SASL mechanism") != std::string::npos)
    for (const auto* name : {"sasl.mechanism", "sasl.mechanisms"})
      if (properties.contains(name)) return name;
  for (const auto& [name, value] : properties)
    if (sentence.find(name) != std::string::npos && name.size() > longest.size()) longest = name;
  return longest;
}

}  // namespace

kafka::Properties client_properties(settings::Loaded& loaded) {
  const size_t before = loaded.problems.size();
  const kafka::Properties properties = resolve(loaded);
  for (const auto& mistake : kafka::check_properties(properties))
    settings::add_problem(loaded, key_of(loaded.settings.kafka, mistake.property), in_words(mistake));
  check_files(loaded, properties);
  if (loaded.problems.size() > before) return properties;
  if (const std::string why = without_secrets(refusal(properties), properties); !why.empty()) {
    const std::string name = blamed(properties, why);
    settings::add_problem(loaded, name.empty() ? "kafka.properties" : key_of(loaded.settings.kafka, name),
                          fmt::format("librdkafka cannot work with this: {}", why));
  }
  return properties;
}

}  // namespace insight::app
