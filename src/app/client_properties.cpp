#include "app/client_properties.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>

namespace insight::app {
namespace {

// kafka.properties with those that come from files. A file that cannot be read is a sentence, not its content.
std::optional<std::map<std::string, std::string>> resolve_properties(const settings::Kafka& kafka, std::string& error) {
  auto properties = kafka.properties;
  for (const auto& [name, path] : kafka.properties_from_files) {
    std::ifstream file(path, std::ios::binary);
    std::string value((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file.good() && !file.eof()) {
      error = fmt::format("kafka.properties_from_files: {} for {} cannot be read; check the path and its rights", path,
                          name);
      return std::nullopt;
    }
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
    properties[name] = value;
  }
  return properties;
}

}  // namespace

std::optional<kafka::Properties> client_properties(const settings::Settings& settings, const std::string& config) {
  std::string error;
  auto properties = resolve_properties(settings.kafka, error);
  if (!properties) {
    std::cerr << fmt::format("{}: {}\n", config, error);
    return std::nullopt;
  }
  const auto mistakes = kafka::check_properties(*properties);
  for (const auto& mistake : mistakes) std::cerr << fmt::format("{}: kafka.properties: {}\n", config, mistake.text);
  if (!mistakes.empty()) return std::nullopt;
  return properties;
}

}  // namespace insight::app
