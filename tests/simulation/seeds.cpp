#include "tests/simulation/seeds.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>

namespace insight::simulation {
namespace {

// What a handler may read.
char repeat[128];

void on_abort(int) {
  static_cast<void>(!write(STDERR_FILENO, repeat, std::strlen(repeat)));
  std::signal(SIGABRT, SIG_DFL);
}

}  // namespace

WorldReport run_seed(uint64_t seed, bool verbose) {
  const std::string command = fmt::format("again: scripts/simulate --first {} --verbose\n", seed);
  std::snprintf(repeat, sizeof repeat, "%s", command.c_str());
  std::signal(SIGABRT, on_abort);
  std::signal(SIGSEGV, on_abort);
  const WorldPlan plan = draw_plan(seed);
  if (verbose) fmt::print(stderr, "seed {}: {}\n", seed, plan.text());
  WorldReport report = World(plan, verbose).run();
  std::signal(SIGABRT, SIG_DFL);
  std::signal(SIGSEGV, SIG_DFL);
  if (!report.findings.empty()) {
    fmt::print(stderr, "seed {} ({}):\n", seed, plan.text());
    for (const std::string& finding : report.findings) fmt::print(stderr, "  {}\n", finding);
    fmt::print(stderr, "{}", command);
  }
  return report;
}

}  // namespace insight::simulation
