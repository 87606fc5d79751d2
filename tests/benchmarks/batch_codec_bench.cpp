// Cost per row of encoding and decoding batches of calls.
#include <benchmark/benchmark.h>

#include <string>

#include "route/batch_builder.h"
#include "route/batch_codec.h"
#include "route/router.h"

namespace insight::route {
namespace {

// Rows of a busy account: 40 APIs, 200 signatures, three input partitions, time in order.
void fill(BatchBuilder& builder, int64_t rows) {
  core::Batch& batch = builder.batch();
  batch.calls_partitions = 12;
  batch.topics.push_back({"audit-events", 3});
  for (uint32_t p = 0; p < 3; ++p) batch.origins.push_back({0, p});
  uint64_t state = 7;
  for (int64_t i = 0; i < rows; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const uint64_t kind = (state >> 33) % 200;
    const std::string name = "Operation" + std::to_string(kind % 40);
    const std::string principal = "arn:aws:iam::111122223333:role/service-" + std::to_string(kind);
    core::CallEvent event;
    event.api = {"111122223333", "eu-central-1", "ec2.amazonaws.com", name, core::Category::kManagement};
    event.principal = principal;
    event.user_agent = "aws-sdk-java/2.20.0";
    event.address = "192.0.2.1";
    core::Row row;
    row.id = state;
    row.origin = static_cast<uint32_t>(i % 3);
    row.offset = 1'000'000 + i / 3;
    row.minute = {28'900'000 + static_cast<int32_t>(i / 4000)};
    row.signature = builder.intern(event, {.call_rate = true, .error_rate = true});
    builder.add(row);
  }
}

void encode_batch(benchmark::State& state) {
  BatchBuilder builder;
  fill(builder, state.range(0));
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    encode(builder.batch(), bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes/row"] = static_cast<double>(bytes.size()) / static_cast<double>(state.range(0));
}
BENCHMARK(encode_batch)->Arg(500)->Arg(30'000);

void decode_batch(benchmark::State& state) {
  BatchBuilder builder;
  fill(builder, state.range(0));
  std::string bytes;
  encode(builder.batch(), bytes);
  core::Batch batch;
  for (auto _ : state) {
    if (decode(bytes, batch) != BatchError::kNone) state.SkipWithError("not a batch");
    benchmark::DoNotOptimize(batch.rows.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(decode_batch)->Arg(500)->Arg(30'000);

}  // namespace
}  // namespace insight::route

BENCHMARK_MAIN();
