// `insightd state move`: another number of calls partitions, with traffic before, meanwhile and after.
#include <signal.h>

#include <functional>

#include "core/time.h"
#include "tests/integration/daemon_fixture.h"

namespace insight::integration {
namespace {

constexpr int64_t kMinute = 60'000;

// The trail with every API in an account of its own: then nothing of one API depends on which others share its
// partition, and a replay with any number of partitions says the same.
Trail make_apart() {
  Trail trail = make_trail(3, kInputPartitions, 20260302);
  const std::string account = "\"recipientAccountId\":\"123456789012\"";
  std::string ndjson;
  trail.messages.clear();
  for (std::string record : split_lines(trail.ndjson)) {
    const size_t number = std::hash<std::string>{}(member(record, "eventName")) % 900;
    record.replace(record.find(account), account.size(),
                   "\"recipientAccountId\":\"" + std::to_string(100000000000 + number) + "\"");
    ndjson += record + "\n";
    const auto time = core::parse_iso(member(record, "eventTime"))->time_since_epoch().count();
    const auto i = static_cast<int64_t>(trail.messages.size());
    const auto partition = static_cast<int32_t>(i * 7919 % kInputPartitions);
    trail.messages.push_back({partition, time + i * 31 % 500 * 1000, record, 1});
  }
  std::stable_sort(trail.messages.begin(), trail.messages.end(),
                   [](const auto& a, const auto& b) { return a.time_ms < b.time_ms; });
  trail.ndjson = ndjson;
  return trail;
}

const Trail& trail() {
  static const Trail made = make_apart();
  return made;
}

class StateMove : public OnDaemon {
 protected:
  void configure_topics(const std::string& suffix, int32_t partitions) {
    std::string text = config_text("detection:\n  early_start: false\n");
    replace_in(text, "partitions: " + std::to_string(kCallsPartitions), "partitions: " + std::to_string(partitions));
    replace_in(text, "calls: " + topic("calls"), "calls: " + topic("calls" + suffix));
    replace_in(text, "state: " + topic("state"), "state: " + topic("state" + suffix));
    config_ = folder_ / ("insightd" + suffix + ".yaml");
    write_file(config_, text);
  }
  CommandResult move(int32_t partitions) {
    return run_insightd({"state", "move", "--config", config_.string(), "--partitions", std::to_string(partitions)},
                        folder_);
  }
  bool all_judged_in(const std::string& calls, int32_t partitions) {
    return all_read() && reached("detect", calls, ends(calls, partitions));
  }
  // A command that was killed within its transaction.
  void leave_broken_off(const std::string& state, int32_t partitions) {
    broker().create_topic(topic("calls-" + std::to_string(partitions)), partitions);
    broker().create_topic(topic(state), partitions, {{"cleanup.policy", "compact"}});
    leave_open_transaction(topic(state));
  }
  void expect_moved(int32_t from, int32_t to);
};

void StateMove::expect_moved(int32_t from, int32_t to) {
  const std::string suffix = "-" + std::to_string(to);
  configure_topics("", from);
  create_events();
  produce(trail().part(0, 0.6));
  {
    const auto one = start_daemon("one");
    produce(trail().part(0.6, 0.66));
    ASSERT_TRUE(eventually([&] { return one->metric("insight_partitions_assigned{stage=\"detect\"}") == from; }));
    const auto refused = move(to);
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.error.find("stop every `insightd run`"), std::string::npos) << refused.error;
    ASSERT_TRUE(all_judged_in("calls", from));
    // Whatever it is doing then.
    produce(trail().part(0.66, 0.7));
    one->signal(SIGTERM);
    ASSERT_EQ(one->wait_exit(), 0);
  }
  produce(trail().part(0.7, 0.8));
  leave_broken_off("state" + suffix, to);
  const auto moved = move(to);
  ASSERT_EQ(moved.status, 0) << moved.error;
  EXPECT_NE(moved.error.find("kafka.topics.calls: " + topic("calls" + suffix)), std::string::npos) << moved.error;

  // The old topics are no way back by mistake, and a move is not done twice.
  const auto again = move(to);
  EXPECT_EQ(again.status, 2);
  EXPECT_NE(again.error.find("was moved to " + topic("calls" + suffix)), std::string::npos) << again.error;
  const auto old = start_daemon("old");
  EXPECT_EQ(old->wait_exit(), 1);
  EXPECT_NE(old->log().find("was moved to " + topic("calls" + suffix)), std::string::npos) << old->log();

  configure_topics(suffix, to);
  const auto two = start_daemon("two");
  const auto three = start_daemon("three");
  produce(trail().part(0.8, 1));
  ASSERT_TRUE(all_judged_in("calls" + suffix, to));
  const std::string until = iso(trail().decided_until_ms);
  const Lines replayed = decided_before(replay(trail().ndjson), until);
  EXPECT_GE(replayed.size(), 15u);
  EXPECT_EQ(difference(decided_before(insights(), until), replayed), "");
  EXPECT_EQ(sum_of({two.get(), three.get()}, "insight_records_dropped_total{reason=\"late\"}"), 0);
}

TEST_F(StateMove, FromTwelveToSixteenLosesAndDoublesNothing) { expect_moved(12, 16); }
TEST_F(StateMove, FromFourToThreeLosesAndDoublesNothing) { expect_moved(4, 3); }

}  // namespace
}  // namespace insight::integration
