// The life of one series' insights: quiet, declared early, open, quiet.
#pragma once

#include <cstdint>
#include <memory>

#include "core/bytes.h"
#include "core/insight.h"
#include "detect/verdict.h"

namespace insight::detect {

// An insight from its Start on.
struct OpenInsight {
  core::Minute start;                   // the Start's eventTime
  core::Reason reason = core::Reason::kIncrease;
  double score = 0;
  core::Expected expected;
  int32_t window_minutes = 1;
  core::Minute decided;                 // minute whose rows or close decided the Start
  bool early = false;
  double budget = 0;
};

// Opens and closes at most one insight at a time. Learning and this machine follow the closes of minutes
// alone; an early Start only changes when the record is written, and its minute, window and averages. A
// small value that can be moved: what an insight needs is there while it is open; pure; not thread-safe.
class InsightMachine {
 public:
  static constexpr int32_t kCalmMinutes = 10;        // that close an insight
  static constexpr int32_t kAdoptAfter = 24 * 60;    // minutes after which a new level is the normal one

  enum class Change : uint8_t { kNone, kStarted, kEnded };

  // Whether an early Start of `minute` may be written now.
  bool may_declare(core::Minute minute) const { return state_ == State::kQuiet && minute >= last_end_; }
  // Writes it down: the close of `minute` will confirm it.
  void declare(core::Minute minute, const Verdict& verdict, double budget);

  // The minute closed. kStarted: a Start is to be written of insight(); kEnded: an End of insight(), whose
  // span ends at end().
  Change close(core::Minute minute, const Verdict& verdict, double budget);
  // A minute without data neither calms nor alarms; only time goes on.
  Change skip(core::Minute minute);

  bool is_open() const { return state_ != State::kQuiet; }
  // Of the open insight, or after kEnded of the one that ended.
  const OpenInsight& insight() const;
  // The minute after the last of the span; valid after kEnded, and the bound for the next start.
  core::Minute end() const { return last_end_; }

  void persist(core::ByteWriter& out) const;
  bool restore(core::ByteReader& in);

 private:
  enum class State : uint8_t { kQuiet, kDeclared, kOpen };

  // Of the insight that is declared or open.
  struct Life {
    OpenInsight insight;
    core::Minute opened;                             // minute whose close opened it
    core::Minute last_abnormal;
    core::Minute last_outside = core::kNoMinute;
    int32_t calm = 0;
  };

  void begin(const OpenInsight& insight, core::Minute minute);
  void open(core::Minute minute, const Verdict& verdict, double budget);
  Change finish();

  std::unique_ptr<Life> life_;                       // after an end kept up to the next minute
  core::Minute last_end_ = core::kNoMinute;
  State state_ = State::kQuiet;
};

}  // namespace insight::detect
