// The calls topic's batches: whatever the bytes, decoding ends, every index points somewhere, and what was
// decoded can be worked on and encoded again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "partition/task.h"
#include "route/batch_codec.h"

using namespace insight;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  core::Batch batch;
  if (route::decode(bytes, batch) != route::BatchError::kNone) return 0;

  std::string encoded;
  route::encode(batch, encoded);
  core::Batch again;
  if (route::decode(encoded, again) != route::BatchError::kNone) std::abort();
  if (again.rows.size() != batch.rows.size() || again.strings != batch.strings) std::abort();

  partition::Options options;
  options.call_threshold = options.error_threshold = 5;
  options.apis_max = 8;
  partition::Task task(options);
  task.process(batch, core::Timestamp(core::Duration(1'733'935'927'000)), 0);
  task.process(again, core::Timestamp(core::Duration(1'733'935'928'000)), 1);
  task.collect(true);
  return 0;
}
