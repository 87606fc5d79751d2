// The real binary on a broker with an authorizer: the permissions that docs/security.md lists are enough, and each of
// them is needed, and named by the daemon when it is not there.
#include <signal.h>

#include <regex>

#include "tests/integration/daemon_fixture.h"
#include "tests/integration/kafka_acls.h"

namespace insight::integration {
namespace {

constexpr int kUsers = 16;

std::string user_of(size_t number) { return "user" + std::to_string(number); }
std::string password_of(const std::string& user) { return user + "-secret"; }

KafkaBroker& guarded_broker() {
  std::string login = "org.apache.kafka.common.security.plain.PlainLoginModule required";
  for (size_t i = 0; i < kUsers; ++i) login += " user_" + user_of(i) + "=\"" + password_of(user_of(i)) + "\"";
  static KafkaBroker broker({{"log.retention.ms", "-1"},
                             {"authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"},
                             {"super.users", "User:ANONYMOUS"},   // of the plain listener: the test itself
                             {"sasl.enabled.mechanisms", "PLAIN"},
                             {"listener.name.guarded.plain.sasl.jaas.config", login + ";"}},
                            {{"GUARDED", "SASL_PLAINTEXT"}});
  return broker;
}

class Acls : public OnDaemon {
 protected:
  KafkaBroker& broker() override { return guarded_broker(); }

  // The rows of the page's table, an entry for each operation, with the names of this test for the default ones.
  std::vector<Permission> listed() {
    const std::map<std::string, std::string> names = {{"audit-events", topic("events")},
                                                      {"insightd-calls", topic("calls")},
                                                      {"insightd-state", topic("state")},
                                                      {"insights", topic("insights")},
                                                      {"insightd-dead-letters", topic("dead-letters")},
                                                      {"insightd-intake", group("intake")},
                                                      {"insightd-detect", group("detect")},
                                                      {"insightd-detect-", group("detect") + "-"}};
    static const std::regex row(R"(\| (Topic|Group|TransactionalId) \| `([^`*]+)(\*?)` \| ([^|]+) \|.*)");
    static const std::regex word(R"(\w+)");
    std::vector<Permission> permissions;
    for (const auto& line : split_lines(read_file(SECURITY_PAGE))) {
      std::smatch cells;
      if (!std::regex_match(line, cells, row)) continue;
      const std::string operations = cells[4];
      for (std::sregex_iterator at(operations.begin(), operations.end(), word), end; at != end; ++at)
        permissions.push_back({cells[1], names.at(cells[2]), cells[3].length() > 0, at->str()});
    }
    return permissions;
  }

  void make_topics() {
    create_events();
    broker().create_topic(topic("calls"), kCallsPartitions, {{"message.timestamp.type", "LogAppendTime"}});
    broker().create_topic(topic("state"), kCallsPartitions, {{"cleanup.policy", "compact"}});
    broker().create_topic(topic("insights"));
    broker().create_topic(topic("dead-letters"));
  }

  std::unique_ptr<Daemon> start_as(const std::string& user) {
    configure_for(user);
    return start_daemon(user);
  }

  void configure_for(const std::string& user) {
    std::string text = config_text("", {{"security.protocol", "SASL_PLAINTEXT"},
                                        {"sasl.mechanism", "PLAIN"},
                                        {"sasl.username", user},
                                        {"sasl.password", password_of(user)}});
    replace_in(text, broker().address(), "127.0.0.1:" + std::to_string(broker().port("GUARDED")));
    replace_in(text, "    insights: ", "    dead_letters: " + topic("dead-letters") + "\n    insights: ");
    config_ = folder_ / (user + ".yaml");
    write_file(config_, text);
  }

  void expect_done(const std::string& user, std::vector<std::string> command) {
    configure_for(user);
    command.insert(command.end(), {"--config", config_.string()});
    const auto done = run_insightd(command, folder_);
    EXPECT_EQ(done.status, 0) << command[1] << ": " << done.out << done.error;
  }

