#include "count/signature_slots.h"

#include "core/bytes.h"

namespace insight::count {
namespace {

constexpr std::string_view kOther = "(other)";

std::string key_of(const SlotSignature& signature) {
  std::string key;
  core::ByteWriter out(key);
  out.u8(signature.selection.bits());
  for (const auto& value : signature.values) out.text(value);
  return key;
}

}  // namespace

uint32_t SignatureSlots::slot_of(const core::Batch& batch, const core::Signature& signature) {
  SlotSignature wanted;
  wanted.selection = signature.selection;
  const std::array<uint32_t, core::kAttributeCount> strings = {
      signature.principal, signature.user_agent, signature.error_code, signature.resource, signature.address};
  for (size_t i = 0; i < strings.size(); ++i) wanted.values[i] = batch.strings[strings[i]];

  std::string key = key_of(wanted);
  if (const auto at = index_.find(key); at != index_.end()) return at->second;
  if (index_.size() < kSlotsMax) return take(std::move(key), std::move(wanted));

  for (size_t i = 0; i < wanted.values.size(); ++i) {
    const bool succeeded = i == static_cast<size_t>(core::Attribute::kErrorCode) && wanted.values[i].empty();
    if (!succeeded) wanted.values[i] = kOther;
  }
  key = key_of(wanted);
  if (const auto at = index_.find(key); at != index_.end()) return at->second;
  return take(std::move(key), std::move(wanted));
}

uint32_t SignatureSlots::take(std::string key, SlotSignature signature) {
  uint32_t slot = static_cast<uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  index_.emplace(key, slot);
  slots_[slot] = {std::move(signature), std::move(key), 0, true};
  unused_.push_back(slot);
  return slot;
}

void SignatureSlots::release(uint32_t slot) {
  if (--slots_[slot].users == 0) free(slot);
}

void SignatureSlots::sweep() {
  for (const uint32_t slot : unused_)
    if (slots_[slot].taken && slots_[slot].users == 0) free(slot);
  unused_.clear();
}

void SignatureSlots::free(uint32_t slot) {
  index_.erase(slots_[slot].key);
  slots_[slot] = Slot{};
  free_.push_back(slot);
}

}  // namespace insight::count
