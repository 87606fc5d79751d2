#include "detect/insight_machine.h"

#include <algorithm>

namespace insight::detect {

using core::Minute;

namespace {

OpenInsight insight_of(const Verdict& verdict, Minute start, Minute decided, bool early, double budget) {
  return {.start = start,
          .reason = verdict.reason,
          .score = verdict.score,
          .expected = verdict.expected,
          .window_minutes = verdict.window_minutes,
          .decided = decided,
          .early = early,
          .budget = budget};
}

}  // namespace

const OpenInsight& InsightMachine::insight() const {
  static const OpenInsight kNone;
  return life_ ? life_->insight : kNone;
}

// Nothing is left of the last insight: the persisted bytes follow from this one alone.
void InsightMachine::begin(const OpenInsight& insight, Minute minute) {
  life_ = std::make_unique<Life>(Life{.insight = insight, .opened = minute, .last_abnormal = minute});
}

void InsightMachine::declare(Minute minute, const Verdict& verdict, double budget) {
  state_ = State::kDeclared;
  begin(insight_of(verdict, minute, minute, true, budget), minute);
}

InsightMachine::Change InsightMachine::close(Minute minute, const Verdict& verdict, double budget) {
  // A declared minute counts as alarming when it closes, whatever became of its count since: what was said
  // is not taken back.
  const bool confirms = state_ == State::kDeclared && minute == life_->insight.start;
  const bool alarming = verdict.alarming || confirms;
  Change change = Change::kNone;
  if (state_ == State::kQuiet) life_.reset();
  if (state_ != State::kOpen) {
    if (!alarming) return Change::kNone;
    if (state_ == State::kQuiet) change = Change::kStarted;
    open(minute, verdict, budget);
  }
  if (verdict.abnormal || alarming) {
    life_->last_abnormal = minute;
    life_->calm = 0;
  } else {
    ++life_->calm;
  }
  if (verdict.outside || confirms) life_->last_outside = minute;
  if (life_->calm >= kCalmMinutes || minute - life_->opened >= kAdoptAfter) return finish();
  return change;
}

InsightMachine::Change InsightMachine::skip(Minute minute) {
  if (state_ == State::kQuiet) life_.reset();
  if (state_ == State::kDeclared && minute >= life_->insight.start) open(minute, Verdict{}, life_->insight.budget);
  if (state_ == State::kOpen && minute - life_->opened >= kAdoptAfter) return finish();
  return Change::kNone;
}

void InsightMachine::open(Minute minute, const Verdict& verdict, double budget) {
  const Minute start = std::max(minute - (verdict.suffix_minutes - 1), last_end_);
  begin(state_ == State::kDeclared ? insight() : insight_of(verdict, start, minute, false, budget), minute);
  state_ = State::kOpen;
}

InsightMachine::Change InsightMachine::finish() {
  const OpenInsight& insight = life_->insight;
  const bool spike = insight.reason == core::Reason::kIncrease && life_->last_outside >= insight.start;
  const Minute last = spike ? life_->last_outside : life_->last_abnormal;
  last_end_ = std::max(last, insight.start) + 1;
  state_ = State::kQuiet;
  return Change::kEnded;
}

void InsightMachine::persist(core::ByteWriter& out) const {
  out.u8(static_cast<uint8_t>(state_));
  out.zigzag(last_end_.value);
  if (state_ == State::kQuiet) return;
  const OpenInsight& insight = life_->insight;
  out.zigzag(insight.start.value);
  out.u8(static_cast<uint8_t>(insight.reason));
  out.number(insight.score);
  out.number(insight.expected.lower);
  out.number(insight.expected.mean);
  out.number(insight.expected.upper);
  out.zigzag(insight.window_minutes);
  out.zigzag(insight.decided.value);
  out.u8(insight.early ? 1 : 0);
  out.number(insight.budget);
  out.zigzag(life_->opened.value);
  out.zigzag(life_->last_abnormal.value);
  out.zigzag(life_->last_outside.value);
  out.zigzag(life_->calm);
}

bool InsightMachine::restore(core::ByteReader& in) {
  const auto read_minute = [&] { return Minute{static_cast<int32_t>(in.zigzag())}; };
  life_.reset();
  state_ = static_cast<State>(in.varint_up_to(static_cast<uint8_t>(State::kOpen)));
  last_end_ = read_minute();
  if (state_ == State::kQuiet) return in.ok();
  life_ = std::make_unique<Life>();
  OpenInsight& insight = life_->insight;
  insight.start = read_minute();
  insight.reason = static_cast<core::Reason>(in.varint_up_to(static_cast<uint8_t>(core::Reason::kMissedRun)));
  insight.score = in.number();
  insight.expected.lower = in.number();
  insight.expected.mean = in.number();
  insight.expected.upper = in.number();
  insight.window_minutes = static_cast<int32_t>(in.zigzag());
  insight.decided = read_minute();
  insight.early = in.u8() != 0;
  insight.budget = in.number();
  life_->opened = read_minute();
  life_->last_abnormal = read_minute();
  life_->last_outside = read_minute();
  life_->calm = static_cast<int32_t>(in.zigzag());
  return in.ok();
}

}  // namespace insight::detect
