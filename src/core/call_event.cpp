#include "core/call_event.h"

#include <xxhash.h>

namespace insight::core {

// The strings are hashed each on its own, so that the processor can do several at a time, and with their lengths,
// so that moving a letter to the next string changes the result.
uint64_t signature_hash(const CallEvent& event) {
  constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15u;
  uint64_t hash = static_cast<uint64_t>(event.api.category) * 2 + (event.read_only ? 1 : 0);
  for (const auto& text : signature_texts(event)) {
    hash = (hash ^ XXH3_64bits(text.data(), text.size()) ^ text.size()) * kMultiplier;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace insight::core
