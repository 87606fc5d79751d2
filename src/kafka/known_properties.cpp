// librdkafka tells its properties as a table for people; this reads it.
#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "kafka/client.h"

namespace insight::kafka {
namespace {

std::string table() {
  char* text = nullptr;
  size_t size = 0;
  FILE* stream = open_memstream(&text, &size);
  if (stream == nullptr) return {};
  rd_kafka_conf_properties_show(stream);
  std::fclose(stream);
  std::string all(text, size);
  std::free(text);
  return all;
}

std::string trimmed(const std::string& cell) {
  const size_t begin = cell.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return cell.substr(begin, cell.find_last_not_of(' ') - begin + 1);
}

// Rows such as `acks | P | -1 .. 1000 | -1 | high | ...`, under headers and between headings.
std::map<std::string, std::string> rows(const std::string& text) {
  std::map<std::string, std::string> ranges;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    std::string name, clients, range;
    if (!std::getline(cells, name, '|') || !std::getline(cells, clients, '|') || !std::getline(cells, range, '|'))
      continue;
    if (!name.starts_with('-') && trimmed(name) != "Property") ranges[trimmed(name)] = trimmed(range);
  }
  return ranges;
}

}  // namespace

const std::map<std::string, std::string>& known_properties() {
  static const std::map<std::string, std::string> known = rows(table());
  return known;
}

}  // namespace insight::kafka
