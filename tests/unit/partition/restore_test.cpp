// Restore decides nothing, and leaves no trace: fault scenarios 1 to 3 of docs/reliability.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/partition/crashing_task.h"
#include "tests/unit/partition/random_world.h"

namespace insight::partition {
namespace {

using core::Minute;
using test::Call;
using test::CallsLog;
using test::CrashingTask;
using test::kMonday;
using test::Random;
using test::RandomWorld;

struct Case {
  uint64_t seed = 0;
  bool early_start = true;
  uint32_t apis_max = 10000;
};

// The never-crashed run: what it decided in each batch, and what it knew after it.
struct Steady {
  std::vector<std::vector<std::string>> insights;   // by batch
  std::vector<std::map<std::string, std::string>> states;
  Counters counters;
};

Steady run_steadily(const Options& options, const CallsLog& log) {
  Steady run;
  Task task(options);
  for (size_t i = 0; i < log.size(); ++i) {
    process(task, log, i);
    run.insights.push_back(test::texts_of(task.take_insights()));
    run.states.push_back(test::states_of(task));
  }
  run.counters = task.counters();
  return run;
}

// Names the first API that two persisted states tell apart; "" if none.
std::string difference(const std::map<std::string, std::string>& one, const std::map<std::string, std::string>& other) {
  for (const auto& [name, bytes] : one) {
    const auto at = other.find(name);
    if (at == other.end()) return name + " is missing";
    if (at->second != bytes) return name + " differs";
  }
  for (const auto& [name, bytes] : other)
    if (!one.contains(name)) return name + " is too many";
  return {};
}

// The meta record less the rewind offset: how far back records lag depends on when they were written.
std::string meta_of(const std::map<std::string, std::string>& records) {
  const auto at = records.find(std::string(Task::kMetaKey));
  if (at == records.end()) return {};
  core::ByteReader in(at->second);
  in.u8();
  for (int i = 0; i < 2; ++i) in.varint();
  const int64_t frontier = in.zigzag();
  in.zigzag();
  return std::to_string(frontier) + ":" + at->second.substr(at->second.size() - in.remaining());
}

class Restore : public testing::TestWithParam<Case> {};

TEST_P(Restore, after_any_crash_is_as_if_there_had_been_none) {
  const Case& c = GetParam();
  const RandomWorld world(c.seed, {});
  const CallsLog log = world.deliver(c.seed + 1000);
  Options options = test::shipped_options();
  options.early_start = c.early_start;
  options.apis_max = c.apis_max;
  const Steady steady = run_steadily(options, log);

  // With every other seed APIs rest as they do in a rush, as soon as their minutes are closed.
  if (c.seed % 2 == 1) options.records_enough = 0;
  Random random(c.seed + 2000);
  CrashingTask crashing(options, log);
  CrashingTask never(options, log);
  int crashes = 0;
  while (!crashing.at_end()) {
    crashing.step();
    // Not always: it brings up to date what rests.
    if (random.chance(0.1)) {
      ASSERT_EQ(difference(steady.states[crashing.next() - 1], test::states_of(crashing.task())), "")
          << "seed " << c.seed << ", batch " << crashing.next() - 1 << " after " << crashes << " crashes";
    }
    // As the worker does: at once with an insight, else from time to time.
    if (crashing.task().has_insights() || random.chance(0.3)) crashing.commit(random.chance(0.05));
    if (!random.chance(0.03)) continue;
    crashing.crash();
    ++crashes;
    ASSERT_EQ(crashing.complaint(), "") << "seed " << c.seed << ", frontier " << crashing.next();
    if (crashing.next() == 0) continue;
    ASSERT_EQ(difference(steady.states[crashing.next() - 1], test::states_of(crashing.task())), "")
        << "seed " << c.seed << ", frontier " << crashing.next();
  }
  while (!never.at_end()) never.step();
  crashing.commit(true);
  never.commit(true);

  std::vector<std::string> expected;
  for (const auto& batch : steady.insights) expected.insert(expected.end(), batch.begin(), batch.end());
  EXPECT_EQ(crashing.insights(), expected);
  EXPECT_EQ(meta_of(crashing.records()), meta_of(never.records()));
  EXPECT_EQ(difference(test::states_of(never.task()), test::states_of(crashing.task())), "");
  // The world must be hard enough to be worth its time.
  EXPECT_GT(crashes, 20);
  EXPECT_GT(expected.size(), 4u);
  EXPECT_GT(steady.counters.late, 0u);
  EXPECT_GT(steady.counters.redelivered, 0u);
  // Six APIs are not always enough to tell the silence of everything.
  EXPECT_TRUE(steady.counters.group_minutes_missing > 0 || c.apis_max < 16);
  EXPECT_EQ(steady.counters.apis_refused > 0, c.apis_max < 16);
}

std::vector<Case> cases() {
  if (const char* seed = std::getenv("INSIGHT_SEED")) {
    const uint64_t one = std::strtoull(seed, nullptr, 10);
    return {{one, true, 10000}, {one, false, 10000}, {one, true, 6}};
  }
  std::vector<Case> all;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    all.push_back({seed, true, 10000});
    all.push_back({seed, false, 10000});
    all.push_back({seed, true, 6});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Seeds, Restore, testing::ValuesIn(cases()), [](const auto& instance) {
  return "seed" + std::to_string(instance.param.seed) + (instance.param.early_start ? "_early" : "_closes") +
         (instance.param.apis_max < 10000 ? "_quota" : "");
});

}  // namespace
}  // namespace insight::partition
