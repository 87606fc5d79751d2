// Any bytes as a configuration file and as an override: load() answers, and what it takes prints and reads back.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "input_file.h"
#include "settings/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace insight::settings;
  using insight::fuzz::path_of;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto loaded = load(path_of(text), {text.substr(0, text.find('\n'))});
  for (const auto& problem : loaded.problems)
    if (to_string(problem).empty() || problem.message.empty()) std::abort();

  const auto from_file = load(path_of(text), {});
  if (!from_file.problems.empty()) return 0;
  const auto printed = print(from_file.settings);
  const auto again = load(path_of(printed), {});
  if (!again.problems.empty() || print(again.settings) != printed) std::abort();
  return 0;
}
