// Collects the calls that go to one calls partition into a Batch.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/batch.h"
#include "core/call_event.h"

namespace insight::route {

// Owns the strings of the batch it is building; `batch()` borrows them until clear(). Not thread-safe.
class BatchBuilder {
 public:
  BatchBuilder();

  // The index of the event's signature in this batch, added if it is new.
  uint32_t intern(const core::CallEvent& event, core::Selection selection);
  // Adds a call. `signature` comes from intern() since the last clear().
  void add(const core::Row& row) { batch_.rows.push_back(row); }

  // Progress is filled in by the owner just before sending.
  core::Batch& batch() { return batch_; }
  const core::Batch& batch() const { return batch_; }

  bool empty() const { return batch_.rows.empty(); }
  // About what the batch takes when encoded, bytes.
  size_t size_bytes() const { return batch_.rows.size() * kRowBytes + string_bytes_; }
  // Changes at every clear(): an index from intern() is valid within one generation.
  uint64_t generation() const { return generation_; }
  void clear();

 private:
  static constexpr size_t kRowBytes = 14;

  struct SignatureHash {
    size_t operator()(const core::Signature& signature) const;
  };
  struct ApiIndices {
    core::BatchApi api;
    bool operator==(const ApiIndices& other) const;
  };
  struct ApiHash {
    size_t operator()(const ApiIndices& indices) const;
  };

  uint32_t intern_text(std::string_view text);
  uint32_t intern_api(const core::ApiKeyView& key);
  std::string_view store(std::string_view text);

  core::Batch batch_;
  absl::flat_hash_map<std::string_view, uint32_t> texts_;
  absl::flat_hash_map<ApiIndices, uint32_t, ApiHash> apis_;
  absl::flat_hash_map<core::Signature, uint32_t, SignatureHash> signatures_;
  std::vector<std::unique_ptr<char[]>> blocks_;   // arena of the strings
  size_t block_index_ = 0;
  size_t block_used_ = 0;
  size_t string_bytes_ = 0;
  uint64_t generation_ = 1;
};

}  // namespace insight::route
