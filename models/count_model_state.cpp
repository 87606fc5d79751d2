// The persisted form of a count model: a version, then every part in the order of the class. All that decides later
// bits is kept as it is, so a restored model goes on exactly as the original would have. What is short of it: numbers
// that forget are kept to as many bits as matter (rounded), and lists are coded (packing).
//
// Blind to: bytes of another meaning that happen to parse; whoever keeps the record guards it with a checksum.
#include "models/count_model.h"
#include "models/packing.h"

namespace insight::models {
namespace {

constexpr uint8_t kVersion = 4;
constexpr uint64_t kMostMinutes = uint64_t{1} << 48;   // far from overflow

}  // namespace

void CountModel::persist(ByteWriter& out) const {
  out.u8(kVersion);
  out.zigzag(last_minute_);
  for (const int64_t minutes : {minutes_seen_, minutes_learned_, guard_minutes_, guard_hold_, learned_in_hour_}) {
    out.varint(static_cast<uint64_t>(minutes));
  }
  for (const Single value : {fast_.observed, fast_.expected, slow_.observed, slow_.expected, silent_expected_}) {
    pack(out, value);
  }
  pack(out, silent_minutes_);
  for (const Dispersion& kept : dispersions_) {
    pack(out, kept.excess);
    pack(out, kept.weight);
  }
  for (const TailModel& tail : tails_) tail.persist(out);
  cadence_.persist(out, last_minute_);
  recurrence_.persist(out, last_minute_);
  season_.persist(out);
  windows_.persist(out, minutes_seen_ - 1);
}

void CountModel::restore(ByteReader& in) {
  if (in.u8() != kVersion) return in.fail();
  last_minute_ = in.zigzag();
  for (KeptMinutes* minutes : {&minutes_seen_, &minutes_learned_, &guard_minutes_, &guard_hold_, &learned_in_hour_}) {
    *minutes = static_cast<int64_t>(in.varint_up_to(kMostMinutes));
  }
  age_days_ = days(minutes_learned_);
  for (Single* value : {&fast_.observed, &fast_.expected, &slow_.observed, &slow_.expected, &silent_expected_}) {
    unpack(in, *value);
  }
  unpack(in, silent_minutes_);
  for (Dispersion& kept : dispersions_) {
    unpack(in, kept.excess);
    unpack(in, kept.weight);
  }
  for (TailModel& tail : tails_) tail.restore(in);
  cadence_.restore(in, last_minute_);
  recurrence_.restore(in, last_minute_);
  season_.restore(in);
  windows_.restore(in, minutes_seen_ - 1);
}

}  // namespace insight::models
