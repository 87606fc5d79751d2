#include "detect/insight_machine.h"

#include <algorithm>

namespace insight::detect {

using core::Minute;

void InsightMachine::declare(Minute minute, const Verdict& verdict, double budget) {
  state_ = State::kDeclared;
  insight_ = {.start = minute,
              .reason = verdict.reason,
              .score = verdict.score,
              .expected = verdict.expected,
              .window_minutes = verdict.window_minutes,
              .decided = minute,
              .early = true,
              .budget = budget};
  // Nothing is left of the last insight: the persisted bytes follow from this one alone.
  opened_ = last_abnormal_ = minute;
  last_outside_ = core::kNoMinute;
  calm_ = 0;
}

InsightMachine::Change InsightMachine::close(Minute minute, const Verdict& verdict, double budget) {
  // A declared minute counts as alarming when it closes, whatever became of its count since: what was said
  // is not taken back.
  const bool confirms = state_ == State::kDeclared && minute == insight_.start;
  const bool alarming = verdict.alarming || confirms;
  Change change = Change::kNone;
  if (state_ != State::kOpen) {
    if (!alarming) return Change::kNone;
    if (state_ == State::kQuiet) change = Change::kStarted;
    open(minute, verdict, budget);
  }
  if (verdict.abnormal || alarming) {
    last_abnormal_ = minute;
    calm_ = 0;
  } else {
    ++calm_;
  }
  if (verdict.outside || confirms) last_outside_ = minute;
  if (calm_ >= kCalmMinutes || minute - opened_ >= kAdoptAfter) return finish();
  return change;
}

InsightMachine::Change InsightMachine::skip(Minute minute) {
  if (state_ == State::kDeclared && minute >= insight_.start) open(minute, Verdict{}, insight_.budget);
  if (state_ == State::kOpen && minute - opened_ >= kAdoptAfter) return finish();
  return Change::kNone;
}

void InsightMachine::open(Minute minute, const Verdict& verdict, double budget) {
  if (state_ == State::kQuiet) {
    insight_ = {.start = std::max(minute - (verdict.suffix_minutes - 1), last_end_),
                .reason = verdict.reason,
                .score = verdict.score,
                .expected = verdict.expected,
                .window_minutes = verdict.window_minutes,
                .decided = minute,
                .early = false,
                .budget = budget};
  }
  state_ = State::kOpen;
  opened_ = minute;
  last_abnormal_ = minute;
  last_outside_ = core::kNoMinute;
  calm_ = 0;
}

InsightMachine::Change InsightMachine::finish() {
  const bool spike = insight_.reason == core::Reason::kIncrease && last_outside_ >= insight_.start;
  const Minute last = spike ? last_outside_ : last_abnormal_;
  last_end_ = std::max(last, insight_.start) + 1;
  state_ = State::kQuiet;
  return Change::kEnded;
}

void InsightMachine::persist(core::ByteWriter& out) const {
  out.u8(static_cast<uint8_t>(state_));
  out.zigzag(last_end_.value);
  if (state_ == State::kQuiet) return;
  out.zigzag(insight_.start.value);
  out.u8(static_cast<uint8_t>(insight_.reason));
  out.number(insight_.score);
  out.number(insight_.expected.lower);
  out.number(insight_.expected.mean);
  out.number(insight_.expected.upper);
  out.zigzag(insight_.window_minutes);
  out.zigzag(insight_.decided.value);
  out.u8(insight_.early ? 1 : 0);
  out.number(insight_.budget);
  out.zigzag(opened_.value);
  out.zigzag(last_abnormal_.value);
  out.zigzag(last_outside_.value);
  out.zigzag(calm_);
}

bool InsightMachine::restore(core::ByteReader& in) {
  const auto read_minute = [&] { return Minute{static_cast<int32_t>(in.zigzag())}; };
  state_ = static_cast<State>(in.varint_up_to(static_cast<uint8_t>(State::kOpen)));
  last_end_ = read_minute();
  if (state_ == State::kQuiet) return in.ok();
  insight_.start = read_minute();
  insight_.reason = static_cast<core::Reason>(in.varint_up_to(static_cast<uint8_t>(core::Reason::kMissedRun)));
  insight_.score = in.number();
  insight_.expected.lower = in.number();
  insight_.expected.mean = in.number();
  insight_.expected.upper = in.number();
  insight_.window_minutes = static_cast<int32_t>(in.zigzag());
  insight_.decided = read_minute();
  insight_.early = in.u8() != 0;
  insight_.budget = in.number();
  opened_ = read_minute();
  last_abnormal_ = read_minute();
  last_outside_ = read_minute();
  calm_ = static_cast<int32_t>(in.zigzag());
  return in.ok();
}

}  // namespace insight::detect
