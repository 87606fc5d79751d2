// Task: what was learned elsewhere (by a replay, or with another number of partitions), and what is to be forgotten.
#include <algorithm>
#include <set>

#include "partition/task.h"

namespace insight::partition {

using core::Minute;
using state::ApiState;

namespace {

// As if no row of an open minute had been inserted.
void drop_open_minutes(ApiState& api) {
  api.rows.reset();
  api.unsaved = core::kNoMinute;
  api.touched = false;
}

}  // namespace

void Task::adopt(const std::vector<std::unique_ptr<Task>>& tasks, const ApiFilter& is_ours) {
  const Task& slowest = **std::min_element(tasks.begin(), tasks.end(),
                                           [](const auto& a, const auto& b) { return a->closed_ < b->closed_; });
  closed_ = slowest.closed_;
  known_since_ = slowest.known_since_;
  watermark_ = slowest.watermark_;
  newcomer_ = slowest.newcomer_;
  newcomer_rate_ = slowest.newcomer_rate_;
  newcomer_rate_bounds_ = slowest.newcomer_rate_bounds_;
  history_begin_ = slowest.history_begin_;
  brought_through_ = closed_;
  for (const auto& task : tasks) {
    task->catch_up_all();
    history_begin_ = std::min(history_begin_, task->history_begin_);
    last_row_ = std::max(last_row_, task->last_row_);
    brought_through_ = std::max(brought_through_, task->closed_);
    for (const auto& gap : task->gaps_) {
      const bool known = std::any_of(gaps_.begin(), gaps_.end(),
                                     [&](const auto& g) { return g.first == gap.first && g.last == gap.last; });
      if (!known) gaps_.push_back(gap);
    }
    for (auto& api : task->apis_.take_if([&](const ApiState& one) { return is_ours(one.key.view()); })) {
      profiles_.adopt(task->profiles_, std::string(api->key.account()));
      api->changed = api->touched = false;
      silence_.add(apis_.add(std::move(api)));
    }
  }
}

void Task::begin_on(const std::string& calls_id, int64_t offset) {
  options_.calls_id = calls_id;
  frontier_ = offset;
  rewind_offset_ = offset;
  brought_through_ = std::max(brought_through_, closed_);
  watermark_.begin_at(core::start_of(closed_ + 1));
  rows_at_.clear();
  unsaved_at_.clear();
  waiting_ = 0;
  touched_.clear();
  evicted_.clear();
  for (const auto& api : apis_) {
    drop_open_minutes(*api);
    api->first_offset = offset;
  }
  mark_all_changed();
}

void Task::expect_hole() { lost_from_ = closed_ + 1; }

// Calls that were lost are told from a hole by where they begin: a hole follows the last minute that all those closed who
// learned it elsewhere, of which some may have closed more.
bool Task::expects_hole() const {
  return lost_from_ != core::kNoMinute && brought_through_ != core::kNoMinute && lost_from_ <= brought_through_ + 1;
}

// By the time that the first minute is to be closed all inputs were heard of. Of the minute in which they begin some
// events may lie before that.
void Task::note_hole() {
  const auto since = watermark_.inputs_since();
  if (!since) return;
  const Minute first = core::minute_of(*since);
  if (first > lost_from_) gaps_.push_back({lost_from_, first});
  lost_from_ = core::kNoMinute;
}

Task::Forgotten Task::forget(const ApiFilter& is_meant) {
  Forgotten forgotten;
  std::set<std::string> accounts;
  std::vector<ApiState*> meant;
  for (const auto& api : apis_) {
    if (!is_meant(api->key.view())) continue;
    meant.push_back(api.get());
    accounts.emplace(api->key.account());
    if (api->calls && api->calls->machine.is_open()) ++forgotten.open_insights;
    forgotten.open_insights += static_cast<size_t>(std::count_if(
        api->errors.begin(), api->errors.end(), [](const auto& track) { return track.machine.is_open(); }));
  }
  for (ApiState* api : meant) remove(*api);
  for (const auto& api : apis_) accounts.erase(std::string(api->key.account()));
  for (const auto& account : accounts) profiles_.forget(account);
  silence_.drop_empty();
  forgotten.apis = meant.size();
  return forgotten;
}

}  // namespace insight::partition
