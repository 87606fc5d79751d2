// Any bytes as a replay's state file: it is taken whole or refused, and what is taken can be written again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "state/state_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace insight::state;
  StateFile file;
  if (parse({reinterpret_cast<const char*>(data), size}, file) != StateFileError::kNone) return 0;
  for (const StateRecord& record : file.records)
    if (record.partition >= file.partitions) std::abort();
  StateFile again;
  if (parse(to_bytes(file), again) != StateFileError::kNone) std::abort();
  if (again.records != file.records || again.partitions != file.partitions) std::abort();
  return 0;
}
