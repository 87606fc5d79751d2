#include "app/version.h"

#include <absl/base/config.h>
#include <fmt/format.h>
#include <spdlog/version.h>
#include <zlib.h>
#include <zstd.h>
#include <Eigen/Core>
#include <utility>
#include <vector>

#include "kafka/client.h"

namespace insight::app {

std::string version() { return INSIGHT_VERSION; }
std::string git_revision() { return INSIGHT_REVISION; }

std::string version_text(bool json) {
  const std::vector<std::pair<std::string, std::string>> libraries = {
      {"librdkafka", kafka::library_version()},
      {"eigen", fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
      {"abseil", fmt::format("{}", ABSL_LTS_RELEASE_VERSION)},
      {"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
      {"zlib", zlibVersion()},
      {"zstd", ZSTD_versionString()},
  };
  std::string out;
  if (json) {
    out = fmt::format(R"({{"version":"{}","revision":"{}","libraries":{{)", version(), git_revision());
    for (size_t i = 0; i < libraries.size(); ++i)
      out += fmt::format(R"({}"{}":"{}")", i > 0 ? "," : "", libraries[i].first, libraries[i].second);
    return out + "}}\n";
  }
  out = fmt::format("insightd {} ({})\n", version(), git_revision());
  for (const auto& [name, number] : libraries) out += fmt::format("{} {}\n", name, number);
  return out;
}

}  // namespace insight::app