  void expect_work(const std::string& user) {
    const Trail trail = make_trail(1, kInputPartitions, 5);
    produce(trail.part(0, 0.2));
    broker().produce(topic("events"), 0, "", "no audit event");
    const auto daemon = start_as(user);
    // A broker that has just begun has no coordinator to ask for offsets yet.
    ASSERT_TRUE(eventually([&] { return hold_everything({daemon.get()}); })) << daemon->log();
    ASSERT_TRUE(all_judged());
    ASSERT_TRUE(eventually([&] { return !broker().payloads(topic("dead-letters")).empty(); }));
    EXPECT_TRUE(daemon->ready());
    EXPECT_EQ(daemon->log().find("may not"), std::string::npos) << daemon->log();
    EXPECT_EQ(daemon->log().find("authorization"), std::string::npos) << daemon->log();
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait_exit(), 0);
  }
};

TEST_F(Acls, ThosePermissionsAreEnoughWhereTheTopicsAreThere) {
  make_topics();
  const auto all = listed();
  ASSERT_GE(all.size(), 11u);
  allow(broker(), user_of(0), all);
  expect_work(user_of(0));
  expect_done(user_of(0), {"state", "inspect"});
  const Permission transactions{"TransactionalId", group("state"), false, "Write"};
  allow(broker(), user_of(0), {transactions});
  expect_done(user_of(0), {"state", "forget", "--api", "*"});
  allow(broker(), user_of(15),
        {{"Topic", topic("state"), false, "Read"}, {"Topic", topic("calls"), false, "Describe"}});
  expect_done(user_of(15), {"state", "inspect"});
}

TEST_F(Acls, WithCreateTheDaemonMakesItsTopics) {
  auto all = listed();
  for (const char* made : {"events", "calls", "state", "insights", "dead-letters"})
    all.push_back({"Topic", topic(made), false, "Create"});
  allow(broker(), user_of(1), all);
  const auto daemon = start_as(user_of(1));
  ASSERT_TRUE(eventually([&] { return daemon->ready(); })) << daemon->log();
  EXPECT_NE(daemon->log().find("created topic " + topic("state")), std::string::npos);
  EXPECT_EQ(daemon->log().find("may not"), std::string::npos) << daemon->log();
}

TEST_F(Acls, EachOfThemIsNeededAndNamedWhereItIsMissing) {
  make_topics();
  const auto all = listed();
  struct Case {
    std::unique_ptr<Daemon> daemon;
    std::string sentence;
    bool works = false;
  };
  std::vector<Case> cases;
  for (size_t i = 0; i < all.size(); ++i) {
    const Permission& left_out = all[i];
    auto others = all;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    const std::string user = user_of(2 + i);
    allow(broker(), user, others);
    std::string sentence = "the user may not " + left_out.operation + " ";
    if (left_out.resource == "Topic") sentence += "topic " + left_out.name + ";";
    if (left_out.resource == "Group") sentence += "group " + left_out.name + ":";
    if (left_out.resource == "TransactionalId") sentence += "its transactional ids:";
    const bool is_delete = left_out.operation == "Delete";
    if (is_delete) sentence = "the user may not Delete records of topic " + left_out.name + ":";
    // A topic of which nothing is allowed might as well not be there.
    const auto same = [&](const Permission& other) { return other.name == left_out.name; };
    if (left_out.resource == "Topic" && std::none_of(others.begin(), others.end(), same))
      sentence = "the user may not see topic " + left_out.name + ", or ";
    cases.push_back({start_as(user), sentence, is_delete});
  }
  for (auto& [daemon, sentence, works] : cases) {
    SCOPED_TRACE(sentence);
    ASSERT_TRUE(eventually([&] { return daemon->log().find(sentence) != std::string::npos; })) << daemon->log();
    EXPECT_EQ(daemon->get("/livez").status, 200);
    if (works)
      EXPECT_TRUE(eventually([&] { return daemon->ready(); }));
    else
      EXPECT_EQ(daemon->get("/readyz").status, 503);
    EXPECT_EQ(daemon->log().find("authorization failed"), std::string::npos) << daemon->log();
    daemon->signal(SIGTERM);
  }
  for (auto& each : cases) EXPECT_EQ(each.daemon->wait_exit(milliseconds(20000)), 0);
}

}  // namespace
}  // namespace insight::integration
