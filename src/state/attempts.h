// What an API's error codes have in common: how much it is called.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/time.h"
#include "detect/error_bounds.h"
#include "models/error_rate_model.h"

namespace insight::state {

struct Attempts {
  double call_peak = 0;                  // slowly decaying maximum of calls a minute
  models::ErrorRateModel unfailing;      // has seen every call, and no error: a code's first error starts from it
  detect::ErrorBounds unfailing_bounds;

  explicit Attempts(int32_t lateness_minutes) : unfailing_bounds(lateness_minutes) {}

  void persist(core::ByteWriter& out, core::Minute through) const;
  bool restore(core::ByteReader& in, core::Minute through);
};

// Attempts that rest while nobody needs them, as the bytes of their record: of an API that never failed they decide
// nothing until it is called again, and a fifth of the memory keeps them. Whoever wakes them goes on from through().
// Not thread-safe.
class RestingAttempts {
 public:
  // At rest, and nothing seen yet: that takes no memory.
  explicit RestingAttempts(int32_t lateness_minutes) : lateness_minutes_(lateness_minutes) {}

  bool rests() const { return !awake_; }
  // Whether they rest, and what they keep is not of `through` yet.
  bool lag(core::Minute through) const { return packed_ && through_ != through; }
  // Last minute that they have seen; while they rest and have seen any.
  core::Minute through() const { return through_; }
  int32_t lateness_minutes() const { return lateness_minutes_; }

  // They must be awake.
  Attempts& operator*() { return *awake(); }
  Attempts* operator->() { return awake(); }
  const Attempts& operator*() const { return *awake(); }
  const Attempts* operator->() const { return awake(); }

  void wake();
  // `through`: the last minute that they have seen.
  void rest(core::Minute through);
  // The minutes up to `through` were never closed: whoever wakes them goes on from there. Awake ones are told of it anyway.
  void skip_to(core::Minute through);

  // As of `through`; at rest they must have been brought there.
  void persist(core::ByteWriter& out, core::Minute through) const;
  // They rest then. `in` reads from `record`.
  bool restore(core::ByteReader& in, std::string_view record, core::Minute through);

 private:
  Attempts* awake() const;

  std::unique_ptr<Attempts> awake_;
  std::unique_ptr<char[]> packed_;  // none while awake, or while nothing was seen
  uint32_t packed_size_ = 0;
  core::Minute through_;
  int32_t lateness_minutes_;
};

}  // namespace insight::state
