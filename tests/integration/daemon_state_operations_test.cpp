// What an operator does to the state, and what is done to it by accident.
#include <signal.h>

#include "tests/integration/daemon_fixture.h"

namespace insight::integration {
namespace {

constexpr char kAtTheClose[] = "detection:\n  early_start: false\n";

const Trail& trail() {
  static const Trail made = make_trail(2, kInputPartitions, 31);
  return made;
}

class StateOperations : public OnDaemon {
 protected:
  // A daemon that works off `messages` and is stopped.
  void work_off(const std::string& name, const std::vector<TrailMessage>& messages) {
    produce(messages);
    const auto daemon = start_daemon(name);
    ASSERT_TRUE(all_judged());
    daemon->signal(SIGTERM);
    ASSERT_EQ(daemon->wait_exit(), 0);
  }
  CommandResult forget(const std::string& option, const std::string& what) {
    return run_insightd({"state", "forget", "--config", config_.string(), option, what}, folder_);
  }
  Lines decided(const Lines& records) { return decided_before(records, iso(trail().decided_until_ms)); }
  void delete_topic(const std::string& of) {
    const std::string name = topic(of);
    ASSERT_FALSE(broker().admin().delete_topic(name, kPatience));
    ASSERT_TRUE(eventually([&] {
      const auto found = broker().admin().describe({name}, kPatience);
      return found && !found->front().exists;
    }));
  }
  // Puts one record into a topic that daemons write.
  void put(const std::string& of, const std::string& key, const std::string& value) {
    broker().produce(topic(of), 0, key, value);
  }
  // One sentence, and no daemon that goes on.
  void expect_stopped_by(const std::string& name, const std::string& why) {
    const auto daemon = start_daemon(name);
    EXPECT_EQ(daemon->wait_exit(), 1);
    size_t said = 0;
    for (const auto& line : split_lines(daemon->log())) said += line.find(why) != std::string::npos ? 1 : 0;
    EXPECT_EQ(said, 1u) << daemon->log();
  }
};

Lines without(Lines records, const std::string& event_name) {
  std::erase_if(records, [&](const std::string& record) { return member(record, "eventName") == event_name; });
  return records;
}

// What happened when; how surprising it was leans on the neighbours, too.
Lines essence(const Lines& records) {
  Lines texts;
  for (const auto& record : records)
    texts.push_back(series_of(record) + " " + member(record, "state") + " " + member(record, "eventTime") + " " +
                    member(record, "decided") + " " + member(record, "reason"));
  std::sort(texts.begin(), texts.end());
  return texts;
}

TEST_F(StateOperations, ForgettingAnApiLeavesAllOthersAsTheyWere) {
  configure(kAtTheClose);
  create_events();
  work_off("before", trail().part(0, 0.7));
  const Lines said = insights();
  const Lines replayed = decided(replay(trail().ndjson));
  // One that has an insight after it is forgotten.
  std::string name;
  for (const auto& record : replayed)
    if (std::find(said.begin(), said.end(), record) == said.end()) name = member(record, "eventName");
  ASSERT_NE(name, "");

  const auto none = forget("--account", "000000000000");
  EXPECT_EQ(none.status, 2);
  EXPECT_NE(none.error.find("no API is called 000000000000/*"), std::string::npos) << none.error;
  const auto forgotten = forget("--api", name);
  ASSERT_EQ(forgotten.status, 0) << forgotten.error;
  EXPECT_NE(forgotten.error.find("apis: 1\n"), std::string::npos) << forgotten.error;
  const auto listed = run_insightd({"state", "inspect", "--config", config_.string()}, folder_);
  EXPECT_EQ(listed.out.find(name), std::string::npos) << listed.out;

  const auto after = start_daemon("after");
  ASSERT_TRUE(eventually([&] { return hold_everything({after.get()}); }));
  EXPECT_EQ(forget("--api", name).status, 2) << "while a daemon runs nothing is forgotten";
  produce(trail().part(0.7, 1));
  ASSERT_TRUE(all_judged());
  const Lines all = decided(insights());
  EXPECT_EQ(difference(essence(without(all, name)), essence(without(replayed, name))), "");
  EXPECT_NE(difference(essence(all), essence(replayed)), "") << "it was learned anew";
}

// Deleted or expired: a group that has no offsets reads from the beginning.
TEST_F(StateOperations, GroupsWithoutOffsetsDoubleNothing) {
  configure(kAtTheClose);
  create_events();
  work_off("before", trail().part(0, 0.8));
  std::string text = read_file(config_);
  const std::string key = "consumer_group: " + name_;
  write_file(config_, text.replace(text.find(key), key.size(), key + "-anew"));
  const auto daemon = start_daemon("after");
  produce(trail().part(0.8, 1));
  const auto records = static_cast<double>(trail().records);
  ASSERT_TRUE(eventually([&] {
    return daemon->metric("insight_records_received_total") == records &&
           daemon->metric_sum("insight_records_processed_total") +
                   daemon->metric_sum("insight_records_dropped_total") ==
               records;
  }));
  EXPECT_GT(daemon->metric_sum("insight_records_dropped_total{reason=\"redelivered\"}"), 0);
  EXPECT_EQ(daemon->metric_sum("insight_records_dropped_total{reason=\"late\"}"), 0);
  ASSERT_TRUE(eventually([&] { return decided(insights()).size() >= decided(replay(trail().ndjson)).size(); }));
  EXPECT_EQ(difference(decided(insights()), decided(replay(trail().ndjson))), "");
}

TEST_F(StateOperations, AStateTopicThatIsMadeAnewLearnsAnewAndSaysNothingTwice) {
  configure(kAtTheClose);
  create_events();
  work_off("before", trail().part(0, 0.8));
  const Lines said = decided(insights());
  ASSERT_GE(said.size(), 2u);
  delete_topic("state");
  const auto after = start_daemon("after");
  ASSERT_TRUE(eventually([&] { return hold_everything({after.get()}); }));
  produce(trail().part(0.8, 1));
  ASSERT_TRUE(all_judged());
  EXPECT_NE(after->log().find("has no state, though its calls were read"), std::string::npos) << after->log();
  const int64_t deleted = trail().begin_ms + (trail().end_ms - trail().begin_ms) / 10 * 8;
  const Lines all = insights();
  EXPECT_EQ(difference(decided_before(all, iso(deleted + 2 * 60 * 60'000)), said), "") << "nothing is known yet";
  Lines ids;
  for (const auto& record : all) ids.push_back(member(record, "eventID"));
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end()) << "said twice";
}

TEST_F(StateOperations, TopicsWithOtherPartitionsThanTheStateAreRefused) {
  configure(kAtTheClose);
  create_events();
  broker().create_topic(topic("calls"), kCallsPartitions + 2);
  broker().create_topic(topic("state"), kCallsPartitions, {{"cleanup.policy", "compact"}});
  expect_stopped_by("one", "they must have the same number: `insightd state move`");
}

TEST_F(StateOperations, NewerFormatsAreRefusedInOneSentence) {
  configure(kAtTheClose);
  create_events();
  work_off("before", trail().part(0, 0.1));
  const auto calls = ends("calls", kCallsPartitions);
  put("calls", "", "\xB5\x63 of a later release");
  expect_stopped_by("batch", "was written by a newer release");
  // What was there before it may be judged now.
  EXPECT_LE(committed("detect", "calls", kCallsPartitions)[0], calls[0]) << "it was not passed over";
  put("state", "meta", "\x63 of a later release");
  expect_stopped_by("meta", "was written by a newer release");
  const auto inspected = run_insightd({"state", "inspect", "--config", config_.string()}, folder_);
  EXPECT_EQ(inspected.status, 2);
  EXPECT_NE(inspected.error.find("newer release"), std::string::npos) << inspected.error;
}

}  // namespace
}  // namespace insight::integration
