// insight-trail: makes the CloudTrail log files of one account out of a scenario.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "trail-generator/delivery.h"
#include "trail-generator/record_writer.h"
#include "trail-generator/scenario.h"
#include "trail-generator/traffic.h"

namespace insight::trail {
namespace {

struct Options {
  std::string scenario = INSIGHT_DEMO_SCENARIO;
  std::string output;
  int days = 14;
  uint64_t seed = 1;
  double scale = 1;
};

// A folder of an earlier run would mix two trails.
void refuse_full_folder(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder) && !std::filesystem::is_empty(folder))
    throw ScenarioError(folder.string() + ": is not empty; name a new folder");
}

void list_incidents(const Scenario& scenario, core::Minute end) {
  for (const Incident& incident : scenario.incidents)
    if (incident.start < end)
      fmt::print("  {}  {:>4} min  {}\n", core::to_iso(incident.start), incident.minutes, incident.name);
}

void make_trail(const Options& options) {
  const Scenario scenario = load_scenario(options.scenario);
  refuse_full_folder(options.output);
  const core::Minute end = scenario.start + options.days * core::kMinutesPerDay;
  Traffic traffic(scenario, options.seed, options.scale);
  const RecordWriter writer(scenario, options.seed);
  Delivery delivery(options.output, scenario.account, scenario.region, options.seed);

  std::vector<Call> calls;
  for (core::Minute minute = scenario.start; minute < end; ++minute) {
    calls.clear();
    traffic.draw(minute, calls);
    for (const Call& call : calls) delivery.add(call.time, call.id, writer.write(call));
    delivery.flush_before(minute);
  }
  delivery.finish();

  const DeliveryCounts& counts = delivery.counts();
  fmt::print("{} records ({} events, {} of them delivered twice) of {} bytes on average in {} files under {}\n",
             counts.records, counts.records - counts.copies, counts.copies,
             counts.records > 0 ? counts.bytes / counts.records : 0, counts.files, options.output);
  fmt::print("planted (UTC):\n");
  list_incidents(scenario, end);
}

}  // namespace
}  // namespace insight::trail

int main(int argc, char** argv) {
  insight::trail::Options options;
  CLI::App app("Makes the CloudTrail log files of one account out of a scenario: the same files for the same options.");
  app.add_option("--scenario", options.scenario, "Scenario file (YAML)")->capture_default_str();
  app.add_option("--days", options.days, "Days to make")->capture_default_str()->check(CLI::Range(1, 400));
  app.add_option("--seed", options.seed, "Seed of all that is random")->capture_default_str();
  app.add_option("--scale", options.scale, "Multiplies every rate")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 10000.0));
  app.add_option("--output", options.output, "Folder to write to; must be new or empty")->required();
  try {
    app.parse(argc, argv);
    insight::trail::make_trail(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "insight-trail: {}\n", error.what());
    return 1;
  }
  return 0;
}
