// What is kept of an API: its record comes back as it was, goes on as if nothing had been, and is small.
#include "state/api_state.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "tests/unit/models/kinds.h"

namespace insight::state {
namespace {

using core::Minute;
using models::Kind;

constexpr int32_t kLateness = 10;
constexpr detect::Sensitivity kSensitivity{.threshold = 4.75, .budget = 10, .lateness_minutes = kLateness};
constexpr Minute kBegin{4 * 1440 + 2800 * 10080};
const models::Profile kFlat;

// One API as a task keeps it: a series of calls, and one of errors if there ever was one.
struct Api {
  std::unique_ptr<ApiState> kept = std::make_unique<ApiState>(kLateness);
  models::Traffic traffic;
  Minute minute = kBegin;
  double error_share;

  explicit Api(Kind kind, double errors = 0.0) : traffic(kind), error_share(errors) {
    ApiState& state = *kept;
    state.attempts.wake();
    state.call_track().series.emplace(models::CountModel{}, kLateness);
    if (error_share > 0.0)
      state.error_track("AccessDenied").series.emplace(state.attempts->unfailing, state.attempts->unfailing_bounds);
    state.begun = true;
  }

  void close_minutes(int32_t count) {
    for (const Minute end = minute + count; minute < end; ++minute) close();
  }

