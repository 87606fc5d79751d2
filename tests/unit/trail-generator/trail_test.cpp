// The demo's scenario, made for three days: what its files promise to their readers.
#include <gtest/gtest.h>
#include <simdjson.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>

#include "trail-generator/delivery.h"
#include "trail-generator/record_writer.h"
#include "trail-generator/scenario.h"
#include "trail-generator/traffic.h"

namespace insight::trail {
namespace {

namespace fs = std::filesystem;

Scenario demo() { return load_scenario(INSIGHT_SOURCE_DIR "/config/demo-scenario.yaml"); }

// A folder of this test's own, gone when it ends.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("insight-trail-test-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string unzip(const fs::path& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  std::string text;
  std::array<char, 1 << 16> block{};
  for (int size = 0; (size = gzread(file, block.data(), block.size())) > 0;)
    text.append(block.data(), static_cast<size_t>(size));
  gzclose(file);
  return text;
}

// Every file by its name, which begins with the minute it was delivered in.
std::map<std::string, std::string> files_of(uint64_t seed, int days) {
  const Folder folder;
  const Scenario scenario = demo();
  Traffic traffic(scenario, seed, 1);
  const RecordWriter writer(scenario, seed);
  Delivery delivery(folder.path(), scenario.account, scenario.region, seed);
  for (core::Minute minute = scenario.start; minute < scenario.start + days * core::kMinutesPerDay; ++minute) {
    std::vector<Call> calls;
    traffic.draw(minute, calls);
    for (const Call& call : calls) delivery.add(call.time, call.id, writer.write(call));
    delivery.flush_before(minute);
  }
  delivery.finish();
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
    if (entry.is_regular_file()) files[entry.path().filename().string()] = unzip(entry.path());
  return files;
}

uint64_t calls_of(const Scenario& scenario, std::string_view api, core::Minute from, int minutes) {
  Traffic traffic(scenario, 1, 1);
  std::vector<Call> calls;
  for (int i = 0; i < minutes; ++i) traffic.draw(from + i, calls);
  return static_cast<uint64_t>(
      std::count_if(calls.begin(), calls.end(), [&](const Call& call) { return scenario.apis[call.api].name == api; }));
}

std::string error_of(const std::string& yaml) {
  const fs::path path = fs::temp_directory_path() / ("insight-scenario-" + std::to_string(getpid()) + ".yaml");
  std::ofstream(path) << yaml;
  std::string message;
  try {
    load_scenario(path.string());
  } catch (const ScenarioError& error) {
    message = error.what();
  }
  fs::remove(path);
  return message.empty() ? message : message.substr(path.string().size());
}

TEST(Trail, IsTheSameForTheSameSeedOnly) {
  const auto files = files_of(1, 1);
  EXPECT_EQ(files, files_of(1, 1));
  EXPECT_NE(files, files_of(2, 1));
}

TEST(Trail, IsNeverOlderThanNineMinutesAgainstWhatCameBefore) {
  core::Timestamp newest{};
  std::map<std::string, std::string> copies_of;
  uint64_t records = 0;
  uint64_t bytes = 0;
  simdjson::dom::parser parser;
  for (const auto& [name, text] : files_of(1, 3)) {
    // 123456789012_CloudTrail_eu-west-1_20260302T0005Z_...
    const std::string digits = name.substr(name.find("_2026") + 1, 13);
    const auto delivered = core::parse_iso(digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + digits.substr(6, 2) +
                                           "T" + digits.substr(9, 2) + ":" + digits.substr(11, 2) + ":00Z");
    ASSERT_TRUE(delivered) << name;
    std::set<std::string> ids_of_file;
    std::vector<core::Timestamp> times;
    for (const auto record : parser.parse(text)["Records"].get_array()) {
      const std::string id(record["eventID"].get_string().value());
      const core::Timestamp time = *core::parse_iso(record["eventTime"].get_string().value());
      EXPECT_LT(time, *delivered);
      EXPECT_GE(time, *delivered - std::chrono::seconds(570));
      EXPECT_TRUE(ids_of_file.insert(id).second) << "a copy lies in another file";
      const std::string json = simdjson::minify(record);
      EXPECT_EQ(copies_of.emplace(id, json).first->second, json) << "a copy has the same bytes";
      times.push_back(time);
      ++records;
      bytes += json.size();
    }
    for (const core::Timestamp time : times) newest = std::max(newest, time);
    for (const core::Timestamp time : times) EXPECT_GT(time, newest - std::chrono::minutes(9));
  }
  const double copies = 1 - static_cast<double>(copies_of.size()) / static_cast<double>(records);
  EXPECT_NEAR(copies, 0.20, 0.01);
  EXPECT_NEAR(static_cast<double>(bytes) / static_cast<double>(records), 1500, 100);
}

TEST(Traffic, FollowsTheDayAndTheWeek) {
  const Scenario scenario = demo();
  const core::Minute monday = scenario.start;
  const uint64_t afternoon = calls_of(scenario, "GetObject", monday + 13 * 60, 120);
  const uint64_t night = calls_of(scenario, "GetObject", monday + 60, 120);
  const uint64_t saturday = calls_of(scenario, "GetObject", monday + 5 * core::kMinutesPerDay + 13 * 60, 120);
  EXPECT_GT(afternoon, 4 * night);
  EXPECT_LT(saturday, afternoon * 3 / 4);
}

TEST(Traffic, RunsJobsByTheClock) {
  const Scenario scenario = demo();
  const core::Minute night = scenario.start + 2 * 60;
  EXPECT_EQ(calls_of(scenario, "CreateSnapshot", night, 10), 0U);
  EXPECT_EQ(calls_of(scenario, "CreateSnapshot", night + 10, 6), 40U);
  EXPECT_EQ(calls_of(scenario, "CreateSnapshot", night + 16, 1440 - 16), 0U);
  EXPECT_EQ(calls_of(scenario, "StartQueryExecution", scenario.start, 1440), 96U * 6);
}

TEST(Traffic, HasTheIncidents) {
  const Scenario scenario = demo();
  const auto at = [&](int day, int hour, int minute) {
    return scenario.start + day * core::kMinutesPerDay + hour * 60 + minute;
  };
  EXPECT_GT(calls_of(scenario, "RunInstances", at(10, 4, 2), 14), 14U * 38);
  EXPECT_EQ(calls_of(scenario, "Invoke", at(11, 10, 20), 40), 0U);
  EXPECT_EQ(calls_of(scenario, "StartQueryExecution", at(12, 8, 0), 180), 0U);
  EXPECT_EQ(calls_of(scenario, "StartQueryExecution", at(12, 11, 0), 15), 6U);
  EXPECT_EQ(calls_of(scenario, "CreateSnapshot", at(13, 0, 0), 1440), 0U);
}

TEST(Scenario, SaysWhereAMistakeIs) {
  const std::string head = "account: \"1\"\nregion: eu-west-1\nstart: 2026-03-02\n";
  EXPECT_EQ(error_of(head), "");
  EXPECT_EQ(error_of("account: \"1\"\nregion: eu-west-1\nstart: soon\n"), ":3: start is no date such as 2026-03-02");
  EXPECT_EQ(error_of(head + "apis:\n  - {api: s3/PutObject, principals: {bob: 1}}\n"), ":5: no principal is named bob");
  EXPECT_EQ(error_of(head + "jobs:\n  - {name: x, api: s3/Nothing}\n"), ":5: no API is named s3/Nothing");
  EXPECT_EQ(error_of(head + "principals:\n  - {name: bob, knid: user}\n"),
            ":5: unknown key knid; known here: name, kind, user_agent, addresses, sessions");
  EXPECT_EQ(error_of(head + "apis: [\n").substr(0, 3), ":5:");
}

}  // namespace
}  // namespace insight::trail
