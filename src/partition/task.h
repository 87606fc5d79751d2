// One calls partition: count, score, detect, learn, for every API that hashes to it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/insight.h"
#include "detect/call_series.h"
#include "partition/apis.h"
#include "partition/close_observer.h"
#include "partition/minute_sums.h"
#include "partition/pooled_profiles.h"
#include "partition/silence.h"
#include "progress/watermark.h"
#include "state/api_state.h"

namespace insight::partition {

struct Options {
  uint32_t partition = 0;
  uint32_t partitions = 1;               // of the calls topic; 0: as many as the state says
  std::string calls_id;  // tells the calls topic from one of the same name made anew; empty: nothing does
  core::Duration lateness = std::chrono::minutes(10);
  double budget = 10;  // detection.alert_budget
  double call_threshold = 0;  // the scores it stands for
  double error_threshold = 0;
  bool early_start = true;
  uint32_t apis_max = 10000;  // limits.apis_per_partition
  // A commit that has so many records takes no more of what may wait; past so many that wait, an API rests meanwhile.
  size_t records_enough = 1000;
};

// What happened since the task was made. Monotonic.
struct Counters {
  uint64_t rows = 0;  // every row of every batch, but re-reads of a restore
  uint64_t late = 0;
  uint64_t redelivered = 0;
  uint64_t quota = 0;  // rows of refused APIs
  uint64_t duplicates = 0;  // rows whose call was counted before
  uint64_t minutes_closed = 0;
  uint64_t minutes_thinned = 0;  // of an API: its ids were too many, and its calls are counted by a sample
  uint64_t group_minutes_missing = 0;
  uint64_t apis_refused = 0;
  uint64_t apis_evicted = 0;
};

// Open insights, by type and reason.
using OpenInsights = std::array<std::array<size_t, core::kReasonCount>, core::kInsightTypeCount>;

// What one transaction has to hold: the records of the state topic and the insights, and the offset of the
// next batch.
struct Commit {
  struct Record {
    std::string key;
    std::optional<std::string> value;  // nullopt: a tombstone
  };
  std::vector<core::Insight> insights;
  std::vector<Record> state;
  int64_t next_offset = 0;
  int64_t rewind_offset = 0;  // calls below it are needed by nobody
};

// A pure function of (state, batches): no clock, no I/O. Single-threaded. Memory grows with its APIs and with
// the rows of open minutes; docs/reliability says how both are bounded.
class Task {
 public:
  explicit Task(const Options& options);
  ~Task();

  // Takes in the batch at `offset` of the calls partition; `appended` is the broker's time of it.
  void process(const core::Batch& batch, core::Timestamp appended, int64_t offset);

  // From now on minutes are judged by the budget, thresholds and early_start of `options`; what was decided stays, and so
  // does everything else.
  void retune(const Options& options);

  // From now on `observer` (borrowed; nullptr: nobody) looks on.
  void observe(CloseObserver* observer) { observer_ = observer; }

  // Closes all minutes up to and with `last`, whatever the watermark (the end of a replay's input).
  void close_through(core::Minute last);

  // Insights since the last call, in the order in which they were decided.
  std::vector<core::Insight> take_insights();

  // Restoring: the partition's records, then the calls from rewind_offset() up to the frontier, then finish.
  // Decides nothing.
  // One record of the state topic, in the log's order; `value` nullopt: a tombstone.
  state::RecordError restore_record(std::string_view key, std::optional<std::string_view> value);
  bool has_meta() const { return has_meta_; }
  int64_t rewind_offset() const { return rewind_offset_; }
  int64_t frontier() const { return frontier_; }
  // What the calls partition still has begins at `low` and ends before `high`. False: calls that this state needs are
  // gone, because the topic was made anew or cut too early. The task then goes on where the partition does; the
  // minutes that lack calls (those open or not yet written, up to the newest of the next batch) are missing.
  bool find_calls(int64_t low, int64_t high);
  void reinsert(const core::Batch& batch, int64_t offset);
  void finish_restore();

