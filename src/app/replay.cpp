#include "app/replay.h"

#include <unistd.h>

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "app/feeder.h"
#include "app/progress_bar.h"
#include "app/replay_engine.h"
#include "publish/record.h"
#include "publish/table.h"

namespace insight::app {
namespace {

using Clock = std::chrono::steady_clock;

// Lines on standard output or in a file that replaces what was there.
class Output {
 public:
  bool open(const std::string& path) {
    if (path == "-") {
      file_ = stdout;
      return true;
    }
    file_ = std::fopen(path.c_str(), "w");
    owned_ = file_ != nullptr;
    return owned_;
  }
  ~Output() {
    if (owned_) std::fclose(file_);
  }
  void line(const std::string& text) {
    failed_ =
        failed_ || std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fputc('\n', file_) == EOF;
  }
  bool finish() { return std::fflush(file_) == 0 && !failed_; }

 private:
  std::FILE* file_ = nullptr;
  bool owned_ = false;
  bool failed_ = false;
};

// Dies of the signal, as a shell expects it, after one line.
void say_interrupted(int signal) {
  constexpr std::string_view kText = "\ninsightd: interrupted; the records written so far are not all.\n";
  static_cast<void>(!::write(STDERR_FILENO, kText.data(), kText.size()));   // nothing is left to be done if it fails
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// Opening the output empties it: it must not be what is to be read, under whatever name.
bool is_input(const std::string& output, const files::Catalog& catalog) {
  std::error_code ignored;   // a path that does not exist is no other's
  return output != "-" && std::ranges::any_of(catalog.inputs, [&](const files::Input& input) {
           return std::filesystem::equivalent(input.path, output, ignored) &&
                  std::filesystem::is_regular_file(output, ignored);
         });
}

void print_summary(const ReplayEngine::Totals& totals, const files::Catalog& catalog, uint64_t starts, uint64_t ends,
                   double seconds) {
  std::string out;
  const auto line = [&](std::string_view name, const auto& value) { out += fmt::format("{}: {}\n", name, value); };
  line("records", totals.records);
  line("processed", totals.processed);
  line("duplicates", totals.duplicates);
  uint64_t dropped = 0;
  for (const uint64_t count : totals.dropped) dropped += count;
  line("dropped", dropped);
  for (size_t i = 0; i < totals.dropped.size(); ++i)
    if (totals.dropped[i] > 0)
      line(fmt::format("dropped_{}", core::to_string(static_cast<core::DropReason>(i))), totals.dropped[i]);
  line("files", catalog.inputs.size());
  line("files_skipped", catalog.skipped);
  line("apis", totals.apis);
  line("series", totals.series);
  line("insights_started", starts);
  line("insights_ended", ends);
  line("insights_open", totals.open_insights);
  line("minutes", totals.minutes_closed);
  line("missing_group_minutes", totals.group_minutes_missing);
  if (totals.oldest) line("first_event", core::to_iso(*totals.oldest));
  if (totals.newest) line("last_event", core::to_iso(*totals.newest));
  line("seconds", fmt::format("{:.1f}", seconds));
  line("records_per_second", static_cast<uint64_t>(seconds > 0 ? static_cast<double>(totals.records) / seconds : 0));
  std::cerr << out;
}

bool write_file(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  return static_cast<bool>(file.flush());
}

}  // namespace

int replay(const settings::Settings& settings, const ReplayArguments& arguments) {
  if (arguments.table && arguments.output == "-") {
    std::cerr << "insightd: --table writes to standard output, so the records need a file: add --output FILE.\n";
    return 2;
  }
  const auto began = Clock::now();
  files::Catalog catalog = files::find_inputs(arguments.paths);
  for (const auto& [path, reason] : catalog.unreadable)
    std::cerr << fmt::format("insightd: cannot read {}: {}\n", path, reason);
  if (catalog.inputs.empty() && catalog.skipped > 0)
    std::cerr
        << "insightd: nothing to read: files end in .json, .jsonl, .ndjson, .log or .csv, or these with .gz or .zst; "
           "give another as standard input (-).\n";

  if (is_input(arguments.output, catalog)) {
    std::cerr << fmt::format("insightd: {} is read and would be overwritten; give --output another file.\n",
                             arguments.output);
    return 2;
  }
  for (const int signal : {SIGINT, SIGTERM})
    if (std::signal(signal, say_interrupted) == SIG_IGN) std::signal(signal, SIG_IGN);   // as nohup wants it
  Output output;
  if (!output.open(arguments.output)) {
    std::cerr << fmt::format("insightd: cannot write {}: {}\n", arguments.output, std::strerror(errno));
    return 1;
  }
  std::vector<core::Insight> shown;
  uint64_t starts = 0;
  uint64_t ends = 0;
  ReplayEngine engine(settings, [&](const core::Insight& insight) {
    ++(insight.state == core::InsightState::kStart ? starts : ends);
    output.line(publish::to_json(insight, settings.detection.insight_source));
    if (arguments.table) shown.push_back(insight);
  });

  ProgressBar bar(isatty(STDERR_FILENO) != 0);
  Feeder feeder(engine, bar);
  feeder.feed(catalog.inputs, arguments.format);
  engine.finish();
  bar.clear();

  const bool written = output.finish();
  if (arguments.table) std::cout << publish::to_table(shown, {.colours = isatty(STDOUT_FILENO) != 0}) << std::flush;
  const std::chrono::duration<double> took = Clock::now() - began;
  print_summary(engine.totals(), catalog, starts, ends, took.count());
  if (!written) {
    std::cerr << fmt::format("insightd: {} could not be written to its end.\n", arguments.output);
    return 1;
  }
  if (!arguments.state.empty() && !write_file(arguments.state, state::to_bytes(engine.take_state()))) {
    std::cerr << fmt::format("insightd: cannot write {}: {}\n", arguments.state, std::strerror(errno));
    return 1;
  }
  return catalog.unreadable.empty() && feeder.unreadable() == 0 ? 0 : 1;
}

}  // namespace insight::app
