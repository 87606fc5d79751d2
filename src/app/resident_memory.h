// How much memory the process has, and less of it.
#pragma once

#include <malloc.h>
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

// What is free goes back to the system. The allocator by itself keeps what lies below anything in use, which after a
// rush of calls is most of it.
inline void give_back_memory() { malloc_trim(0); }

}  // namespace insight::app