  // Beginning with what was learned elsewhere. All three keep the rows of open minutes out: they are read again.
  using ApiFilter = std::function<bool(const core::ApiKeyView&)>;
  // Takes over from `tasks`, all those of a calls topic, the APIs that are ours; this task is new, they are restored
  // and have closed a minute. Goes on after the last minute that all have closed; an API of one that was further on
  // waits until the others have come so far.
  void adopt(const std::vector<std::unique_ptr<Task>>& tasks, const ApiFilter& is_ours);
  // From now on this is the state of the calls topic `calls_id`, read from `offset` on. Rows of minutes that were
  // learned elsewhere count as redelivered.
  void begin_on(const std::string& calls_id, int64_t offset);
  // The inputs may begin later than what was learned ended: the minutes up to their first event are then missing.
  void expect_hole();

  // What was forgotten. An open insight that is forgotten gets no End.
  struct Forgotten {
    size_t apis = 0;
    size_t open_insights = 0;
  };
  Forgotten forget(const ApiFilter& is_meant);

  // Everything that changed and has to be durable, to be written in one transaction. `all`: also what may wait: up to
  // five minutes of event time, and of much at once a part up to ten. Once written, or to be written again: the object
  // keeps nothing of it.
  Commit collect(bool all);
  // Whether an insight waits for a commit.
  bool has_insights() const { return !insights_.empty(); }

  const Counters& counters() const { return counters_; }
  const Options& options() const { return options_; }
  size_t apis() const { return apis_.size(); }
  size_t series() const;
  // Adds the open insights of this partition.
  void count_open_insights(OpenInsights& counts) const;
  size_t open_minutes() const { return rows_at_.size(); }
  // Last closed minute; kNoMinute before the first.
  core::Minute closed() const { return closed_; }
  const progress::Watermark& watermark() const { return watermark_; }
  // Attempts at rest may be some minutes behind: catch_up_all().
  const Apis& api_states() const { return apis_; }
  // Brings all APIs to where their records would be.
  void catch_up_all();
  const PooledProfiles& profiles() const { return profiles_; }

  // Key of the meta record; API records have keys of their own (state::api_record_key).
  static constexpr std::string_view kMetaKey = "meta";

 private:
  using ApiState = state::ApiState;

  // Rows into open minutes.
  void insert_rows(const core::Batch& batch, int64_t offset, bool restoring);
  ApiState* api_for(const core::ApiKeyView& key, int64_t offset, bool restoring);
  ApiState* admit(const core::ApiKeyView& key, int64_t offset);
  ApiState& add_api(const core::ApiKeyView& key);
  count::OpenMinute& open_minute(ApiState& api, core::Minute minute, int64_t offset);
  bool make_room(int64_t offset);
  void remove(ApiState& api);
  void drop_row(const core::Batch& batch, const core::Row& row, ApiState& api);
  void note_gaps(const core::Batch& batch);
  void note_lost_calls();
  bool expects_hole() const;
  void note_hole();

  // Closing minutes.
  void close_ready_minutes();
  void note_history();
  void begin_closing();
  void begin_anew(core::Minute begin);
  core::Minute next_history() const;
  void close_minute(core::Minute minute);
  bool in_gap(core::Minute minute) const;
  core::Minute first_minute() const;
  core::Minute walked_through() const;
  bool jump_silence(core::Minute last);
  void judge_silence(core::Minute minute);
  void close_newcomer(core::Minute minute, bool missing);
  void close_api(ApiState& api, core::Minute minute, bool missing);
  void begin_api(ApiState& api);
  void enter_ledgers(ApiState& api, const count::OpenMinute& cell, const MinuteTotals& totals);
  void close_calls(ApiState& api, core::Minute minute, uint64_t calls, bool missing);
  void close_errors(ApiState& api, core::Minute minute, const MinuteTotals& totals, bool missing);
  void learn_attempts(ApiState& api, core::Minute minute, uint64_t attempts, bool missing);
  void wake_attempts(ApiState& api);
  // Attempts that rest go on resting, up to date.
  void catch_up(ApiState& api);
  bool was_missing(const ApiState& api, core::Minute minute);
  template <typename TrackType>
  void report(ApiState& api, TrackType& track, detect::InsightMachine::Change change, core::Minute minute);
  void change_profiles(core::Minute first);
  void release(ApiState& api, core::Minute minute);
  int32_t history_minutes(core::Minute minute) const { return minute - known_since_; }

