// Cost per row of a task: rows into open minutes, and minutes closing with everything that comes with it.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "models/threshold.h"
#include "partition/task.h"
#include "route/batch_builder.h"

namespace insight::partition {
namespace {

constexpr int32_t kFirstMinute = 28'900'000;

Options shipped_options() {
  Options options;
  options.call_threshold = models::call_threshold(options.budget);
  options.error_threshold = models::error_threshold(options.budget);
  return options;
}

// A batch of one minute: `rows` calls of `apis` APIs, each by four principals, one in fifty failing.
void fill(route::BatchBuilder& builder, int64_t apis, int64_t rows, int32_t minute, uint64_t& state) {
  builder.clear();
  core::Batch& batch = builder.batch();
  batch.calls_partitions = 1;
  batch.topics.push_back({"audit-events", 1});
  batch.origins.push_back({0, 0});
  const auto newest = core::start_of({kFirstMinute + minute});
  batch.progress.push_back({0, int64_t{minute} * rows, newest, core::start_of({kFirstMinute}),
                            core::start_of({kFirstMinute}), std::nullopt});
  for (int64_t i = 0; i < rows; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const std::string name = "Operation" + std::to_string(i % apis);
    const std::string principal = "arn:aws:iam::111122223333:role/service-" + std::to_string((state >> 40) % 4);
    core::CallEvent event;
    event.api = {"111122223333", "eu-central-1", "ec2.amazonaws.com", name, core::Category::kManagement};
    event.principal = principal;
    event.user_agent = "aws-sdk-java/2.20.0";
    if ((state >> 50) % 50 == 0) event.error_code = "AccessDenied";
    core::Row row;
    row.id = state;
    row.offset = int64_t{minute} * rows + i;
    row.minute = {kFirstMinute + minute};
    row.signature = builder.intern(event, {.call_rate = true, .error_rate = true});
    builder.add(row);
  }
}

// Arguments: APIs, rows a minute. An iteration is one minute: its rows in, and the minute that is due closes.
void process_minutes(benchmark::State& state) {
  Task task(shipped_options());
  route::BatchBuilder builder;
  uint64_t random = 7;
  int32_t minute = 0;
  for (auto _ : state) {
    state.PauseTiming();
    fill(builder, state.range(0), state.range(1), minute, random);
    state.ResumeTiming();
    task.process(builder.batch(), core::start_of({kFirstMinute + minute}), minute);
    ++minute;
    state.PauseTiming();
    task.collect(false);   // as once a second; its cost is the transaction's
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
  state.counters["series"] = static_cast<double>(task.series());
}
BENCHMARK(process_minutes)->Args({20, 20'000})->Args({200, 20'000})->Args({2000, 2000})->Args({2000, 20'000});

// What one transaction costs: the records of every API that changed.
void collect_records(benchmark::State& state) {
  Task task(shipped_options());
  route::BatchBuilder builder;
  uint64_t random = 7;
  int32_t minute = 0;
  for (; minute < 60; ++minute) {
    fill(builder, state.range(0), state.range(0), minute, random);
    task.process(builder.batch(), core::start_of({kFirstMinute + minute}), minute);
  }
  size_t records = 0;
  for (auto _ : state) {
    state.PauseTiming();
    fill(builder, state.range(0), state.range(0), minute, random);
    task.process(builder.batch(), core::start_of({kFirstMinute + minute}), minute);
    ++minute;
    state.ResumeTiming();
    records += task.collect(true).state.size();
  }
  state.SetItemsProcessed(static_cast<int64_t>(records));
}
BENCHMARK(collect_records)->Arg(1000);

}  // namespace
}  // namespace insight::partition

BENCHMARK_MAIN();
