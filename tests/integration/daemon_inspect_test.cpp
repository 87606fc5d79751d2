// `insightd state inspect` on the state topic that a daemon wrote.
#include <signal.h>

#include "tests/integration/daemon_fixture.h"

namespace insight::integration {
namespace {

class Inspect : public OnDaemon {};

TEST_F(Inspect, ShowsWhatTheDaemonWroteToTheStateTopic) {
  configure();
  create_events();
  const auto missing = run_insightd({"state", "inspect", "--config", config_.string()}, folder_);
  EXPECT_EQ(missing.status, 2);
  EXPECT_EQ(split_lines(missing.error).size(), 1u) << missing.error;
  EXPECT_NE(missing.error.find("there is no topic " + topic("state")), std::string::npos) << missing.error;

  produce(make_trail(2, kInputPartitions, 78).messages);
  const auto daemon = start_daemon("one");
  ASSERT_TRUE(all_judged());
  daemon->signal(SIGTERM);
  ASSERT_EQ(daemon->wait_exit(milliseconds(20000)), 0);

  const auto listed = run_insightd({"state", "inspect", "--config", config_.string()}, folder_);
  ASSERT_EQ(listed.status, 0) << listed.error;
  const auto lines = split_lines(listed.out);
  ASSERT_GT(lines.size(), 3u) << listed.out;
  EXPECT_EQ(lines[0].rfind("API", 0), 0u);

  const auto shown = run_insightd({"state", "inspect", "--config", config_.string(), "*"}, folder_);
  ASSERT_EQ(shown.status, 0) << shown.error;
  EXPECT_NE(shown.out.find("a minute over a week"), std::string::npos) << shown.out;
}

}  // namespace
}  // namespace insight::integration
