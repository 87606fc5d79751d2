#include "tests/unit/partition/crashing_task.h"

#include <fmt/format.h>

#include "route/batch_codec.h"

namespace insight::partition::test {

void CrashingTask::commit(bool all) {
  Commit commit = task_->collect(all);
  for (const auto& insight : commit.insights) insights_.push_back(text_of(insight));
  for (auto& record : commit.state) {
    if (record.value)
      records_[record.key] = std::move(*record.value);
    else
      records_.erase(record.key);
  }
}

void CrashingTask::crash() {
  task_ = std::make_unique<Task>(options_);
  complaint_.clear();
  for (const auto& [key, value] : records_)
    if (task_->restore_record(key, value) != state::RecordError::kNone)
      complaint_ += fmt::format("unreadable {}\n", key);
  next_ = static_cast<size_t>(task_->frontier());
  for (auto i = static_cast<size_t>(task_->rewind_offset()); i < next_; ++i) {
    core::Batch batch;
    if (route::decode(log_.entries()[i].bytes, batch) != route::BatchError::kNone) std::abort();
    task_->reinsert(batch, static_cast<int64_t>(i));
  }
  task_->finish_restore();
  for (const auto& text : texts_of(task_->take_insights())) complaint_ += "decided: " + text + "\n";
  if (task_->counters().rows + task_->counters().late + task_->counters().minutes_closed > 0)
    complaint_ += "counted what was counted before\n";
}

}  // namespace insight::partition::test
