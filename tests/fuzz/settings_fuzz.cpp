// Any bytes as a configuration file and as an override: load() answers, and what it takes prints and reads back.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

#include "settings/settings.h"

namespace {

// A file in memory where the system has one, for load() takes a path.
std::string path_of(const std::string& text) {
  static const int file = [] {
    char name[] = "/tmp/settings_fuzz_XXXXXX";
    const int made = mkstemp(name);
    if (made < 0) std::abort();
    unlink(name);
    return made;
  }();
  if (ftruncate(file, 0) != 0 || pwrite(file, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    std::abort();
  return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace insight::settings;
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
