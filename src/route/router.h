// Hands every call to the batch of the calls partition that owns its API.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
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

// One builder per calls partition. A cache of signatures gives partition and index in one look-up for all but the
// first call of a signature in a batch. The cache is bounded. Not thread-safe.
class Router {
 public:
  explicit Router(uint32_t partitions);

  // Adds the call; returns its calls partition. `row`'s signature is filled in here.
  uint32_t add(const core::CallEvent& event, core::Selection selection, core::Row row);

  uint32_t partitions() const { return static_cast<uint32_t>(builders_.size()); }
  BatchBuilder& builder(uint32_t partition) { return builders_[partition]; }

 private:
  static constexpr size_t kCachedSignaturesMax = 1 << 16;

  struct Wanted {
    uint64_t hash;
    const core::CallEvent& event;
    core::Selection selection;
  };
  // A signature, as it is looked for by an event that has it, and where it goes.
  struct Cached {
    Cached(const Wanted& wanted, uint32_t to);

    uint64_t hash;
    core::Selection selection;
    core::Category category;
    bool read_only;
    std::array<uint32_t, 9> ends;      // of core::signature_texts, within `texts`
    std::unique_ptr<char[]> texts;
    uint32_t partition;
    mutable uint32_t index = 0;        // no part of what is looked for
    mutable uint64_t generation = 0;   // of the builder when `index` was given
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Cached& cached) const { return cached.hash; }
    size_t operator()(const Wanted& wanted) const { return wanted.hash; }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Cached& a, const Cached& b) const { return &a == &b; }
    bool operator()(const Cached& cached, const Wanted& wanted) const;
  };

  std::vector<BatchBuilder> builders_;
  absl::flat_hash_set<Cached, Hash, Equal> cache_;
};

}  // namespace insight::route
