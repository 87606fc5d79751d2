// Hands every call to the batch of the calls partition that owns its API.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/call_event.h"
#include "route/batch_builder.h"

namespace insight::route {

// Calls partition of an API. Part of the format of the calls and state topics.
uint32_t partition_of(const core::ApiKeyView& key, uint32_t partitions);

// 64-bit identity of a call: hash of event id, time and principal, because some ids are the caller's
// choice. Only for events that carry an id.
uint64_t call_id(const core::CallEvent& event);
// Identity of a call without an event id: where it was read.
uint64_t call_id(std::string_view topic, int32_t partition, int64_t offset, uint32_t index);

// One builder per calls partition. A cache of signatures, keyed by their bytes, gives partition and index
// in one look-up for all but the first call of a signature in a batch. The cache is bounded. Not thread-safe.
class Router {
 public:
  explicit Router(uint32_t partitions);

  // Adds the call; returns its calls partition. `row`'s signature is filled in here.
  uint32_t add(const core::CallEvent& event, core::Selection selection, core::Row row);

  uint32_t partitions() const { return static_cast<uint32_t>(builders_.size()); }
  BatchBuilder& builder(uint32_t partition) { return builders_[partition]; }

 private:
  static constexpr size_t kCachedSignaturesMax = 1 << 16;

  struct Cached {
    uint32_t partition = 0;
    uint32_t index = 0;
    uint64_t generation = 0;   // of the builder when `index` was given
  };

  std::vector<BatchBuilder> builders_;
  absl::flat_hash_map<std::string, Cached> cache_;
  std::string bytes_;          // scratch: a signature's canonical bytes
};

}  // namespace insight::route
