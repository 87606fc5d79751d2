// When a file that changed is taken, and when not: every look at it is a call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/reload.h"

namespace insight::app {
namespace {

using testing::HasSubstr;

class ReloadTest : public testing::Test {
 protected:
  ReloadTest() : path_(std::filesystem::path(testing::TempDir()) / "reload_test.yaml") {
    write("detection: {alert_budget: 1}\n");
  }
  ~ReloadTest() override { std::filesystem::remove(path_); }

  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }

  // As a daemon that starts: the file was loaded first, and may have changed since.
  Reload begin() {
    const auto loaded = settings::load(path_, {});
    live_.put(loaded.settings);
    return {{path_, {}, loaded.bytes}, live_, metrics_, log_};
  }

  double budget() const { return live_.get()->detection.alert_budget; }

  std::string path_;
  LiveSettings live_{settings::Settings{}};
  telemetry::Metrics metrics_{"0", "0"};
  std::ostringstream said_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said_)};
};

TEST_F(ReloadTest, AChangedFileIsTakenOnceItRests) {
  Reload reload = begin();
  write("detection: {alert_budget: 2}\n");
  reload.if_changed();
  EXPECT_EQ(budget(), 1);
  reload.if_changed();
  EXPECT_EQ(budget(), 2);
}

TEST_F(ReloadTest, AFileThatIsBeingWrittenIsNotTakenByHalf) {
  Reload reload = begin();
  write("");   // as an editor that truncates: a file without a key is valid
  reload.if_changed();
  write("detection:\n");
  reload.if_changed();
  write("detection:\n  alert_budget: 3\n");
  reload.if_changed();
  EXPECT_EQ(budget(), 1);
  reload.if_changed();
  EXPECT_EQ(budget(), 3);
}

TEST_F(ReloadTest, AChangeBeforeTheFirstLookIsSeen) {
  Reload reload = begin();
  write("detection: {alert_budget: 2}\n");
  for (int look = 0; look < 2; ++look) reload.if_changed();
  EXPECT_EQ(budget(), 2);
}

TEST_F(ReloadTest, AChangeThatWasUndoneIsNone) {
  Reload reload = begin();
  write("detection: {alert_budget: 2}\n");
  reload.if_changed();
  write("detection: {alert_budget: 1}\n");
  for (int look = 0; look < 3; ++look) reload.if_changed();
  EXPECT_EQ(said_.str(), "");
}

TEST_F(ReloadTest, ARefusedFileIsToldOnce) {
  Reload reload = begin();
  write("detection: {alert_bugdet: 2}\n");
  for (int look = 0; look < 2; ++look) reload.if_changed();
  EXPECT_THAT(said_.str(), HasSubstr("did you mean detection.alert_budget?"));
  said_.str("");
  for (int look = 0; look < 3; ++look) reload.if_changed();
  EXPECT_EQ(said_.str(), "");
  EXPECT_EQ(budget(), 1);
}

TEST_F(ReloadTest, AFileThatIsGoneLeavesWhatIsInForce) {
  Reload reload = begin();
  std::filesystem::remove(path_);
  for (int look = 0; look < 2; ++look) reload.if_changed();
  EXPECT_THAT(said_.str(), HasSubstr("no such file"));
  EXPECT_EQ(budget(), 1);
}

TEST_F(ReloadTest, ASignalTakesTheFileAsItIs) {
  Reload reload = begin();
  write("detection: {alert_budget: 2}\n");
  reload.now();
  EXPECT_EQ(budget(), 2);
  said_.str("");
  reload.if_changed();
  EXPECT_EQ(said_.str(), "");
}

}  // namespace
}  // namespace insight::app
