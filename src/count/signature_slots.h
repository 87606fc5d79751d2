// The signatures of one API that its open minutes count under.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/batch.h"
#include "core/insight.h"

namespace insight::count {

// A signature with its own strings.
struct SlotSignature {
  core::Selection selection;
  std::array<std::string, core::kAttributeCount> values;   // by core::Attribute; "": the call had none

  const std::string& error_code() const { return values[static_cast<size_t>(core::Attribute::kErrorCode)]; }
};

// Gives every signature a small number, a slot, for as long as an open minute uses it; freed slots are used
// again. Past `kSlotsMax` signatures who, from where and which error are no longer told apart ("(other)"), so that
// a flood of invented principals costs bounded memory; counts stay exact. Not thread-safe.
class SignatureSlots {
 public:
  static constexpr size_t kSlotsMax = 16384;

  // The slot of a signature of `batch`, made if it is new. It holds no reference until retain().
  uint32_t slot_of(const core::Batch& batch, const core::Signature& signature);

  const SlotSignature& at(uint32_t slot) const { return slots_[slot].signature; }

  // An open minute begins, or ends, to count under the slot.
  void retain(uint32_t slot) { ++slots_[slot].users; }
  void release(uint32_t slot);
  // Forgets slots that were made but never retained (a batch of duplicates).
  void sweep();
  size_t size() const { return index_.size(); }

 private:
  struct Slot {
    SlotSignature signature;
    std::string key;
    uint32_t users = 0;
    bool taken = false;
  };

  uint32_t take(std::string key, SlotSignature signature);
  void free(uint32_t slot);

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> unused_;                       // made, not retained yet
  absl::flat_hash_map<std::string, uint32_t> index_;   // canonical bytes to slot
};

}  // namespace insight::count