  void close() {
    ApiState& state = *kept;
    const int32_t history = minute - kBegin;
    const auto calls = static_cast<uint64_t>(traffic.count(minute.value));
    uint64_t errors = 0;
    for (uint64_t call = 0; call < calls; ++call) errors += traffic.uniform() < error_share ? 1 : 0;
    state.calls->series->close(minute, calls, kFlat, history, kSensitivity, state.calls->machine);
    MinuteSums sums;
    sums.total = calls;
    state.calls->ledger.enter(minute, sums);
    for (ErrorTrack& track : state.errors) {
      track.series->close(minute, errors, calls, state.attempts->call_peak, history, kSensitivity, track.machine);
      sums.total = errors;
      track.ledger.enter(minute, sums);
    }
    state.attempts->call_peak = std::max(state.attempts->call_peak * 0.9999, static_cast<double>(calls));
    state.attempts->unfailing.learn(state.attempts->unfailing.score(minute.value, 0, static_cast<double>(calls)),
                                    history > 1440);
    if (history > 1440)
      state.attempts->unfailing_bounds.fix(minute + (kLateness + 1), state.attempts->unfailing,
                                           state.attempts->call_peak, 2.0);
    if (calls > 0) state.last_call = minute;
    state.through = minute;
  }
};

std::string bytes_of(const ApiState& state) {
  std::string bytes;
  persist(state, bytes);
  return bytes;
}

TEST(ApiState, comes_back_from_its_record_and_goes_on_as_if_nothing_had_been) {
  for (const Kind kind : models::kKinds) {
    Api steady(kind, 0.01);
    Api restored(kind, 0.01);
    for (int round = 0; round < 40; ++round) {
      steady.close_minutes(211);
      restored.close_minutes(211);
      const std::string bytes = bytes_of(*steady.kept);
      ASSERT_EQ(bytes_of(*restored.kept), bytes) << name_of(kind) << " " << round;
      restored.kept = std::make_unique<ApiState>(kLateness);
      ASSERT_EQ(restore(bytes, *restored.kept), RecordError::kNone) << name_of(kind) << " " << round;
      ASSERT_EQ(bytes_of(*restored.kept), bytes) << name_of(kind) << " " << round;
    }
  }
}

TEST(ApiState, attributions_come_back) {
  Api api(Kind::kSteady);
  for (int m = 0; m < 3000; ++m) {
    api.close();
    MinuteSums sums;
    sums.total = 3;
    std::array<std::string, core::kAttributeCount> names;
    for (size_t a = 0; a < names.size(); ++a) {
      names[a] = "value " + std::to_string(static_cast<size_t>(m) % (7 + a));
      sums.values[a].add(names[a], 1);
      sums.values[a].add("always", 2);
    }
    api.kept->calls->ledger.enter(api.minute, sums);
    ++api.minute;
    if (m == 2000) api.kept->calls->ledger.hold_from(api.minute - 100);
  }
  const std::string bytes = bytes_of(*api.kept);
  ApiState restored(kLateness);
  ASSERT_EQ(restore(bytes, restored), RecordError::kNone);
  EXPECT_EQ(bytes_of(restored), bytes);
  const Sums window = restored.calls->ledger.window(api.minute - 5, api.minute);
  const Sums wanted = api.kept->calls->ledger.window(api.minute - 5, api.minute);
  EXPECT_EQ(window.total, wanted.total);
  EXPECT_GT(window.total, 0U);
  EXPECT_EQ(window.values, wanted.values);
  const Baseline week = restored.calls->ledger.baseline(api.minute - 10, kBegin);
  EXPECT_EQ(week.sums.values, api.kept->calls->ledger.baseline(api.minute - 10, kBegin).sums.values);
}

TEST(ApiState, an_api_at_rest_has_the_same_record_and_goes_on_as_if_it_had_been_awake) {
  for (const double errors : {0.0, 0.05}) {
    Api awake(Kind::kSparse, errors);
    Api resting(Kind::kSparse, errors);
    for (int round = 0; round < 40; ++round) {
      awake.close_minutes(90);
      resting.close_minutes(90);
      resting.kept->rest();
      EXPECT_EQ(resting.kept->attempts.rests(), errors == 0.0);
      ASSERT_EQ(bytes_of(*resting.kept), bytes_of(*awake.kept)) << round;
      EXPECT_EQ(resting.kept->calls->ledger.baseline(awake.minute, kBegin).sums.total,
                awake.kept->calls->ledger.baseline(awake.minute, kBegin).sums.total);
      resting.kept->attempts.wake();
    }
  }
}

TEST(ApiState, every_cut_record_is_refused) {
  Api api(Kind::kSteady, 0.05);
  api.close_minutes(2000);
  const std::string bytes = bytes_of(*api.kept);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ApiState cut(kLateness);
    EXPECT_EQ(restore(std::string_view(bytes).substr(0, size), cut), RecordError::kDamaged) << size;
  }
}

TEST(ApiState, a_newer_version_is_told_from_damage) {
  Api api(Kind::kSparse);
  std::string bytes = bytes_of(*api.kept);
  bytes[0] = kApiRecordVersion + 1;
  ApiState newer(kLateness);
  EXPECT_EQ(restore(bytes, newer), RecordError::kNewerVersion);
  bytes[0] = kApiRecordVersion - 1;
  ApiState older(kLateness);
  EXPECT_EQ(restore(bytes, older), RecordError::kDamaged);
}

// Records of another format would be refused at their first byte, and fuzzing from them would see nothing.
TEST(ApiState, the_fuzz_seeds_are_records_of_this_format) {
  for (const char* name : {"api0.bin", "api1.bin", "api2.bin"}) {
    std::ifstream file(std::string(INSIGHT_SOURCE_DIR) + "/tests/fuzz/corpus/state/" + name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    ASSERT_FALSE(bytes.empty()) << name;
    const auto key_size = static_cast<uint8_t>(bytes[0]);
    ApiState api(kLateness);
    EXPECT_EQ(restore(std::string_view(bytes).substr(1 + key_size), api), RecordError::kNone)
        << name << ": run tests/fuzz/make_state_seeds.py";
  }
}

// Without attributions and names. The ledger holds six hours of totals by minute and nine days by day.
TEST(ApiState, the_record_of_a_quiet_api_is_small) {
  for (const Kind kind : models::kKinds) {
    Api calls_only(kind);
    Api with_errors(kind, 0.01);
    calls_only.close_minutes(15 * 1440 + 500);
    with_errors.close_minutes(15 * 1440 + 500);
    const size_t calls = bytes_of(*calls_only.kept).size();
    const size_t both = bytes_of(*with_errors.kept).size();
    std::printf("%-10s %4zu bytes; with a series of errors %4zu\n", std::string(name_of(kind)).c_str(), calls, both);
    EXPECT_LE(calls, is_quiet(kind) ? 1152U : 2048U) << name_of(kind);
    EXPECT_LE(both, is_quiet(kind) ? 2048U : 3072U) << name_of(kind);
  }
}

}  // namespace
}  // namespace insight::state
