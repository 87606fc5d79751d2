#include "app/replay_engine.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "app/engine_options.h"
#include "publish/record.h"
#include "route/batch_codec.h"

namespace insight::app {

using core::Minute;

namespace {

// In a replay all inputs are one partition of one topic.
constexpr std::string_view kTopic = "replay";

}  // namespace

ReplayEngine::ReplayEngine(const settings::Settings& settings, InsightHandler on_insight)
    : on_insight_(std::move(on_insight)),
      intake_(make_selector(settings), static_cast<uint32_t>(settings.kafka.partitions), {}, nullptr) {
  const auto lateness = std::chrono::ceil<std::chrono::minutes>(settings.input.lateness);
  held_minutes_ = static_cast<int32_t>(lateness.count());
  intake_.reading().set_topics({{std::string(kTopic), 1}});
  origin_ = intake_.reading().origin(0, 0);
  const auto partitions = static_cast<uint32_t>(settings.kafka.partitions);
  for (uint32_t p = 0; p < partitions; ++p)
    tasks_.push_back(std::make_unique<partition::Task>(task_options(settings, p, partitions)));
}

void ReplayEngine::take(const core::CallEvent& event, const core::Coordinates& where, uint64_t id, uint32_t weight,
                        bool attributed) {
  // A round is one minute: an early Start then speaks of the whole minute.
  const Minute minute = core::minute_of(event.time);
  if (minute > newest_minute_) {
    if (rows_in_round_ > 0) round();
    newest_minute_ = minute;
  } else if (rows_in_round_ >= kRowsPerRoundMax) {
    round();
  }
  ++rows_in_round_;
  intake_.take({event, where, origin_, id, weight, attributed}, std::nullopt, std::nullopt);
}

void ReplayEngine::round() {
  if (has_cut_) return hold_round();
  const core::Timestamp appended = *intake_.reading().newest(origin_);
  for (uint32_t p = 0; p < tasks_.size(); ++p)
    intake_.send(p, [&](const core::Batch& batch) { tasks_[p]->process(batch, appended, rounds_); });
  ++rounds_;
  rows_in_round_ = 0;
  hand_on(false);
}

void ReplayEngine::hand_on(bool all) {
  Minute closed_by_all{INT32_MAX};
  for (auto& task : tasks_) {
    for (auto& insight : task->take_insights()) {
      std::tuple place(insight.decided, publish::kafka_key(insight), insight.state);
      waiting_.emplace(std::move(place), std::move(insight));
    }
    closed_by_all = std::min(closed_by_all, task->closed());
  }
  while (!waiting_.empty() && (all || std::get<0>(waiting_.begin()->first) <= closed_by_all)) {
    on_insight_(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
  }
}

void ReplayEngine::finish() {
  if (newest_minute_ != core::kNoMinute) {
    round();
    for (auto& task : tasks_) task->close_through(newest_minute_ - 1);
  }
  hand_on(true);
}

// ---- with a cut

void ReplayEngine::cut_before(std::optional<Minute> until) {
  has_cut_ = true;
  until_ = until;
}

void ReplayEngine::hold_round() {
  Round& round = held_.emplace_back();
  round.minute = newest_minute_;
  round.appended = *intake_.reading().newest(origin_);
  for (uint32_t p = 0; p < tasks_.size(); ++p)
    intake_.send(p, [&](const core::Batch& batch) {
      route::encode(batch, round.batches.emplace_back());
      for (const core::Row& row : batch.rows) round.rows += row.weight;
    });
  rows_in_round_ = 0;
  take_held(until_.value_or(newest_minute_ - held_minutes_));
}

void ReplayEngine::take_held(Minute end) {
  for (; !held_.empty() && held_.front().minute < end; held_.pop_front()) {
    const Round& round = held_.front();
    for (uint32_t p = 0; p < tasks_.size(); ++p) {
      // Bytes of our own making: never damaged.
      if (route::decode(round.batches[p], batch_) != route::BatchError::kNone) std::abort();
      tasks_[p]->process(batch_, round.appended, rounds_);
    }
    ++rounds_;
    hand_on(false);
  }
  if (!until_) return;
  for (const Round& round : held_) after_cut_ += round.rows;
  held_.clear();
}

std::optional<Minute> ReplayEngine::finish_at_cut() {
  if (newest_minute_ == core::kNoMinute) return std::nullopt;
  round();
  for (const Round& round : held_) after_cut_ += round.rows;
  held_.clear();
  const Minute cut = until_.value_or(newest_minute_ - held_minutes_);
  for (auto& task : tasks_) task->close_through(cut - 1);
  hand_on(true);
  if (tasks_.front()->closed() == core::kNoMinute) return std::nullopt;
  return cut;
}

state::StateFile ReplayEngine::take_state() {
  const partition::Options& options = tasks_.front()->options();
  const auto lateness = std::chrono::ceil<std::chrono::minutes>(options.lateness);
  state::StateFile file{options.partitions, static_cast<int32_t>(lateness.count()), {}};
  for (uint32_t p = 0; p < tasks_.size(); ++p)
    for (auto& record : tasks_[p]->collect(true).state)
      if (record.value) file.records.push_back({p, std::move(record.key), std::move(*record.value)});
  return file;
}

ReplayEngine::Totals ReplayEngine::totals() const {
  Totals totals;
  const intake::Counters& read = intake_.counters();
  totals.records = read.received;
  totals.dropped = read.dropped;
  totals.processed = read.unselected;
  partition::OpenInsights open{};
  for (const auto& task : tasks_) {
    const partition::Counters& counted = task->counters();
    totals.dropped[static_cast<size_t>(core::DropReason::kLate)] += counted.late;
    totals.dropped[static_cast<size_t>(core::DropReason::kRedelivered)] += counted.redelivered;
    totals.dropped[static_cast<size_t>(core::DropReason::kQuota)] += counted.quota;
    totals.processed += counted.rows - counted.late - counted.redelivered - counted.quota;
    totals.duplicates += counted.duplicates;
    totals.apis += task->apis();
    totals.series += task->series();
    task->count_open_insights(open);
    totals.minutes_closed = std::max(totals.minutes_closed, counted.minutes_closed);
    totals.group_minutes_missing += counted.group_minutes_missing;
  }
  for (const auto& of_type : open) totals.open_insights += std::accumulate(of_type.begin(), of_type.end(), uint64_t{0});
  totals.after_cut = after_cut_;
  totals.oldest = intake_.reading().oldest(origin_);
  totals.newest = intake_.reading().newest(origin_);
  return totals;
}

}  // namespace insight::app
