// Going on from what was learned elsewhere: by a replay (seed), or with another number of partitions (move).
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "route/batch_codec.h"
#include "route/router.h"
#include "tests/unit/partition/calls_log.h"
#include "tests/unit/partition/random_world.h"

namespace insight::partition {
namespace {

using core::Minute;
using test::Call;
using test::CallsLog;
using test::kMonday;
using test::Random;
using test::RandomWorld;

using Records = std::map<std::string, std::string>;
using Texts = std::vector<std::string>;

// Nothing else is late, lost or unheard of than what a test says.
const RandomWorld& world() {
  static const RandomWorld made(7, {.hours = 72, .late_rows = false, .gaps = false, .older_history = false});
  return made;
}

Options options_of(uint32_t partition = 0, uint32_t partitions = 1) {
  Options options = test::shipped_options();
  options.partition = partition;
  options.partitions = partitions;
  options.early_start = false;
  return options;
}

// The calls of [first, end) that are this partition's, in order of time.
struct Share {
  Minute first{INT32_MIN};
  Minute end{INT32_MAX};
  uint32_t partition = 0;
  uint32_t partitions = 1;
  bool apart = false;   // every API has an account of its own, and no minute is silent everywhere

  bool holds(const Call& call) const {
    const core::ApiKeyView key{call.account, call.region, "ec2.amazonaws.com", call.name, call.category};
    return partitions == 1 || route::partition_of(key, partitions) == partition;
  }
};

// A call a minute of each of 30 APIs.
void write_beats(CallsLog& log, const Share& share, Minute minute) {
  for (int i = 0; i < 30; ++i) {
    const Call beat{.minute = minute, .name = "Beat", .account = std::to_string(i)};
    if (share.holds(beat)) log.add(beat);
  }
}

// As intake sends it: every partition hears of the time of every event. A batch every three minutes.
void write(CallsLog& log, const Share& share) {
  const auto& calls = world().calls();
  Minute sent = std::max(share.first, calls.front().minute);
  Minute beaten = sent - 1;
  for (const Call& call : calls) {
    if (call.minute < share.first || call.minute >= share.end) continue;
    if (call.minute >= sent + 3) {
      log.send();
      sent = call.minute;
    }
    while (share.apart && beaten < call.minute) write_beats(log, share, ++beaten);
    Call copy = call;
    copy.origin = 0;
    if (share.apart) copy.account = call.account + call.region + call.name;
    if (share.holds(copy))
      log.add(copy);
    else
      log.note_event(copy.minute);
  }
  log.send();
}

CallsLog calls_in(const Share& share) {
  CallsLog log;
  write(log, share);
  return log;
}

Records take_records(Task& task) {
  Records records;
  for (auto& record : task.collect(true).state)
    if (record.value) records[record.key] = *record.value;
  return records;
}

// A task that comes back from `records` and the calls that they lack.
std::unique_ptr<Task> restored(const Options& options, const Records& records, const CallsLog& log = CallsLog()) {
  auto task = std::make_unique<Task>(options);
  for (const auto& [key, value] : records)
    EXPECT_EQ(task->restore_record(key, value), state::RecordError::kNone) << key;
  EXPECT_TRUE(task->find_calls(0, static_cast<int64_t>(log.size())));
  for (int64_t i = task->rewind_offset(); i < task->frontier(); ++i) {
    core::Batch batch;
    EXPECT_EQ(route::decode(log.entries()[static_cast<size_t>(i)].bytes, batch), route::BatchError::kNone);
    task->reinsert(batch, i);
  }
  task->finish_restore();
  return task;
}

// What a seed writes that has learned all before `cut`.
Records seed(Minute cut, Texts& said) {
  Task task(options_of());
  process_all(task, calls_in({.end = cut}));
  task.close_through(cut - 1);
  said = test::texts_of(task.take_insights());
  task.begin_on("calls", 0);
  task.expect_hole();
  return take_records(task);
}

// Persisted bytes of every API, but for the offset that it was admitted at.
std::map<std::string, std::string> knowledge_of(Task& task) {
  auto states = test::states_of(task);
  for (auto& [name, bytes] : states) {
    core::ByteReader in(bytes);
    in.u8();
    in.zigzag();
    const size_t before = bytes.size() - in.remaining();
    in.zigzag();
    bytes = bytes.substr(0, before) + bytes.substr(bytes.size() - in.remaining());
  }
  return states;
}

// The APIs that two tasks know otherwise.
std::string difference(const std::map<std::string, std::string>& one, const std::map<std::string, std::string>& other) {
  std::string names;
  for (const auto& [name, bytes] : one)
    if (const auto at = other.find(name); at == other.end() || at->second != bytes) names += name + "\n";
  for (const auto& [name, bytes] : other)
    if (!one.contains(name)) names += name + "\n";
  return names;
}

Minute some_cut(int part) {
  const Minute begin = world().calls().front().minute;
  const Minute end = world().calls().back().minute;
  return begin + (end - begin) * part / 8;
}

Options seeded_options() {
  Options options = options_of();
  options.calls_id = "calls";
  return options;
}

class Seed : public testing::TestWithParam<int> {};

TEST_P(Seed, goes_on_as_if_the_task_had_been_there_all_along) {
  Task steady(options_of());
  process_all(steady, calls_in({}));
  const Texts expected = test::texts_of(steady.take_insights());
  ASSERT_GT(expected.size(), 4u);

  for (const int overlap : {0, 45}) {
    const Minute cut = some_cut(GetParam());
    Texts said;
    const auto task = restored(seeded_options(), seed(cut, said));
    process_all(*task, calls_in({.first = cut - overlap}));
    const Texts more = test::texts_of(task->take_insights());
    said.insert(said.end(), more.begin(), more.end());
    EXPECT_EQ(said, expected) << overlap;
    EXPECT_EQ(difference(knowledge_of(*task), knowledge_of(steady)), "") << overlap;
    EXPECT_EQ(task->counters().late, 0u);
    EXPECT_EQ(task->counters().redelivered > 0, overlap > 0);
  }
}

TEST_P(Seed, takes_the_minutes_up_to_the_first_event_for_missing) {
  const Minute cut = some_cut(GetParam());
  const Minute begin = cut + 90;
  Task steady(options_of());
  CallsLog log;
  log.note_missing(cut, begin);
  write(log, {.end = cut});
  write(log, {.first = begin});
  process_all(steady, log);

  Texts said;
  const auto task = restored(seeded_options(), seed(cut, said));
  const CallsLog live = calls_in({.first = begin});
  // A crash while nothing is closed yet forgets nothing of it.
  process(*task, live, 0);
  const auto again = restored(seeded_options(), take_records(*task), live);
  process_all(*again, live, 1);
  EXPECT_EQ(difference(knowledge_of(*again), knowledge_of(steady)), "");
  const Texts more = test::texts_of(again->take_insights());
  said.insert(said.end(), more.begin(), more.end());
  EXPECT_EQ(said, test::texts_of(steady.take_insights()));
}

INSTANTIATE_TEST_SUITE_P(Cuts, Seed, testing::Values(2, 4, 5, 7));

TEST(Brought, rows_of_it_are_redelivered_for_a_day_and_late_afterwards) {
  const Minute cut = some_cut(4);
  Texts said;
  const auto task = restored(seeded_options(), seed(cut, said));
  const auto count_late = [&](CallsLog& log, size_t from) {
    const Counters before = task->counters();
    log.add({.minute = cut - 5, .name = world().calls().front().name});
    log.send();
    process_all(*task, log, from);
    return std::pair(task->counters().late - before.late, task->counters().redelivered - before.redelivered);
  };
  CallsLog log;
  write(log, {.first = cut, .end = cut + 60});
  EXPECT_EQ(count_late(log, 0), std::pair(uint64_t{0}, uint64_t{1}));
  EXPECT_EQ(take_records(*task).at("meta")[0], 3);
  const size_t more = log.size();
  write(log, {.first = cut + 60, .end = cut + 60 + core::kMinutesPerDay});
  EXPECT_EQ(count_late(log, more), std::pair(uint64_t{1}, uint64_t{0}));
  EXPECT_EQ(take_records(*task).at("meta")[0], 2) << "the release before can read it again";
}

// ---- move

using Tasks = std::vector<std::unique_ptr<Task>>;

Tasks moved(const Tasks& from, uint32_t partitions) {
  Tasks to;
  for (uint32_t p = 0; p < partitions; ++p) {
    Task task(options_of(p, partitions));
    task.adopt(from, [&](const core::ApiKeyView& key) { return route::partition_of(key, partitions) == p; });
    task.begin_on("new", 0);
    task.expect_hole();   // as the command does
    Options options = options_of(p, partitions);
    options.calls_id = "new";
    to.push_back(restored(options, take_records(task)));
  }
  return to;
}

void add_insights(Texts& texts, Task& task) {
  for (const auto& text : test::texts_of(task.take_insights())) texts.push_back(text);
  std::sort(texts.begin(), texts.end());
}

void add_knowledge(std::map<std::string, std::string>& knowledge, Task& task) { knowledge.merge(knowledge_of(task)); }

// With APIs in accounts of their own nothing of one API depends on which others share its partition.
// Where all partitions are moved at `cut`, but one of them stood `behind` minutes before it.
void expect_moves_change_nothing(Minute cut, int32_t behind) {
  for (const auto& [before, after] : {std::pair(4u, 3u), std::pair(2u, 5u)}) {
    Texts expected;
    Texts said;
    std::map<std::string, std::string> expected_knowledge;
    std::map<std::string, std::string> knowledge;
    Tasks old;
    size_t apis = 0;
    for (uint32_t p = 0; p < before; ++p) {
      Task steady(options_of(p, before));
      process_all(steady, calls_in({.partition = p, .partitions = before, .apart = true}));
      add_insights(expected, steady);
      add_knowledge(expected_knowledge, steady);
      const Minute end = cut - (p == 1 ? behind : 0);
      old.push_back(std::make_unique<Task>(options_of(p, before)));
      process_all(*old.back(), calls_in({.end = end, .partition = p, .partitions = before, .apart = true}));
      add_insights(said, *old.back());
      apis += old.back()->apis();
    }
    ASSERT_LT(old[1]->closed(), old[0]->closed());
    ASSERT_LT(said.size(), expected.size());
    const Minute from = old[1]->closed() + 1;

    const Tasks tasks = moved(old, after);
    for (uint32_t p = 0; p < after; ++p) {
      Task& task = *tasks[p];
      apis -= task.apis();
      process_all(task, calls_in({.first = from, .partition = p, .partitions = after, .apart = true}));
      EXPECT_EQ(task.counters().late, 0u);
      add_insights(said, task);
      add_knowledge(knowledge, task);
    }
    EXPECT_EQ(apis, 0u) << "an API lost or doubled";
    EXPECT_EQ(said, expected) << before << " to " << after;
    EXPECT_EQ(difference(knowledge, expected_knowledge), "");
  }
}

TEST(Move, goes_on_with_more_or_fewer_partitions_wherever_each_of_them_stood) {
  const Minute hour{some_cut(5).value / 60 * 60};
  expect_moves_change_nothing(hour + 50, 25);
  // Profiles change with the hour, by what was learned until then.
  expect_moves_change_nothing(hour + 10, 25);
  expect_moves_change_nothing(hour + 10, 7 * 60);
}

TEST(Forget, leaves_no_trace_of_an_account_and_all_of_the_others) {
  Task task(options_of());
  process_all(task, calls_in({}));
  take_records(task);   // written once: what is forgotten needs a tombstone
  const std::string account = world().calls().front().account;
  const auto before = test::states_of(task);
  const auto forgotten = task.forget([&](const core::ApiKeyView& key) { return key.account == account; });
  EXPECT_GT(forgotten.apis, 0u);
  EXPECT_EQ(task.apis() + forgotten.apis, before.size());

  const Commit commit = task.collect(false);
  size_t tombstones = 0;
  for (const auto& record : commit.state) {
    tombstones += record.value ? 0 : 1;
    EXPECT_EQ(record.value.value_or("").find(account), std::string::npos) << record.key;
  }
  EXPECT_EQ(tombstones, forgotten.apis);
  for (const auto& [name, bytes] : test::states_of(task)) EXPECT_EQ(before.at(name), bytes);
}

}  // namespace
}  // namespace insight::partition
