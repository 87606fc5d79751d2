// What a process has used so far, for the yardsticks' reports.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <cstdio>

namespace insight::yardstick {

struct Usage {
  double cpu_seconds = 0;  // user and system, all threads
  int64_t resident_kib_max = 0;
};

inline Usage usage_so_far() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss};
}

// One `name: value` line per figure on stdout.
inline void report(uint64_t records, uint64_t bytes, size_t keys, uint64_t checksum) {
  const Usage usage = usage_so_far();
  std::printf(
      "records: %llu\nbytes: %llu\nkeys: %zu\nchecksum: %llu\ncpu_seconds: %.3f\ncpu_us_per_record: "
      "%.4f\nresident_mib_max: %.1f\n",
      static_cast<unsigned long long>(records), static_cast<unsigned long long>(bytes), keys,
      static_cast<unsigned long long>(checksum), usage.cpu_seconds,
      records == 0 ? 0.0 : usage.cpu_seconds * 1e6 / static_cast<double>(records),
      static_cast<double>(usage.resident_kib_max) / 1024.0);
}

}  // namespace insight::yardstick
