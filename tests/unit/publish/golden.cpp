#include "golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace insight::publish::testing {

void expect_golden(std::string_view name, const std::string& text) {
  const auto path = std::filesystem::path(INSIGHT_SOURCE_DIR) / "tests/golden/publish" / name;
  const char* update = std::getenv("INSIGHT_UPDATE_GOLDEN");
  if (update && std::string_view(update) == "1") {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " is missing: run with INSIGHT_UPDATE_GOLDEN=1 to write it";
  std::ostringstream wanted;
  wanted << file.rdbuf();
  EXPECT_EQ(text, wanted.str()) << "differs from " << path << "; if that is right: INSIGHT_UPDATE_GOLDEN=1";
}

}  // namespace insight::publish::testing
