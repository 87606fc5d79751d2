// An input as a file, for what takes a path.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace insight::fuzz {

// The path of a file that holds `text` until the next call. It has no name in any folder, and leaves nothing behind.
inline std::string path_of(std::string_view text) {
  static const int file = [] {
    char name[] = "/tmp/insight_fuzz_XXXXXX";
    const int made = mkstemp(name);
    if (made < 0) std::abort();
    unlink(name);
    return made;
  }();
  if (ftruncate(file, 0) != 0 || pwrite(file, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    std::abort();
  return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace insight::fuzz
