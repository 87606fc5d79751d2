// Reading and writing of the engine's own binary formats: the same that the models are persisted with.
#pragma once

#include <optional>

#include "core/time.h"
#include "models/bytes.h"

namespace insight::core {

using models::ByteReader;
using models::ByteWriter;

// Points in time and minutes, in every format. What comes back is bounded, so that sums and differences of a few of
// them always fit: a point in time by the years that can be written, a minute by kMinuteMax; beyond is damage.
constexpr int64_t kTimeMaxMs = 253'402'300'800'000;   // the end of the year 9999

inline void write_time(ByteWriter& out, Timestamp time) { out.zigzag(time.time_since_epoch().count()); }
inline Timestamp read_time(ByteReader& in) {
  const int64_t ms = in.zigzag();
  if (ms >= -kTimeMaxMs && ms <= kTimeMaxMs) return Timestamp(Duration(ms));
  in.fail();
  return {};
}

inline void write_optional_time(ByteWriter& out, const std::optional<Timestamp>& time) {
  out.u8(time ? 1 : 0);
  if (time) write_time(out, *time);
}
inline std::optional<Timestamp> read_optional_time(ByteReader& in) {
  if (in.u8() == 0) return std::nullopt;
  return read_time(in);
}

inline void write_minute(ByteWriter& out, Minute minute) { out.zigzag(minute.value); }
// kNoMinute is a minute here.
inline Minute read_minute(ByteReader& in) {
  const int64_t minute = in.zigzag();
  if (minute == kNoMinute.value) return kNoMinute;
  if (minute >= -kMinuteMax && minute <= kMinuteMax) return {static_cast<int32_t>(minute)};
  in.fail();
  return {};
}

}  // namespace insight::core
