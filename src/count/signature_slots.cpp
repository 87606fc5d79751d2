#include "count/signature_slots.h"

#include <xxhash.h>

namespace insight::count {
namespace {

constexpr std::string_view kOther = "(other)";
// Free slots that keep the memory of their strings for the next signature; a flood leaves no more behind.
constexpr size_t kWarmSlotsMax = 64;

}  // namespace

// Lengths are hashed too, so that moving a letter to the next value changes the hash.
SignatureSlots::Wanted::Wanted(core::Selection of_selection,
                               const std::array<std::string_view, core::kAttributeCount>& of_values)
    : selection(of_selection), values(of_values), hash(of_selection.bits()) {
  constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15u;
  for (const auto& value : values) {
    hash = (hash ^ XXH3_64bits(value.data(), value.size()) ^ value.size()) * kMultiplier;
    hash ^= hash >> 32;
  }
}

bool SignatureSlots::Equal::operator()(uint32_t slot, const Wanted& wanted) const {
  const Slot& kept = slots->slots_[slot];
  if (kept.hash != wanted.hash || kept.signature.selection != wanted.selection) return false;
  for (size_t i = 0; i < wanted.values.size(); ++i)
    if (kept.signature.values[i] != wanted.values[i]) return false;
  return true;
}

uint32_t SignatureSlots::slot_of(const core::Batch& batch, const core::Signature& signature) {
  const Wanted wanted(signature.selection, {batch.strings[signature.principal], batch.strings[signature.user_agent],
                                            batch.strings[signature.error_code], batch.strings[signature.resource],
                                            batch.strings[signature.address]});
  if (const auto at = index_.find(wanted); at != index_.end()) return *at;
  if (index_.size() < kSlotsMax) return take(wanted);

  auto values = wanted.values;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool succeeded = i == static_cast<size_t>(core::Attribute::kErrorCode) && values[i].empty();
    if (!succeeded) values[i] = kOther;
  }
  const Wanted other(signature.selection, values);
  if (const auto at = index_.find(other); at != index_.end()) return *at;
  return take(other);
}

uint32_t SignatureSlots::take(const Wanted& wanted) {
  uint32_t slot = static_cast<uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
    kinds_.emplace_back();
    users_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Slot& taken = slots_[slot];
  taken.signature.selection = wanted.selection;
  for (size_t i = 0; i < wanted.values.size(); ++i) taken.signature.values[i] = wanted.values[i];
  taken.hash = wanted.hash;
  taken.taken = true;
  kinds_[slot] = {wanted.selection.call_rate, wanted.selection.error_rate, !taken.signature.error_code().empty()};
  users_[slot] = 0;
  index_.insert(slot);
  unused_.push_back(slot);
  return slot;
}

void SignatureSlots::release(uint32_t slot) {
  if (--users_[slot] == 0) free(slot);
}

void SignatureSlots::sweep() {
  for (const uint32_t slot : unused_)
    if (slots_[slot].taken && users_[slot] == 0) free(slot);
  unused_.clear();
}

void SignatureSlots::free(uint32_t slot) {
  index_.erase(slot);
  slots_[slot].taken = false;
  if (free_.size() >= kWarmSlotsMax) slots_[slot] = Slot{};
  free_.push_back(slot);
}

}  // namespace insight::count
