// The state topic's records, keys and values: the first byte splits the input in a key and a value. Whatever the
// bytes, restoring ends; and what an API's record restores to has one persisted form, and can be shown.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "inspect/portrait.h"
#include "partition/task.h"
#include "state/api_state.h"

using namespace insight;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t key_size = data[0] < bytes.size() ? data[0] : bytes.size();
  const std::string_view key = bytes.substr(0, key_size);
  const std::string_view value = bytes.substr(key_size);

  partition::Options options;
  options.call_threshold = options.error_threshold = 5;
  partition::Task task(options);
  task.restore_record(key, value);
  task.restore_record(key, std::nullopt);

  state::ApiState api(10);
  if (state::restore(value, api) != state::RecordError::kNone) return 0;
  std::string persisted;
  state::persist(api, persisted);
  state::ApiState again(10);
  if (state::restore(persisted, again) != state::RecordError::kNone) std::abort();
  std::string twice;
  state::persist(again, twice);
  if (twice != persisted) std::abort();

  const partition::PooledProfiles profiles;
  if (inspect::portrait({&api, &profiles}, {.call_threshold = 5, .error_threshold = 5, .minutes = 2}).empty())
    std::abort();
  return 0;
}
