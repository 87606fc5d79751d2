// Task: what happens to one API when a minute closes.
#include <algorithm>
#include <utility>

#include "partition/insight_record.h"
#include "partition/task.h"

namespace insight::partition {

using core::InsightState;
using core::Minute;
using detect::InsightMachine;
using state::ApiState;
using state::CallTrack;
using state::ErrorTrack;

namespace {

constexpr int32_t kStartWindowMinutes = 5;
// The peak of calls a minute halves in a week.
constexpr double kPeakDecay = 0.99993;

SeriesName name_of(const ApiState& api, const CallTrack&) { return {api.key.view(), core::InsightType::kCallRate, {}}; }
SeriesName name_of(const ApiState& api, const ErrorTrack& track) {
  return {api.key.view(), core::InsightType::kErrorRate, track.code};
}

template <typename TrackType>
const state::Baseline& baseline_of(const TrackType& track) {
  static const state::Baseline kNone;
  return track.baseline ? *track.baseline : kNone;
}

}  // namespace

void Task::close_api(ApiState& api, Minute minute, bool missing) {
  count::OpenMinute* cell = api.find_open(minute);
  MinuteTotals totals;
  if (cell != nullptr) {
    totals = totals_of(api, *cell);
    wake_attempts(api);
    if (!api.begun) begin_api(api);
    counters_.minutes_thinned += cell->thinned() ? 1 : 0;
    enter_ledgers(api, *cell, totals);
    api.last_call = minute;
    mark_unsaved(api, minute);
  }
  if (api.begun) {
    if (observer_ != nullptr) observer_->on_close(api, minute, totals, profiles_, missing);
    close_calls(api, minute, totals.calls, missing);
    close_errors(api, minute, totals, missing);
    learn_attempts(api, minute, totals.attempts, missing);
  }
  api.through = minute;
  if (cell != nullptr) {
    release(api, minute);
    // Awake it takes twice the memory: where many were called at once, they do not wait for their records so.
    if (waiting_ > options_.records_enough) api.rest();
  }
  // Rewritten hourly, spread by hash, so that a restore never folds more than about an hour.
  if (minute.value % 60 != api.turn) return;
  catch_up(api);
  mark_changed(api);
}

// A decision, because the newcomer it starts from is not kept for past minutes.
void Task::begin_api(ApiState& api) {
  api.begun = true;
  api.attempts->unfailing = newcomer_rate_;
  api.attempts->unfailing_bounds = newcomer_rate_bounds_;
  mark_changed(api);
}

void Task::enter_ledgers(ApiState& api, const count::OpenMinute& cell, const MinuteTotals& totals) {
  if (totals.calls > 0) {
    call_sums(api, cell, sums_);
    api.call_track().ledger.enter(cell.minute(), sums_);
  }
  // All tracks first: the sums of "(other)" are those of codes without one.
  for (const auto& [code, errors] : totals.errors) api.error_track(code);
  for (const auto& [code, errors] : totals.errors) {
    error_sums(api, cell, code, sums_);
    api.error_track(code).ledger.enter(cell.minute(), sums_);
  }
}

void Task::close_calls(ApiState& api, Minute minute, uint64_t calls, bool missing) {
  if (!api.calls) return;
  CallTrack& track = *api.calls;
  const models::Profile& profile = profiles_.calls(api.key.account(), minute);
  if (missing) {
    const auto change = track.series ? track.series->skip(minute, profile, track.machine) : track.machine.skip(minute);
    return report(api, track, change, minute);
  }
  if (!track.series) {
    if (calls == 0) return;
    track.series = newcomer_;
    mark_changed(api);
  }
  const auto change =
      track.series->close(minute, calls, profile, history_minutes(minute), call_sensitivity_, track.machine);
  report(api, track, change, minute);
}

void Task::close_errors(ApiState& api, Minute minute, const MinuteTotals& totals, bool missing) {
  for (ErrorTrack& track : api.errors) {
    if (missing) {
      report(api, track, track.series ? track.series->skip(minute, track.machine) : track.machine.skip(minute), minute);
      continue;
    }
    const auto found = std::find_if(totals.errors.begin(), totals.errors.end(),
                                    [&](const auto& entry) { return entry.first == track.code; });
    const uint64_t errors = found == totals.errors.end() ? 0 : found->second;
    if (!track.series) {
      if (errors == 0) continue;
      track.series.emplace(api.attempts->unfailing, api.attempts->unfailing_bounds);
      mark_changed(api);
    }
    const auto change = track.series->close(minute, errors, totals.attempts, api.attempts->call_peak,
                                            history_minutes(minute), error_sensitivity_, track.machine);
    report(api, track, change, minute);
  }
}

void Task::learn_attempts(ApiState& api, Minute minute, uint64_t attempts, bool missing) {
  if (api.attempts.rests()) return;   // it has no rows: what comes is made up for by waking
  state::Attempts& seen = *api.attempts;
  if (missing) return seen.unfailing.skip(minute.value);
  seen.call_peak = std::max(seen.call_peak * kPeakDecay, static_cast<double>(attempts));
  const bool armed = history_minutes(minute) >= detect::Acquaintance::kNoveltyAfter;
  seen.unfailing.learn(seen.unfailing.score(minute.value, 0, static_cast<double>(attempts)), armed);
  if (!armed) return;
  seen.unfailing_bounds.fix(minute + (error_sensitivity_.lateness_minutes + 1), seen.unfailing, seen.call_peak,
                            error_sensitivity_.threshold);
}

// At most an hour of minutes without a call, because an API wakes in its turn. Whether a minute was missing is known for
// longer.
void Task::wake_attempts(ApiState& api) {
  if (!api.attempts.rests()) return;
  Minute minute = api.attempts.through();
  api.attempts.wake();
  if (!api.begun) return;
  while (minute < api.through) {
    ++minute;
    learn_attempts(api, minute, 0, was_missing(api, minute));
  }
}

void Task::catch_up(ApiState& api) {
  if (!api.attempts.lag(api.through)) return;
  wake_attempts(api);
  api.attempts.rest(api.through);
}

void Task::catch_up_all() {
  for (const auto& api : apis_) catch_up(*api);
}

template <typename TrackType>
void Task::report(ApiState& api, TrackType& track, InsightMachine::Change change, Minute minute) {
  const auto& insight = track.machine.insight();
  const bool open = track.machine.is_open() || change == InsightMachine::Change::kEnded;
  if (open && !(track.baseline && track.baseline->final) && insight.start - 1 <= minute) {
    track.baseline = std::make_unique<state::Baseline>(track.ledger.baseline(insight.start, history_begin_));
    track.baseline->final = true;
    mark_changed(api);
  }
  if (change == InsightMachine::Change::kNone) return;

  if (change == InsightMachine::Change::kStarted) {
    track.ledger.hold_from(insight.start);
    const Minute end = std::min(insight.start + kStartWindowMinutes, minute + 1);
    insights_.push_back(make_insight(name_of(api, track), InsightState::kStart, insight, end - insight.start,
                                     track.ledger.window(insight.start, end), baseline_of(track)));
  } else {
    const Minute end = track.machine.end();
    auto record = make_insight(name_of(api, track), InsightState::kEnd, insight, end - insight.start,
                               track.ledger.window(insight.start, end), baseline_of(track));
    record.decided = minute;
    insights_.push_back(std::move(record));
    track.ledger.release();
    track.baseline.reset();
    api.judge_all = true;  // minutes that are open may be declared now
    touch(api);
  }
  mark_changed(api);
}

template void Task::report<CallTrack>(ApiState&, CallTrack&, InsightMachine::Change, Minute);
template void Task::report<ErrorTrack>(ApiState&, ErrorTrack&, InsightMachine::Change, Minute);

void Task::release(ApiState& api, Minute minute) {
  auto& minutes = api.rows->minutes;
  const auto at = std::find_if(minutes.begin(), minutes.end(),
                               [&](const count::OpenMinute& cell) { return cell.minute() == minute; });
  at->for_each_slot([&](uint32_t slot) { api.rows->slots.release(slot); });
  minutes.erase(at);
  if (minutes.empty()) api.rows.reset();  // an API that went quiet keeps no memory for rows
}

// ---- early Starts

void Task::touch(ApiState& api) {
  if (api.touched) return;
  api.touched = true;
  touched_.push_back(&api);
}

void Task::judge_touched() {
  for (ApiState* api : touched_) {
    api->touched = false;
    const bool all = std::exchange(api->judge_all, false);
    if (!options_.early_start) continue;
    for (auto& cell : api->open())
      if (cell.take_changed() || all) judge_open_minute(*api, cell);
  }
  touched_.clear();
}

// The bounds of one more minute are fixed now; rows of it may be here already. What an End just allowed to be
// declared comes first: it is older.
void Task::judge_newly_bounded(Minute closed) {
  judge_touched();
  const Minute bounded = closed + (call_sensitivity_.lateness_minutes + 1);
  const auto rows = rows_at_.find(bounded);
  if (rows == rows_at_.end()) return;
  const auto before = static_cast<std::ptrdiff_t>(insights_.size());
  for (ApiState* api : rows->second.apis) judge_open_minute(*api, *api->find_open(bounded));
  // In the order of names, not in that of arrival.
  std::stable_sort(insights_.begin() + before, insights_.end(),
                   [](const core::Insight& one, const core::Insight& other) { return one.api < other.api; });
}

void Task::judge_open_minute(ApiState& api, const count::OpenMinute& cell) {
  const Minute minute = cell.minute();
  const MinuteTotals totals = totals_of(api, cell);
  if (totals.calls > 0) {
    const detect::CallSeries& series = api.calls && api.calls->series ? *api.calls->series : newcomer_;
    if (const auto verdict = series.judge_open(minute, totals.calls)) declare(api, api.call_track(), minute, *verdict);
  }
  if (!totals.errors.empty()) wake_attempts(api);
  for (const auto& [code, errors] : totals.errors) {
    const ErrorTrack* known = api.find_error(code);
    const double threshold = error_sensitivity_.threshold;
    const auto& bounds = api.begun ? api.attempts->unfailing_bounds : newcomer_rate_bounds_;
    const auto& model = api.begun ? api.attempts->unfailing : newcomer_rate_;
    const double call_peak = api.attempts->call_peak;
    const auto verdict = known != nullptr && known->series
                             ? known->series->judge_open(minute, errors, call_peak, threshold)
                             : detect::judge_errors(minute, errors, bounds, model, call_peak, threshold);
    if (verdict) declare(api, api.error_track(code), minute, *verdict);
  }
}

template <typename TrackType>
void Task::declare(ApiState& api, TrackType& track, Minute minute, const detect::Verdict& verdict) {
  if (!track.machine.may_declare(minute)) return;
  track.machine.declare(minute, verdict, options_.budget);
  const auto& insight = track.machine.insight();

  // What is closed, and what the open minutes before have so far; it is made final when they close.
  track.ledger.hold_from(minute);
  state::Baseline baseline = track.ledger.baseline(minute, history_begin_);
  baseline.sums.add(open_sums(api, track, closed_ + 1, minute));
  baseline.sums.sort();
  baseline.final = minute - 1 <= closed_;
  track.baseline = std::make_unique<state::Baseline>(std::move(baseline));

  const Minute newest = api.open().back().minute();
  const Minute end = std::min(minute + kStartWindowMinutes, newest + 1);
  insights_.push_back(make_insight(name_of(api, track), InsightState::kStart, insight, end - minute,
                                   open_sums(api, track, minute, end), *track.baseline));
  mark_changed(api);
}

namespace {

void minute_sums(const ApiState& api, const count::OpenMinute& cell, const CallTrack&, state::MinuteSums& sums) {
  call_sums(api, cell, sums);
}
void minute_sums(const ApiState& api, const count::OpenMinute& cell, const ErrorTrack& track, state::MinuteSums& sums) {
  error_sums(api, cell, track.code, sums);
}

}  // namespace

template <typename TrackType>
state::Sums Task::open_sums(ApiState& api, const TrackType& track, Minute first, Minute end) {
  state::Sums sums;
  for (const auto& cell : api.open()) {
    if (cell.minute() < first || cell.minute() >= end) continue;
    minute_sums(api, cell, track, sums_);
    sums.add(sums_);
  }
  return sums;
}

}  // namespace insight::partition
