// chaos: the real binary under faults. Afterwards its insights are those of a replay, to the byte.
#include <stdlib.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "core/time.h"
#include "tests/chaos/world.h"

namespace insight::chaos {
namespace {

using integration::decided_before;
using integration::difference;
using integration::Lines;

// Of the trail: two days to learn, then as many eventful ones as keep the faults busy.
constexpr int kQuietDays = 2;
constexpr int kFaultsPerEventfulDay = 150;

struct Options {
  int faults = 1000;
  uint64_t seed = 1;
  std::string folder;
};

// A run that neither passed nor failed.
struct Void : std::runtime_error {
  using std::runtime_error::runtime_error;
};
constexpr int kVoidStatus = 3;

void expect(bool holds, const std::string& otherwise) {
  if (!holds) throw std::runtime_error(otherwise);
}

// How often which fault struck, and where the run is.
class Report {
 public:
  explicit Report(int faults) : faults_(faults) {}

  void note(const Fault& fault) {
    ++struck_;
    ++by_kind_[fault.kind];
    if (struck_ % 50 == 0 || struck_ == faults_)
      std::cout << struck_ << " faults after " << seconds() << " s" << std::endl;
  }
  void finish(size_t insights, uint64_t records) const {
    std::cout << "faults: " << struck_;
    for (const auto& [kind, count] : by_kind_) std::cout << ", " << count << " " << to_string(kind);
    std::cout << "\nrecords: " << records << "\ninsights: " << insights
              << ", each once, as replayed\nseconds: " << seconds() << std::endl;
  }

 private:
  int64_t seconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began_).count();
  }

  int faults_;
  int struck_ = 0;
  std::map<FaultKind, int> by_kind_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void compare(World& world, const integration::Trail& trail) {
  const std::string until = core::to_iso(core::Timestamp(core::Duration(trail.decided_until_ms)));
  const Lines replayed = decided_before(world.replay(), until);
  const Lines seen = decided_before(world.insights(), until);
  expect(replayed.size() >= 20, "the trail should hold more insights than " + std::to_string(replayed.size()));
  const std::string differs = difference(seen, replayed);
  expect(differs.empty(), "the insights are not those of a replay:\n" + differs);
}

void run(const Options& options) {
  const int eventful = 1 + (options.faults - 1) / kFaultsPerEventfulDay;
  const auto trail = integration::make_trail(kQuietDays + eventful, kPartitions, options.seed, eventful);
  Report report(options.faults);
  World world(trail, options.folder);
  const auto faults = draw_faults(options.faults, kInstances, kSession, options.seed);
  // The days without insights are over soon: faults are for the others.
  const double learned = 0.9 * kQuietDays / (kQuietDays + eventful);
  world.pass(milliseconds(5000), learned);
  for (size_t i = 0; i < faults.size(); ++i) {
    const double share = static_cast<double>(i + 1) / static_cast<double>(faults.size() + 1);
    world.pass(faults[i].pause, learned + (1 - learned) * share);
    world.strike(faults[i]);
    report.note(faults[i]);
    world.end_hanging_transactions();
    if (i % 20 == 19) world.expect_offsets_grow();
  }
  world.heal();
  world.expect_offsets_grow();
  world.expect_no_open_transaction();
  if (world.any_late())
    throw Void("all stood still for over a minute, and events were late afterwards: this run says nothing");
  compare(world, trail);
  if (world.ended_transactions() > 0)
    std::cout << "transactions that Kafka forgot, ended by its own tool: " << world.ended_transactions() << std::endl;
  if (world.doubled() > 0) std::cout << "messages that Kafka has twice: " << world.doubled() << std::endl;
  report.finish(decided_before(world.insights(), "9").size(), trail.records);
}

std::string make_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "insight-chaos-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return pattern;
}

}  // namespace
}  // namespace insight::chaos

int main(int argc, char** argv) {
  insight::chaos::Options options;
  CLI::App app(
      "Three instances of insightd on a real Apache Kafka, under faults drawn from a seed; afterwards their "
      "insights equal a replay's, each once.");
  app.add_option("--faults", options.faults, "how many (1000)")->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "of faults and trail (1)");
  CLI11_PARSE(app, argc, argv);
  try {
    options.folder = insight::chaos::make_folder();
    insight::chaos::run(options);
    std::filesystem::remove_all(options.folder);
    return 0;
  } catch (const insight::chaos::Void& reason) {
    std::cerr << "chaos: " << reason.what() << std::endl;
    return insight::chaos::kVoidStatus;
  } catch (const std::exception& error) {
    std::cerr << "chaos: " << error.what() << "\nchaos: again by --faults " << options.faults << " --seed "
              << options.seed << "; logs are in " << options.folder << std::endl;
    return 1;
  }
}
