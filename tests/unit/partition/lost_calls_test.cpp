// The calls partition lacks what the state needs: deleted and made anew, or cut.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "route/batch_codec.h"
#include "tests/unit/partition/calls_log.h"

namespace insight::partition {
namespace {

using core::Minute;
using test::CallsLog;
using test::kMonday;

using Records = std::map<std::string, std::string>;

constexpr int32_t kLearned = 2 * core::kMinutesPerDay;

Options options_for(const std::string& calls_id) {
  Options options = test::shipped_options();
  options.calls_id = calls_id;
  return options;
}

// Two steady APIs: too few for their silence to be taken for missing data.
CallsLog steady(int32_t first, int32_t end) {
  CallsLog log;
  for (int32_t m = first; m < end; ++m) {
    log.add({.minute = kMonday + m, .name = "One"}, 20 + m % 3);
    log.add({.minute = kMonday + m, .name = "Two"}, 30 + m % 2);
    if (m % 5 == 4) log.send();
  }
  return log;
}

void commit(Task& task, Records& records) {
  for (auto& record : task.collect(false).state) records[record.key] = record.value.value_or("");
}

// What a task that has read `log` leaves in the state topic.
Records state_after(const Options& options, const CallsLog& log) {
  Records records;
  Task task(options);
  for (size_t i = 0; i < log.size(); ++i) {
    process(task, log, i);
    commit(task, records);
  }
  return records;
}

void restore(Task& task, const Records& records) {
  for (const auto& [key, value] : records) ASSERT_EQ(task.restore_record(key, value), state::RecordError::kNone);
}

TEST(LostCalls, of_a_topic_made_anew_are_missing_and_what_was_learned_is_kept) {
  const CallsLog old = steady(0, kLearned);
  Records records = state_after(options_for("old"), old);
  const CallsLog anew = steady(kLearned, kLearned + 240);

  Task task(options_for("new"));
  restore(task, records);
  // The new topic may have as many batches as the old one had.
  EXPECT_FALSE(task.find_calls(0, static_cast<int64_t>(old.size()) + 100));
  EXPECT_EQ(task.frontier(), 0);
  EXPECT_EQ(task.rewind_offset(), 0);
  task.finish_restore();
  for (size_t i = 0; i < anew.size() / 2; ++i) {
    process(task, anew, i);
    commit(task, records);
    EXPECT_EQ(task.frontier(), static_cast<int64_t>(i) + 1);
  }
  EXPECT_EQ(task.counters().late + task.counters().redelivered, 0u);
  EXPECT_EQ(task.series(), 2u);

  // From here on it is a state like any other.
  Task next(options_for("new"));
  restore(next, records);
  EXPECT_TRUE(next.find_calls(0, static_cast<int64_t>(anew.size())));
  for (int64_t i = next.rewind_offset(); i < next.frontier(); ++i) {
    core::Batch batch;
    ASSERT_EQ(route::decode(anew.entries()[static_cast<size_t>(i)].bytes, batch), route::BatchError::kNone);
    next.reinsert(batch, i);
  }
  next.finish_restore();
  EXPECT_EQ(test::states_of(next), test::states_of(task));
  process_all(task, anew, anew.size() / 2);
  process_all(next, anew, anew.size() / 2);
  EXPECT_EQ(test::states_of(next), test::states_of(task));
  EXPECT_EQ(test::texts_of(task.take_insights()), std::vector<std::string>{});
}

TEST(LostCalls, are_seen_by_an_end_before_the_frontier_where_the_broker_gives_no_id) {
  const CallsLog old = steady(0, 600);
  const Records records = state_after(options_for(""), old);
  Task task(options_for(""));
  restore(task, records);
  EXPECT_FALSE(task.find_calls(0, 3));
  EXPECT_EQ(task.frontier(), 0);
  Task intact(options_for(""));
  restore(intact, records);
  EXPECT_TRUE(intact.find_calls(0, static_cast<int64_t>(old.size())));
  EXPECT_EQ(intact.frontier(), static_cast<int64_t>(old.size()));
}

TEST(LostCalls, before_the_first_minute_closed_are_missing_from_the_first_event_on) {
  CallsLog old;
  old.add({.minute = kMonday});
  old.send();
  Records records = state_after(options_for("old"), old);
  Task task(options_for("new"));
  restore(task, records);
  EXPECT_FALSE(task.find_calls(0, 1));
  task.finish_restore();
  const CallsLog anew = steady(5, 60);
  process(task, anew, 0);
  commit(task, records);
  Task next(options_for("new"));
  restore(next, records);
  EXPECT_TRUE(next.find_calls(0, 1));
  process_all(task, anew, 1);
  // Minutes 0 to 9 lack calls; the API of the old topic saw none of them, and begins with the tenth.
  EXPECT_EQ((*task.api_states().begin())->calls->series->acquaintance().first_seen, kMonday + 10);
}

TEST(LostCalls, cut_off_before_they_were_read_cost_the_minutes_that_were_open) {
  const CallsLog log = steady(0, kLearned + 240);
  const size_t half = static_cast<size_t>(kLearned / 5);
  Records records;
  Task before(options_for("same"));
  for (size_t i = 0; i < half; ++i) {
    process(before, log, i);
    commit(before, records);
  }
  Task task(options_for("same"));
  restore(task, records);
  // Three batches that nobody has read are gone as well.
  const auto low = static_cast<int64_t>(half) + 3;
  EXPECT_FALSE(task.find_calls(low, static_cast<int64_t>(log.size())));
  EXPECT_EQ(task.frontier(), low);
  task.finish_restore();
  process_all(task, log, static_cast<size_t>(low));
  EXPECT_EQ(test::texts_of(task.take_insights()), std::vector<std::string>{});
}

}  // namespace
}  // namespace insight::partition
