// Bursts that come again at the same time of day.
//
// Method: minutes that stand out and are at most three minutes apart form a burst. A burst of at most 15 minutes is
// remembered by its start and its calls beyond the usual. On every later day, for a week and an hour since it last came,
// the minutes around that time of day (three early or late) may have as many calls more. A burst that comes again
// moves its memory to the new start, and up to the new size at once or a tenth of the way down to it; a quarter more than
// that is allowed for. A new one takes the place of one that came once, the oldest first. One appearance is enough: a burst at a given minute of the day on two days by chance is
// rarer than a job is common, and the few minutes a day that are excused cost next to nothing.
//
// Blind to: jobs more often than kSlots times a day (the minute of the hour sees most of those), jobs of more than 15
// minutes, monthly jobs; a new burst at the very time of an old one, up to that one's size.
//
// Source: our own; calendar effects as regressors are common in forecasting (S. J. Taylor, B. Letham, "Forecasting at
// scale", The American Statistician 72(1), 2018).
#include "models/recurrence.h"

#include <algorithm>
#include <limits>

#include "models/calendar.h"
#include "models/packing.h"

namespace insight::models {
namespace {

constexpr int64_t kApart = 3;  // minutes between two that stand out in one burst
constexpr double kShrink = 0.1;  // of the way from a larger size to a smaller one
constexpr double kRoom = 1.25;  // beyond the largest size of late

// From the time of day of `from` to the next or last such time by `to`: -720 .. 719 minutes.
int64_t apart_within_day(int64_t from, int64_t to) {
  const int64_t rest = (to - from) % kMinutesPerDay;
  const int64_t positive = rest < 0 ? rest + kMinutesPerDay : rest;
  return positive >= kMinutesPerDay / 2 ? positive - kMinutesPerDay : positive;
}

constexpr int64_t kFarthest = int64_t{1} << 48;  // minutes: far from overflow

}  // namespace

// Of two, which to keep: what came more than once, then what came last.
std::pair<bool, int64_t> Recurrence::worth(const Slot& slot) const {
  if (slot.size <= 0.0 || last_ - slot.last_start > kForgotten) return {false, std::numeric_limits<int64_t>::min()};
  return {slot.again, slot.last_start};
}

bool Recurrence::covers(const Slot& slot, int64_t minute) const {
  if (slot.size <= 0.0) return false;
  const int64_t since = minute - slot.last_start;
  if (since < kMinutesPerDay / 2 || since > kForgotten) return false;
  const int64_t apart = apart_within_day(slot.last_start, minute);
  return apart >= -kTolerance && apart < slot.minutes + kTolerance;
}

double Recurrence::allowance(int64_t minute) const {
  double most = 0.0;
  for (const Slot& slot : slots_) {
    if (covers(slot, minute)) most = std::max(most, static_cast<double>(slot.size));
  }
  return kRoom * most;
}

double Recurrence::largest() const {
  double most = 0.0;
  for (const Slot& slot : slots_) most = std::max(most, static_cast<double>(slot.size));
  return most;
}

void Recurrence::observe(int64_t minute, double excess) {
  if (sum_ > 0.0 && minute - last_ > kApart) finish();
  if (excess <= 0.0) return;
  if (sum_ <= 0.0) start_ = minute;
  last_ = minute;
  sum_ += excess;
}

void Recurrence::finish() {
  const int64_t minutes = last_ - start_ + 1;
  const double sum = sum_;
  sum_ = 0.0;
  if (minutes > kMostMinutes || sum < 1.0) return;
  Slot* worst = slots_.data();
  for (Slot& slot : slots_) {
    if (covers(slot, start_)) {
      slot.size = Short(std::max(sum, slot.size + kShrink * (sum - slot.size)));
      slot.minutes = static_cast<uint8_t>(std::max<int64_t>(minutes, slot.minutes - 1));
      slot.again = true;
      slot.last_start = start_;
      return;
    }
    if (worth(slot) < worth(*worst)) worst = &slot;
  }
  *worst = {start_, Short(sum), static_cast<uint8_t>(minutes), false};
}

void Recurrence::persist(ByteWriter& out, int64_t now) const {
  for (const Slot& slot : slots_) {
    if (slot.size <= 0.0) {
      out.u8(0);
      continue;
    }
    out.u8(static_cast<uint8_t>(slot.minutes << 1 | (slot.again ? 1 : 0)));
    out.zigzag(now - slot.last_start);
    out.varint(slot.size.code());
  }
  pack(out, sum_);
  if (sum_ <= 0.0) return;
  out.zigzag(now - start_);
  out.zigzag(now - last_);
}

void Recurrence::restore(ByteReader& in, int64_t now) {
  if (now <= -kFarthest || now >= kFarthest) return in.fail();
  bool valid = true;
  const auto take_minute = [&] {
    const int64_t ago = in.zigzag();
    valid = valid && ago > -kFarthest && ago < kFarthest;
    return valid ? now - ago : now;
  };
  for (Slot& slot : slots_) {
    slot = {};
    const uint8_t kind = in.u8();
    if (kind == 0) continue;
    slot.minutes = kind >> 1;
    slot.again = kind % 2 == 1;
    slot.last_start = take_minute();
    slot.size = Short::of_code(static_cast<uint16_t>(in.varint_up_to(Short::kMostCode)));
    valid = valid && slot.minutes >= 1 && slot.minutes <= kMostMinutes && slot.size > 0.0;
  }
  unpack(in, sum_);
  start_ = last_ = now;
  if (sum_ > 0.0) {
    start_ = take_minute();
    last_ = take_minute();
  }
  if (!valid) in.fail();
}

}  // namespace insight::models
