#include "core/coordinates.h"

#include <fmt/format.h>

namespace insight::core {

std::string to_string(const Coordinates& where) {
  std::string place = where.partition >= 0 ? fmt::format("{}[{}]@{}", where.source, where.partition, where.offset)
                                           : std::string(where.source);
  if (where.line > 0) return fmt::format("{}:{}", place, where.line);
  return fmt::format("{} #{}", place, where.index);
}

}  // namespace insight::core
