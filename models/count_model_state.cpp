// The persisted form of a count model: a version, then every part in the order of the class, little-endian. All that
// decides later bits is kept as it is, so a restored model goes on exactly as the original would have.
//
// Blind to: bytes of another meaning that happen to parse; whoever keeps the record guards it with a checksum.
#include "models/bytes.h"
#include "models/count_model.h"

namespace insight::models {
namespace {

constexpr uint8_t kVersion = 1;

}  // namespace

void CountModel::persist(std::string& out) const {
  put_u8(out, kVersion);
  put_varint(out, static_cast<uint64_t>(minutes_seen_));
  put_signed(out, last_minute_);
  put_varint(out, static_cast<uint64_t>(guard_minutes_));
  put_varint(out, static_cast<uint64_t>(guard_hold_));
  put_varint(out, static_cast<uint64_t>(learned_in_hour_));
  for (const double value :
       {age_days_, fast_.observed, fast_.expected, slow_.observed, slow_.expected, silent_expected_, silent_minutes_}) {
    put_double(out, value);
  }
  for (const Dispersion& kept : dispersions_) {
    put_double(out, kept.excess);
    put_double(out, kept.weight);
  }
  for (const TailModel& tail : tails_) tail.persist(out);
  cadence_.persist(out);
  season_.persist(out);
  windows_.persist(out, minutes_seen_ - 1);
}

bool CountModel::restore(std::string_view& in) {
  uint8_t version = 0;
  if (!take_u8(in, version) || version != kVersion) return false;
  if (!take_minutes(in, minutes_seen_) || !take_signed(in, last_minute_)) return false;
  for (int64_t* minutes : {&guard_minutes_, &guard_hold_, &learned_in_hour_}) {
    if (!take_minutes(in, *minutes)) return false;
  }
  for (double* value : {&age_days_, &fast_.observed, &fast_.expected, &slow_.observed, &slow_.expected,
                        &silent_expected_, &silent_minutes_}) {
    if (!take_double(in, *value)) return false;
  }
  for (Dispersion& kept : dispersions_) {
    if (!take_double(in, kept.excess) || !take_double(in, kept.weight)) return false;
  }
  for (TailModel& tail : tails_) {
    if (!tail.restore(in)) return false;
  }
  return cadence_.restore(in) && season_.restore(in) && windows_.restore(in, minutes_seen_ - 1);
}

}  // namespace insight::models
