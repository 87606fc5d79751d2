// `insightd state seed`: a daemon that begins with history goes on as if it had been there all along.
#include <signal.h>

#include "core/time.h"
#include "tests/integration/daemon_fixture.h"

namespace insight::integration {
namespace {

constexpr char kAtTheClose[] = "detection:\n  early_start: false\n";
constexpr int64_t kMinute = 60'000;

const Trail& trail() {
  static const Trail made = make_trail(3, kInputPartitions, 20260302);
  return made;
}

// The records of events in [from, until), one a line.
std::string history(const std::string& from, const std::string& until) {
  std::string text;
  for (const auto& record : split_lines(trail().ndjson)) {
    const std::string time = member(record, "eventTime");
    if (time >= from && time < until) text += record + "\n";
  }
  return text;
}

// What was delivered from `from` on: all later events, and those of up to nine minutes before.
std::vector<TrailMessage> delivered_since(int64_t from) {
  std::vector<TrailMessage> some = trail().messages;
  std::erase_if(some, [&](const TrailMessage& message) { return message.time_ms < from; });
  return some;
}

Lines decided_since(Lines records, const std::string& from) {
  std::erase_if(records, [&](const std::string& record) { return member(record, "decided") < from; });
  return records;
}

class StateSeed : public OnDaemon {
 protected:
  CommandResult seed(const std::string& ndjson, const std::vector<std::string>& more = {}) {
    const auto path = folder_ / "history.ndjson";
    write_file(path, ndjson);
    std::vector<std::string> arguments = {"state", "seed", "--config", config_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(path.string());
    return run_insightd(arguments, folder_);
  }

  void expect_refused(const CommandResult& result, const std::string& why) {
    EXPECT_EQ(result.status, 2) << result.error;
    EXPECT_EQ(split_lines(result.error).size(), 1u) << result.error;
    EXPECT_NE(result.error.find(why), std::string::npos) << result.error;
  }
};

// A minute in which an insight of the replay is open.
int64_t open_at(const Lines& replayed) {
  for (const auto& start : replayed) {
    if (member(start, "state") != "Start") continue;
    for (const auto& end : replayed) {
      if (member(end, "state") != "End" || member(end, "sharedEventID") != member(start, "sharedEventID")) continue;
      const auto from = core::parse_iso(member(start, "decided"));
      const auto until = core::parse_iso(member(end, "decided"));
      if (*until - *from > std::chrono::minutes(20)) return from->time_since_epoch().count() + 5 * kMinute;
    }
  }
  throw std::runtime_error("no insight of the trail is long enough");
}

TEST_F(StateSeed, GoesOnAsIfTheDaemonHadBeenThereAllAlong) {
  configure(kAtTheClose);
  create_events();
  const std::string until = iso(trail().decided_until_ms);
  const Lines replayed = decided_before(replay(trail().ndjson), until);
  const int64_t cut = open_at(replayed);
  produce(delivered_since(cut - 30 * kMinute));

  const auto seeded = seed(history("", iso(cut)), {"--until", iso(cut)});
  ASSERT_EQ(seeded.status, 0) << seeded.error;
  EXPECT_NE(seeded.error.find("cut: " + iso(cut)), std::string::npos) << seeded.error;
  EXPECT_EQ(insights(), Lines{}) << "what is past is not said again";

  const auto one = start_daemon("one");
  const auto two = start_daemon("two");
  ASSERT_TRUE(all_judged());
  const Lines expected = decided_since(replayed, iso(cut));
  EXPECT_GE(expected.size(), 8u);
  EXPECT_EQ(difference(decided_before(insights(), until), expected), "");
  // What the topic has of the time before the cut is counted.
  EXPECT_GT(sum_of({one.get(), two.get()}, "insight_records_dropped_total{reason=\"redelivered\"}"), 0);
  EXPECT_EQ(sum_of({one.get(), two.get()}, "insight_records_dropped_total{reason=\"late\"}"), 0);
}

TEST_F(StateSeed, TakesAHoleBetweenFilesAndTopicForMissing) {
  configure(kAtTheClose);
  create_events();
  const int64_t cut = trail().begin_ms + 30 * 60 * kMinute;
  const int64_t begin = cut + 3 * 60 * kMinute;
  std::vector<TrailMessage> live = delivered_since(begin + 10 * kMinute);   // nothing older than `begin`
  std::erase_if(live, [&](const TrailMessage& message) { return message.time_ms >= begin + 5 * 60 * kMinute; });
  // With the same sides, but as if nothing had been called meanwhile, silences are found.
  const Lines as_silence =
      decided_since(replay(history("", iso(cut)) + history(iso(begin), iso(begin + 5 * 60 * kMinute))), iso(cut));
  ASSERT_GE(as_silence.size(), 1u) << "the hole is too short to tell";

  produce(live);
  const auto seeded = seed(history("", iso(cut)), {"--until", iso(cut)});
  ASSERT_EQ(seeded.status, 0) << seeded.error;
  const auto daemon = start_daemon("one");
  ASSERT_TRUE(all_judged());
  EXPECT_EQ(difference(insights(), {}), "");
}

TEST_F(StateSeed, RefusesWhatAnotherHasWritten) {
  configure(kAtTheClose);
  create_events();
  const std::string day = history("", iso(trail().begin_ms + 24 * 60 * kMinute));
  EXPECT_EQ(seed("").status, 2);
  expect_refused(seed("", {"--until", "soon"}), "--until: soon is no time");

  // One that was broken off: its records are there, and nobody may read them.
  ASSERT_NO_FATAL_FAILURE(leave_open_transaction(topic("state")));
  // Done over. Without --until it ends where a daemon would have.
  const auto seeded = seed(day);
  ASSERT_EQ(seeded.status, 0) << seeded.error;
  EXPECT_NE(seeded.error.find("cut: " + iso(trail().begin_ms + (24 * 60 - 11) * kMinute)), std::string::npos)
      << seeded.error;
  EXPECT_EQ(seeded.error.find("after_cut: 0"), std::string::npos) << seeded.error;
  expect_refused(seed(day), topic("state") + " is not empty");

  const auto daemon = start_daemon("one");
  ASSERT_TRUE(eventually([&] { return hold_everything({daemon.get()}); }));
  expect_refused(seed(day), "stop every `insightd run`");
  produce(trail().part(0, 0.1));
  ASSERT_TRUE(all_judged());
  daemon->signal(SIGTERM);
  ASSERT_EQ(daemon->wait_exit(), 0);
  expect_refused(seed(day), "has committed offsets");
}

}  // namespace
}  // namespace insight::integration
