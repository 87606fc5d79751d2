// The whole engine in memory: the stages of the daemon, with as many tasks as there are partitions.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "core/insight.h"
#include "intake/intake.h"
#include "partition/task.h"
#include "settings/settings.h"
#include "state/state_file.h"

namespace insight::app {

// Takes events in any order (in order of time nothing is late), hands insights on in the order (deciding
// minute, Kafka key, state). Reads no clock. Single-threaded.
class ReplayEngine {
 public:
  using InsightHandler = std::function<void(const core::Insight&)>;

  ReplayEngine(const settings::Settings& settings, InsightHandler on_insight);

  // An event of the input. `id`: its identity if it has no event id.
  void take(const core::CallEvent& event, const core::Coordinates& where, uint64_t id, uint32_t weight,
            bool attributed);
  void count_bad(core::DropReason reason, const core::Coordinates& where) { intake_.count_bad(reason, where, {}); }
  // The input has ended: closes every minute before the newest event's.
  void finish();

  // What is to become the state of a daemon ends with a whole minute: `until`, exclusive; or, if there is none, as far
  // behind the newest event as a daemon closes minutes, because files of the last ones may not be there yet. To be said
  // before the first event.
  void cut_before(std::optional<core::Minute> until);
  // As finish(), but takes nothing in from the cut on. The cut; nothing if there was no event before it.
  std::optional<core::Minute> finish_at_cut();

  struct Totals {
    uint64_t records = 0;
    uint64_t processed = 0;
    core::DropCounts dropped{};
    uint64_t duplicates = 0;
    uint64_t apis = 0;
    uint64_t series = 0;
    uint64_t open_insights = 0;
    uint64_t minutes_closed = 0;
    uint64_t group_minutes_missing = 0;
    uint64_t after_cut = 0;  // calls from the cut on
    std::optional<core::Timestamp> oldest, newest;
  };
  Totals totals() const;
  const std::vector<std::unique_ptr<partition::Task>>& tasks() const { return tasks_; }
  // `observer` looks on while minutes close.
  void observe(partition::CloseObserver* observer) {
    for (auto& task : tasks_) task->observe(observer);
  }
  // What was learned up to the last closed minute. Once, after finish().
  state::StateFile take_state();

 private:
  // A minute of a busy account stays one batch; a flood does not.
  static constexpr size_t kRowsPerRoundMax = 100'000;

  // What all tasks are given at once: a batch for each, as bytes.
  struct Round {
    core::Minute minute;
    core::Timestamp appended;
    std::vector<std::string> batches;
    uint64_t rows = 0;
  };

  void round();
  void hold_round();
  void take_held(core::Minute end);
  void hand_on(bool all);

  InsightHandler on_insight_;
  intake::Intake intake_;
  std::vector<std::unique_ptr<partition::Task>> tasks_;
  uint32_t origin_ = 0;
  int64_t rounds_ = 0;
  size_t rows_in_round_ = 0;
  core::Minute newest_minute_ = core::kNoMinute;
  // Where there is a cut: rounds are held back until it is known to lie behind them.
  bool has_cut_ = false;
  std::optional<core::Minute> until_;
  int32_t held_minutes_ = 0;  // input.lateness
  uint64_t after_cut_ = 0;
  std::deque<Round> held_;
  core::Batch batch_;
  // Decided but possibly not next in order: by (deciding minute, Kafka key, state).
  std::multimap<std::tuple<core::Minute, std::string, core::InsightState>, core::Insight> waiting_;
};

}  // namespace insight::app
