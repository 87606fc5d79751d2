// How much memory the process has.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <fstream>

namespace insight::app {

// Resident memory in bytes (proc(5), statm); 0 where the system does not tell.
inline uint64_t resident_memory() {
  std::ifstream file("/proc/self/statm");
  uint64_t size_pages = 0;
  uint64_t resident_pages = 0;
  if (!(file >> size_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace insight::app
