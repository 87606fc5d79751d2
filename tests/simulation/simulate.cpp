// Runs seeds of the simulated world, and says which of them found a difference.
//
// usage: simulate [--first S] [--seeds N] [--jobs J] [--stop] [--verbose]
//     --first S    the first seed (default 1)
//     --seeds N    how many seeds (default 1)
//     --jobs J     in so many processes (default 1)
//     --stop       a job ends at its first difference
//     --verbose    the workers' log, with the world's time, on standard error
// Exit status: 0 no difference, 1 some, 2 wrong use.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

#include "tests/simulation/seeds.h"

namespace {

using insight::simulation::WorldReport;

bool number(const char* text, uint64_t& value) {
  const char* end = text + std::strlen(text);
  return std::from_chars(text, end, value).ptr == end;
}

// What many seeds saw.
struct Totals {
  uint64_t failed = 0;
  uint64_t insights = 0;
  uint64_t faults = 0;
  uint64_t processes = 0;
  uint64_t open = 0;
  uint64_t late = 0;

  void add(const Totals& other) {
    failed += other.failed;
    insights += other.insights;
    faults += other.faults;
    processes += other.processes;
    open += other.open;
    late += other.late;
  }
};

// Every `step`th seed of [first, end).
Totals run(uint64_t first, uint64_t end, uint64_t step, bool stop, bool verbose) {
  Totals totals;
  for (uint64_t seed = first; seed < end && !(stop && totals.failed > 0); seed += step) {
    const WorldReport report = insight::simulation::run_seed(seed, verbose);
    const uint64_t failed = report.findings.empty() ? 0 : 1;
    totals.add({failed, report.insights, report.faults, report.processes, report.open, report.late});
  }
  return totals;
}

// In a process of its own, whose totals come through a pipe: one that dies takes only its own seeds with it.
struct Job {
  pid_t process = 0;
  int totals = 0;
};

Job start(const std::function<Totals()>& work) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    const Totals totals = work();
    std::fflush(nullptr);
    _exit(write(ends[1], &totals, sizeof totals) == sizeof totals ? 0 : 1);
  }
  close(ends[1]);
  return {child, ends[0]};
}

// False: it died.
bool finish(const Job& job, Totals& totals) {
  Totals own;
  const bool told = read(job.totals, &own, sizeof own) == sizeof own;
  close(job.totals);
  int status = 0;
  waitpid(job.process, &status, 0);
  if (told) totals.add(own);
  return told && status == 0;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t first = 1;
  uint64_t seeds = 1;
  uint64_t jobs = 1;
  bool stop = false;
  bool verbose = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--verbose" || option == "--stop") {
      (option == "--stop" ? stop : verbose) = true;
      continue;
    }
    uint64_t* value = option == "--first"   ? &first
                      : option == "--seeds" ? &seeds
                      : option == "--jobs"  ? &jobs
                                            : nullptr;
    if (value == nullptr || i + 1 >= argc || !number(argv[++i], *value)) {
      fmt::print(stderr, "usage: {} [--first S] [--seeds N] [--jobs J] [--stop] [--verbose]\n", argv[0]);
      return 2;
    }
  }
  std::vector<Job> running;
  for (uint64_t job = 0; job < jobs; ++job)
    running.push_back(start([&] { return run(first + job, first + seeds, jobs, stop, verbose); }));
  Totals totals;
  bool all_ended = true;
  for (const Job& job : running) all_ended = finish(job, totals) && all_ended;
  fmt::print(
      "{} seeds from {}: {} faults, {} processes, {} insights ({} still open), {} rows late; {} seeds with "
      "differences{}\n",
      seeds, first, totals.faults, totals.processes, totals.insights, totals.open, totals.late, totals.failed,
      all_ended ? "" : ", and not all ran to their end");
  return all_ended && totals.failed == 0 ? 0 : 1;
}
