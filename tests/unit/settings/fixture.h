// Words of the settings tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/settings.h"

namespace insight::settings {

// A configuration file that lives as long as the test.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(testing::TempDir()) /
            (std::string(test->test_suite_name()) + "." + test->name() + ".yaml");
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~ConfigFile() { std::filesystem::remove(path_); }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline Loaded load_text(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const ConfigFile file(text);
  return load(file.path(), overrides);
}

// `3:5 input.lateness: ...`: the problems without the file's name.
inline std::vector<std::string> problems_of(const Loaded& loaded) {
  std::vector<std::string> lines;
  for (const auto& problem : loaded.problems)
    lines.push_back(std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " + problem.key + ": " +
                    problem.message);
  return lines;
}

inline std::vector<std::string> problems_in(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return problems_of(load_text(text, overrides));
}

}  // namespace insight::settings
