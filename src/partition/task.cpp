#include "partition/task.h"

#include <algorithm>

namespace insight::partition {

using core::Minute;
using state::ApiState;

namespace {

// After so many minutes without a row in the whole partition the rest of the stretch is not walked: a
// single event far in the future must not cost years of empty minutes.
constexpr int32_t kSilenceWalkedMinutes = 8 * core::kMinutesPerDay;
constexpr int32_t kQuietBeforeEviction = core::kMinutesPerDay;

int32_t whole_minutes(core::Duration duration) {
  return static_cast<int32_t>(std::chrono::ceil<std::chrono::minutes>(duration).count());
}

// Of a million APIs hardly anything is in the processor's caches when their turn comes: they are asked for some turns ahead,
// first the API, then its calls.
void fetch_ahead(Apis::List::const_iterator at, Apis::List::const_iterator end) {
  constexpr std::ptrdiff_t kApi = 8;
  constexpr std::ptrdiff_t kCalls = 4;
  constexpr size_t kCacheLine = 64;
  const auto fetch = [](const void* from, size_t size) {
    for (size_t offset = 0; offset < size; offset += kCacheLine)
      __builtin_prefetch(static_cast<const char*>(from) + offset);
  };
  if (end - at > kApi) fetch(at[kApi].get(), sizeof(ApiState));
  if (end - at > kCalls && at[kCalls]->calls) fetch(at[kCalls]->calls.get(), sizeof(state::CallTrack));
}

}  // namespace

Task::Task(const Options& options)
    : options_(options),
      call_sensitivity_{options.call_threshold, options.budget, whole_minutes(options.lateness)},
      error_sensitivity_{options.error_threshold, options.budget, whole_minutes(options.lateness)},
      watermark_(options.lateness),
      newcomer_(models::CountModel{}, call_sensitivity_.lateness_minutes),
      newcomer_rate_bounds_(call_sensitivity_.lateness_minutes) {}

Task::~Task() = default;

void Task::retune(const Options& options) {
  catch_up_all();  // what they have not seen yet was before
  options_.budget = options.budget;
  options_.call_threshold = options.call_threshold;
  options_.error_threshold = options.error_threshold;
  options_.early_start = options.early_start;
  call_sensitivity_ = {options.call_threshold, options.budget, call_sensitivity_.lateness_minutes};
  error_sensitivity_ = {options.error_threshold, options.budget, error_sensitivity_.lateness_minutes};
}

void Task::process(const core::Batch& batch, core::Timestamp appended, int64_t offset) {
  insert_rows(batch, offset, false);
  frontier_ = offset + 1;
  note_gaps(batch);
  watermark_.merge(batch, appended);
  note_lost_calls();
  judge_touched();
  close_ready_minutes();
}

std::vector<core::Insight> Task::take_insights() { return std::exchange(insights_, {}); }

// ---- rows into open minutes

void Task::insert_rows(const core::Batch& batch, int64_t offset, bool restoring) {
  auto& apis = batch_apis_;
  auto& slots = batch_slots_;
  apis.assign(batch.apis.size(), {});
  slots.assign(batch.signatures.size(), UINT32_MAX);
  for (const core::Row& row : batch.rows) {
    const core::Signature& signature = batch.signatures[row.signature];
    BatchApi& target = apis[signature.api];
    if (!target.looked_up) {
      target.looked_up = true;
      target.api = api_for(batch.key_of(batch.apis[signature.api]), offset, restoring);
      if (target.api != nullptr) target.api->last_batch = offset;
    }
    if (!restoring) counters_.rows += row.weight;
    if (target.api == nullptr) {
      if (!restoring) counters_.quota += row.weight;
      continue;
    }
    ApiState& api = *target.api;
    if (restoring && offset < api.first_offset) continue;
    if (row.minute <= api.through) {
      if (!restoring) drop_row(batch, row, api);
      continue;
    }
    uint32_t& slot = slots[row.signature];
    if (slot == UINT32_MAX) slot = api.slots().slot_of(batch, signature);
    count::OpenMinute& cell = open_minute(api, row.minute, offset);
    const bool first_of_slot = !cell.holds(slot);
    if (!cell.add(row.id, slot, row.weight)) {
      if (!restoring) counters_.duplicates += row.weight;
      continue;
    }
    if (first_of_slot) api.slots().retain(slot);
    touch(api);
  }
  for (const BatchApi& target : apis)
    if (target.api != nullptr && target.api->rows) target.api->rows->slots.sweep();
}

count::OpenMinute& Task::open_minute(ApiState& api, Minute minute, int64_t offset) {
  if (auto* cell = api.find_open(minute)) return *cell;
  MinuteRows& rows = rows_at_.try_emplace(minute, MinuteRows{offset, {}}).first->second;
  rows.apis.push_back(&api);
  return api.open_minute(minute);
}

ApiState* Task::api_for(const core::ApiKeyView& key, int64_t offset, bool restoring) {
  ApiState* known = apis_.find(key);
  return known != nullptr || restoring ? known : admit(key, offset);
}

ApiState* Task::admit(const core::ApiKeyView& key, int64_t offset) {
  if (apis_.size() >= options_.apis_max && !make_room(offset)) {
    ++counters_.apis_refused;
    return nullptr;
  }
  ApiState& added = add_api(key);
  added.first_offset = offset;
  added.through = closed_;
  silence_.add(added);
  mark_changed(added);
  return &added;
}

ApiState& Task::add_api(const core::ApiKeyView& key) {
  auto api = std::make_unique<ApiState>(call_sensitivity_.lateness_minutes);
  api->turn = static_cast<uint8_t>(core::stable_hash(key) % 60);
  api->key = core::PackedApiKey(key);
  return apis_.add(std::move(api));
}

// The least learned, then least recent API that was quiet for a day and has no open insight makes room.
// One that the present batch has named stays: the batch may have more rows of it.
bool Task::make_room(int64_t offset) {
  if (closed_ == core::kNoMinute || eviction_tried_ == closed_) return false;
  const auto activity = [](const ApiState& api) {
    int64_t minutes = api.calls && api.calls->series ? api.calls->series->acquaintance().active_minutes : 0;
    for (const auto& track : api.errors)
      if (track.series) minutes += track.series->acquaintance().active_minutes;
    return std::pair(minutes, api.last_call);
  };
  ApiState* least = nullptr;
  for (const auto& api : apis_) {
    const bool quiet = !api->rows && closed_ - std::max(api->last_call, Minute{0}) >= kQuietBeforeEviction;
    if (!quiet || api->last_batch == offset || api->has_open_insight()) continue;
    if (least == nullptr || activity(*api) < activity(*least)) least = api.get();
  }
  if (least == nullptr) {
    eviction_tried_ = closed_;
    return false;
  }
  remove(*least);
  ++counters_.apis_evicted;
  return true;
}

void Task::remove(ApiState& api) {
  silence_.remove(api);
  mark_saved(api);
  std::erase(changed_, &api);
  for (auto& [minute, unsaved] : unsaved_at_) std::erase(unsaved.apis, &api);
  for (auto& [minute, rows] : rows_at_) std::erase(rows.apis, &api);
  std::erase(touched_, &api);
  evicted_.emplace_back(api.key.view());
  apis_.remove(api);
}

void Task::drop_row(const core::Batch& batch, const core::Row& row, ApiState& api) {
  const core::Origin& origin = batch.origins[row.origin];
  const bool learned_elsewhere = row.minute <= brought_through_;
  if (learned_elsewhere || watermark_.covered(batch.topics[origin.topic].name, origin.partition, row.offset)) {
    counters_.redelivered += row.weight;
    // It may never have been counted (its API was refused, or the batch that held it was lost): a restore
    // that reads it again must not count it now.
    if (row.minute > api.saved) mark_changed(api);
    return;
  }
  counters_.late += row.weight;
  ++api.late_rows;
  mark_changed(api);
}

// What is closed stays as it was closed: of a gap heard of too late only the rest counts. Every batch says all
// gaps again.
void Task::note_gaps(const core::Batch& batch) {
  for (auto gap : batch.missing) {
    if (closed_ != core::kNoMinute) gap.first = std::max(gap.first, closed_ + 1);
    const bool known = std::any_of(gaps_.begin(), gaps_.end(), [&](const core::MissingMinutes& kept) {
      return kept.first <= gap.first && kept.last >= gap.last;
    });
    if (gap.first <= gap.last && !known) gaps_.push_back(gap);
  }
}

// The first batch after calls were lost says how far the input had been read by then.
void Task::note_lost_calls() {
  if (lost_from_ == core::kNoMinute || expects_hole()) return;
  if (const auto newest = watermark_.newest()) gaps_.push_back({lost_from_, core::minute_of(*newest)});
  lost_from_ = core::kNoMinute;
}

// ---- closing minutes

void Task::close_ready_minutes() {
  note_history();
  const auto time = watermark_.time();
  if (!time || history_begin_ == core::kNoMinute) return;
  const Minute last = core::minute_of(*time) - 1;
  if (expects_hole() && last > closed_) note_hole();
  // Until the watermark has passed all that was heard of, what is older may still come and be on time.
  if (closed_ != core::kNoMinute || last >= first_minute()) close_through(last);
}

void Task::note_history() {
  const auto oldest = watermark_.oldest();
  if (!oldest) return;
  const Minute begin = core::minute_of(*oldest);
  if (history_begin_ != core::kNoMinute && begin >= history_begin_) return;
  history_begin_ = begin;
  // Minutes are reported by the history known when they close: a restore must not close them again.
  if (closed_ != core::kNoMinute) mark_all_changed();
}

// Progress covers the rows that came with it; but a row may come from an intake that has lost its partition
// and no longer says so.
Minute Task::first_minute() const {
  return rows_at_.empty() ? history_begin_ : std::min(history_begin_, rows_at_.begin()->first);
}

void Task::begin_closing() {
  known_since_ = first_minute();
  closed_ = known_since_ - 1;
  for (const auto& api : apis_) api->through = closed_;
  mark_all_changed();
}

void Task::close_through(Minute last) {
  if (closed_ == core::kNoMinute) {
    if (history_begin_ == core::kNoMinute) return;
    begin_closing();
  }
  while (closed_ < last) {
    if (closed_ + 1 == next_history()) begin_anew(closed_ + 1);
    if (!jump_silence(last)) close_minute(closed_ + 1);
  }
}

// Where a history begins that those before do not count for; kNoMinute: nowhere ahead.
Minute Task::next_history() const {
  const auto& history = watermark_.history();
  if (!history) return core::kNoMinute;
  const Minute begin = core::minute_of(history->since);
  return begin > closed_ ? begin : core::kNoMinute;
}

// What was before was too little, and is too long ago, to know anything by it.
void Task::begin_anew(Minute begin) {
  if (begin == known_since_) return;
  catch_up_all();
  known_since_ = begin;
  newcomer_ = detect::CallSeries(models::CountModel{}, call_sensitivity_.lateness_minutes);
  newcomer_rate_ = {};
  newcomer_rate_bounds_ = detect::ErrorBounds(call_sensitivity_.lateness_minutes);
  mark_all_changed();  // a restore must not judge again, by this history, what was closed before it
}

// The end of what is walked if no further row comes.
Minute Task::walked_through() const { return std::max(last_row_, known_since_) + kSilenceWalkedMinutes; }

// Beyond what is walked only time goes on, and nothing of it is written. So that a restore knows what was walked and
// what not, all APIs are written where the jump begins and where it ends.
bool Task::jump_silence(Minute last) {
  const Minute walked = walked_through();
  if (closed_ < walked) return false;
  Minute until = last;
  const auto next_row = rows_at_.upper_bound(closed_);
  if (next_row != rows_at_.end()) until = std::min(until, next_row->first - 1);
  if (const Minute next = next_history(); next != core::kNoMinute) until = std::min(until, next - 1);
  if (closed_ == walked || until <= closed_) mark_all_changed();
  if (until <= closed_) return false;
  for (const auto& api : apis_) {
    api->silent_expected = 0;
    if (api->through >= until) continue;
    catch_up(*api);
    api->attempts.skip_to(until);
    api->through = until;
    if (api->calls) report(*api, *api->calls, api->calls->machine.skip(until), until);
    for (auto& track : api->errors) report(*api, track, track.machine.skip(until), until);
  }
  closed_ = until;
  return true;
}

bool Task::in_gap(Minute minute) const {
  return std::any_of(gaps_.begin(), gaps_.end(),
                     [&](const core::MissingMinutes& gap) { return minute >= gap.first && minute <= gap.last; });
}

bool Task::was_missing(const ApiState& api, Minute minute) {
  return in_gap(minute) || silence_.group_of(api).was_missing(minute);
}

void Task::close_minute(Minute minute) {
  judge_silence(minute);
  const bool gap = in_gap(minute);
  for (auto at = apis_.begin(); at != apis_.end(); ++at) {
    fetch_ahead(at, apis_.end());
    ApiState& api = **at;
    if (api.through < minute) close_api(api, minute, gap || silence_.group_of(api).was_missing(minute));
  }
  close_newcomer(minute, gap);
  if (const auto rows = rows_at_.find(minute); rows != rows_at_.end()) {
    last_row_ = minute;
    rows->second.apis = {};
  }
  closed_ = minute;
  ++counters_.minutes_closed;
  if ((minute.value + 1) % 60 == 0) change_profiles(minute + 1);
  if (options_.early_start) judge_newly_bounded(minute);
  std::erase_if(gaps_, [&](const core::MissingMinutes& g) { return g.last + 2 * kQuietBeforeEviction < minute; });
  if (brought_through_ + core::kMinutesPerDay < minute) brought_through_ = core::kNoMinute;
}

void Task::judge_silence(Minute minute) {
  static const std::vector<ApiState*> kNone;
  const auto rows = rows_at_.find(minute);
  const auto& with_rows = rows == rows_at_.end() ? kNone : rows->second.apis;
  counters_.group_minutes_missing += static_cast<uint64_t>(silence_.judge(minute, with_rows, [&](const ApiState& api) {
    if (api.through >= minute || !api.calls || !api.calls->series) return 0.0;
    return api.calls->series->expected(minute, profiles_.calls(api.key.account(), minute));
  }));
}

void Task::close_newcomer(Minute minute, bool missing) {
  static const models::Profile kFlat;
  detect::InsightMachine unused;
  if (missing) {
    newcomer_.skip(minute, kFlat, unused);
    newcomer_rate_.skip(minute.value);
    return;
  }
  newcomer_.close(minute, 0, kFlat, history_minutes(minute), call_sensitivity_, unused);
  const bool armed = history_minutes(minute) >= detect::Acquaintance::kNoveltyAfter;
  newcomer_rate_.learn(newcomer_rate_.score(minute.value, 0, 0), armed);
  if (!armed) return;
  newcomer_rate_bounds_.fix(minute + (error_sensitivity_.lateness_minutes + 1), newcomer_rate_, 0,
                            error_sensitivity_.threshold);
}

void Task::change_profiles(Minute first) {
  struct Account {
    models::ProfilePool pool;
    bool is_here = false;  // not further on: one that is, after a move, has its profile of that hour
  };
  std::map<std::string, Account, std::less<>> accounts;
  auto at = accounts.end();
  for (const auto& api : apis_) {
    if (!api->calls || !api->calls->series) continue;
    const std::string_view account = api->key.account();
    if (at == accounts.end() || at->first != account) at = accounts.try_emplace(std::string(account)).first;
    at->second.pool.add(api->calls->series->model());
    at->second.is_here = at->second.is_here || api->through < first;
  }
  std::map<std::string, models::Profile, std::less<>> calls;
  for (const auto& [name, account] : accounts)
    if (account.is_here) calls.emplace(name, account.pool.finish());
  profiles_.change(first, std::move(calls));
}

size_t Task::series() const {
  size_t count = 0;
  for (const auto& api : apis_) count += api->series_count();
  return count;
}

void Task::count_open_insights(OpenInsights& counts) const {
  const auto count = [&](core::InsightType type, const detect::InsightMachine& machine) {
    if (!machine.is_open()) return;
    ++counts[static_cast<size_t>(type)][static_cast<size_t>(machine.insight().reason)];
  };
  for (const auto& api : apis_) {
    if (api->calls) count(core::InsightType::kCallRate, api->calls->machine);
    for (const auto& track : api->errors) count(core::InsightType::kErrorRate, track.machine);
  }
}

}  // namespace insight::partition
