// The signatures of one API that its open minutes count under.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
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

  SignatureSlots() : index_(0, Hash{this}, Equal{this}) {}
  SignatureSlots(const SignatureSlots&) = delete;
  SignatureSlots& operator=(const SignatureSlots&) = delete;

  // The slot of a signature of `batch`, made if it is new. It holds no reference until retain().
  uint32_t slot_of(const core::Batch& batch, const core::Signature& signature);

  const SlotSignature& at(uint32_t slot) const { return slots_[slot].signature; }
  // What of a signature is asked for at every minute and slot, apart from its strings.
  struct Kind {
    bool call_rate = false;
    bool error_rate = false;
    bool failed = false;     // has an error code
  };
  Kind kind(uint32_t slot) const { return kinds_[slot]; }

  // An open minute begins, or ends, to count under the slot.
  void retain(uint32_t slot) { ++users_[slot]; }
  void release(uint32_t slot);
  // Forgets slots that were made but never retained (a batch of duplicates).
  void sweep();
  size_t size() const { return index_.size(); }

 private:
  struct Slot {
    SlotSignature signature;
    uint64_t hash = 0;
    bool taken = false;
  };
  // A signature that may have a slot or not. Borrowed.
  struct Wanted {
    Wanted(core::Selection selection, const std::array<std::string_view, core::kAttributeCount>& values);

    core::Selection selection;
    std::array<std::string_view, core::kAttributeCount> values;
    uint64_t hash;
  };
  // The index holds slots, which are looked for by what they hold.
  struct Hash {
    using is_transparent = void;
    const SignatureSlots* slots;
    size_t operator()(uint32_t slot) const { return slots->slots_[slot].hash; }
    size_t operator()(const Wanted& wanted) const { return wanted.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const SignatureSlots* slots;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t slot, const Wanted& wanted) const;
  };

  uint32_t take(const Wanted& wanted);
  void free(uint32_t slot);

  // Most APIs have one signature in their open minutes: a few numbers take no memory of their own.
  template <typename T>
  using Few = absl::InlinedVector<T, 8 / sizeof(T)>;

  absl::InlinedVector<Slot, 1> slots_;
  Few<Kind> kinds_;                                    // by slot
  Few<uint32_t> users_;                                // by slot: open minutes
  Few<uint32_t> free_;
  Few<uint32_t> unused_;                               // made, not retained yet
  absl::flat_hash_set<uint32_t, Hash, Equal> index_;   // of slots that are taken
};

}  // namespace insight::count