  // Early Starts.
  void judge_touched();
  void judge_newly_bounded(core::Minute closed);
  void judge_open_minute(ApiState& api, const count::OpenMinute& cell);
  template <typename TrackType>
  void declare(ApiState& api, TrackType& track, core::Minute minute, const detect::Verdict& verdict);
  template <typename TrackType>
  state::Sums open_sums(ApiState& api, const TrackType& track, core::Minute first, core::Minute end);
  void touch(ApiState& api);

  // Records.
  state::RecordError restore_meta(std::string_view bytes);
  // To be written with the next commit.
  void mark_changed(ApiState& api);
  void mark_all_changed();
  // Rows of the closed `minute` are to be written, if none before them are, within ten minutes.
  void mark_unsaved(ApiState& api, core::Minute minute);
  void mark_saved(ApiState& api);
  std::string persist_meta() const;
  void find_rewind_offset();

  Options options_;
  CloseObserver* observer_ = nullptr;
  detect::Sensitivity call_sensitivity_;
  detect::Sensitivity error_sensitivity_;

  progress::Watermark watermark_;
  core::Minute closed_ = core::kNoMinute;
  core::Minute history_begin_ = core::kNoMinute;  // oldest event: where baselines are reported from
  core::Minute known_since_ = core::kNoMinute;  // first minute closed since history was last broken
  std::vector<core::MissingMinutes> gaps_;
  core::Minute lost_from_ = core::kNoMinute;  // from here calls are missing, it is not known yet up to where
  core::Minute brought_through_ = core::kNoMinute;  // last minute that was learned elsewhere, for a day after it
  Apis apis_;
  Silence silence_;
  PooledProfiles profiles_;
  // Stands in for a series that has no call yet: it has seen every minute of the history, and no call.
  detect::CallSeries newcomer_;
  models::ErrorRateModel newcomer_rate_;
  detect::ErrorBounds newcomer_rate_bounds_;

  int64_t frontier_ = 0;
  int64_t rewind_offset_ = 0;
  // The rows of a minute: the first calls offset of a batch with any, where a restore has to begin, and while the minute
  // is open the APIs that have them.
  struct MinuteRows {
    int64_t first_offset = 0;
    std::vector<ApiState*> apis;
  };
  std::map<core::Minute, MinuteRows> rows_at_;
  core::Minute last_row_ = core::kNoMinute;  // newest minute with a row that was closed
  core::Minute eviction_tried_ = core::kNoMinute;

  std::vector<ApiState*> touched_;
  state::MinuteSums sums_;  // of one minute, reused
  // By the batch that is taken in, reused: its APIs, and the slots of its signatures.
  struct BatchApi {
    ApiState* api = nullptr;
    bool looked_up = false;
  };
  std::vector<BatchApi> batch_apis_;
  std::vector<uint32_t> batch_slots_;
  std::vector<core::Insight> insights_;
  std::vector<ApiState*> changed_;  // to be written with the next commit, each once
  // To be written within ten minutes, by ApiState::unsaved; `apis` may hold some that were written since.
  struct Unsaved {
    size_t waiting = 0;
    std::vector<ApiState*> apis;
  };
  std::map<core::Minute, Unsaved> unsaved_at_;
  size_t waiting_ = 0;  // APIs in there, each once
  std::vector<core::ApiKey> evicted_;
  bool has_meta_ = false;
  std::string restored_calls_id_;  // of the calls topic that the state speaks of
  Counters counters_;
};

}  // namespace insight::partition
