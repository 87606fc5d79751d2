// Cost of the statistical models per series and minute.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "models/count_model.h"
#include "models/error_rate_model.h"
#include "models/negative_binomial.h"
#include "models/profile.h"

namespace insight::models {
namespace {

constexpr size_t kTraffic = 4096;

// Deterministic Poisson counts around a level that breathes with the hour.
std::vector<double> traffic(double mean) {
  uint64_t state = 7;
  const auto uniform = [&state] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>((state >> 11) + 1) * 0x1p-53;
  };
  std::vector<double> counts(kTraffic);
  for (size_t i = 0; i < counts.size(); ++i) {
    const double limit = std::exp(-mean * (1.0 + 0.5 * std::sin(static_cast<double>(i) / 230.0)));
    for (double product = uniform(); product > limit; product *= uniform()) counts[i] += 1.0;
  }
  return counts;
}

// One series in the cache; the argument is its mean count in hundredths.
void score_and_learn(benchmark::State& state) {
  const std::vector<double> counts = traffic(static_cast<double>(state.range(0)) / 100.0);
  const Profile profile;
  CountModel model;
  int64_t minute = 0;
  for (auto _ : state) {
    const CountScore score = model.score(minute, counts[static_cast<size_t>(minute) % kTraffic], profile);
    model.learn(score, 4.75, true);
    benchmark::DoNotOptimize(score.value);
    ++minute;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(score_and_learn)->Arg(1)->Arg(30)->Arg(500)->Arg(10000);

// Many series, each minute of all of them in turn: every model comes from memory.
void score_and_learn_many(benchmark::State& state) {
  const std::vector<double> counts = traffic(0.3);
  const Profile profile;
  std::vector<CountModel> models(static_cast<size_t>(state.range(0)));
  int64_t minute = 0;
  for (auto _ : state) {
    for (size_t s = 0; s < models.size(); ++s) {
      const double count = counts[(static_cast<size_t>(minute) + 31 * s) % kTraffic];
      const CountScore score = models[s].score(minute, count, profile);
      models[s].learn(score, 4.75, true);
    }
    ++minute;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(score_and_learn_many)->Arg(20000)->Unit(benchmark::kMillisecond);

void error_rate_score_and_learn(benchmark::State& state) {
  const std::vector<double> calls = traffic(8.0);
  ErrorRateModel model;
  int64_t minute = 0;
  for (auto _ : state) {
    const double count = calls[static_cast<size_t>(minute) % kTraffic];
    const ErrorScore score = model.score(minute, minute % 17 == 0 ? std::min(count, 1.0) : 0.0, count);
    model.learn(score, true);
    benchmark::DoNotOptimize(score.value);
    ++minute;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(error_rate_score_and_learn);

void one_minute_bound(benchmark::State& state) {
  const std::vector<double> counts = traffic(3.0);
  const Profile profile;
  CountModel model;
  for (int64_t minute = 0; minute < 3000; ++minute) {
    model.learn(model.score(minute, counts[static_cast<size_t>(minute) % kTraffic], profile), 4.75, true);
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(CountModel::upper_bound(model.one_minute_bound(3000, profile, 4.75)));
  }
}
BENCHMARK(one_minute_bound);

void upper_tail(benchmark::State& state) {
  const auto mean = static_cast<double>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(negative_binomial_upper(3.0 * mean + 3.0, mean, 4.0));
}
BENCHMARK(upper_tail)->Arg(1)->Arg(100)->Arg(1000000);

// The argument is the mean count in hundredths.
void persist_and_restore(benchmark::State& state) {
  const std::vector<double> counts = traffic(static_cast<double>(state.range(0)) / 100.0);
  const Profile profile;
  CountModel model;
  for (int64_t minute = 0; minute < 3000; ++minute) {
    model.learn(model.score(minute, counts[static_cast<size_t>(minute) % kTraffic], profile), 4.75, true);
  }
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    ByteWriter out(bytes);
    model.persist(out);
    CountModel restored;
    ByteReader in(bytes);
    restored.restore(in);
    benchmark::DoNotOptimize(in.ok());
  }
  state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(persist_and_restore)->Arg(1)->Arg(300);

}  // namespace
}  // namespace insight::models

BENCHMARK_MAIN();
