// What decoding is measured against.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace insight::benchmarks {

// The least that any decoder of records has to do with simdjson: copy the record to a padded buffer, go through its
// top-level fields once with the on-demand parser, and take eight strings. No validation of what is skipped, no
// time, no principal, no envelope, no recovery.
class Yardstick {
 public:
  Yardstick();
  ~Yardstick();
  // The summed lengths of the strings taken; 0 if the record cannot be read.
  size_t read(std::string_view record);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace insight::benchmarks
