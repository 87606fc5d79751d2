// Every model and every part of one: what is restored of its bytes has the same bytes, and no cut record passes.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "models/cadence.h"
#include "models/count_model.h"
#include "models/error_habit.h"
#include "models/error_rate_model.h"
#include "models/error_tail.h"
#include "models/minute_windows.h"
#include "models/overdispersion.h"
#include "models/profile.h"
#include "models/recurrence.h"
#include "models/season.h"
#include "models/tail_model.h"
#include "tests/unit/models/kinds.h"

namespace insight::models {
namespace {

constexpr int64_t kMonday = 4 * kMinutesPerDay + 2800 * kMinutesPerWeek;
constexpr int64_t kLast = kMonday + 9 * kMinutesPerDay;
constexpr int64_t kLook = 1009;   // minutes: at other minutes of hours and days each time

// `context`: what some parts are told besides, the same in both directions.
template <typename Model, typename... Context>
std::string bytes(const Model& model, Context... context) {
  std::string out;
  ByteWriter writer(out);
  model.persist(writer, context...);
  return out;
}

template <typename Model, typename... Context>
void expect_same_bytes(const Model& model, Model restored, Context... context) {
  const std::string first = bytes(model, context...);
  ByteReader in(first);
  restored.restore(in, context...);
  ASSERT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(bytes(restored, context...), first);
  for (size_t size = 0; size < first.size(); size += 1 + first.size() / 40) {
    Model cut = restored;
    ByteReader reader(std::string_view(first).substr(0, size));
    cut.restore(reader, context...);
    EXPECT_FALSE(reader.ok()) << size << " of " << first.size();
  }
}

template <typename Model>
void expect_only_this_version(const Model& model) {
  const std::string first = bytes(model);
  for (int version = 0; version < 256; ++version) {
    std::string other = first;
    other[0] = static_cast<char>(version);
    Model restored;
    ByteReader in(other);
    restored.restore(in);
    EXPECT_EQ(in.ok() && in.at_end(), other == first) << version;
  }
}

class Persisted : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Series, Persisted, testing::ValuesIn(kKinds),
                         [](const auto& parameter) { return std::string(name_of(parameter.param)); });

TEST_P(Persisted, CountModelAndItsParts) {
  const Profile profile;
  Traffic traffic(GetParam());
  CountModel model;
  expect_same_bytes(model, CountModel());
  for (int64_t minute = kMonday; minute < kLast; ++minute) {
    if (minute % 5000 == 0) {
      model.skip(minute, profile);
    } else {
      // Now and then something for the guard, the tails and the windows to remember.
      const double count = minute % 3001 < 4 ? 700.0 : minute % 3701 < 90 ? 0.0 : traffic.count(minute);
      model.learn(model.score(minute, count, profile), 4.1, minute - kMonday > 360);
    }
    if (minute % kLook != 0 && minute % 3001 != 9) continue;   // and in the middle of clusters
    expect_same_bytes(model, CountModel());
    expect_same_bytes(model.season(), Season());
    expect_same_bytes(model.windows(), MinuteWindows(), model.minutes_seen() - 1);
    expect_same_bytes(model.cadence(), Cadence(), minute);
    for (int which = 0; which < 4; ++which) expect_same_bytes(model.tail(which), TailModel());
    if (testing::Test::HasFailure()) return;
  }
  expect_only_this_version(model);
}

TEST_P(Persisted, ErrorRateModelAndItsParts) {
  Traffic traffic(GetParam());
  ErrorRateModel model;
  ErrorHabit habit;
  ErrorTail tail;
  Overdispersion spread(0.1);
  expect_same_bytes(model, ErrorRateModel());
  for (int64_t minute = kMonday; minute < kLast; ++minute) {
    const double calls = traffic.count(minute);
    const double errors = std::floor(calls * (minute % 2003 < 25 ? 0.9 : traffic.uniform() < 0.3 ? 0.1 : 0.0));
    const ErrorScore score = model.score(minute, errors, calls);
    model.learn(score, true);
    habit.learn(minute, errors, 0.999);
    tail.learn(score.raw, model.guard_open(), 1.0);
    spread.learn(errors - 0.1 * calls, 0.1 + 0.09 * calls, calls + 1.0, 0.7, 0.999);
    if (minute % kLook != 0 && minute % 2003 != 9) continue;
    expect_same_bytes(model, ErrorRateModel());
    expect_same_bytes(habit, ErrorHabit());
    expect_same_bytes(tail, ErrorTail());
    expect_same_bytes(spread, Overdispersion(0.1));
    if (testing::Test::HasFailure()) return;
  }
  expect_only_this_version(model);
}

TEST_P(Persisted, RecurrenceInTheMiddleOfABurst) {
  Traffic traffic(GetParam());
  Recurrence recurrence;
  for (int64_t minute = kMonday; minute < kLast; ++minute) {
    recurrence.observe(minute, minute % 700 < 6 ? 3.0 + traffic.count(minute) : 0.0);
    if (minute % 97 == 0 || minute % 700 == 3) expect_same_bytes(recurrence, Recurrence(), minute);
    if (testing::Test::HasFailure()) return;
  }
}

TEST_P(Persisted, ProfileOfSomeSeries) {
  ProfilePool pool;
  for (uint64_t seed = 1; seed < 4; ++seed) {
    Traffic traffic(GetParam(), seed);
    CountModel model;
    for (int64_t minute = kMonday; minute < kMonday + kMinutesPerDay; ++minute)
      model.learn(model.score(minute, traffic.count(minute), Profile()), 4.1, false);
    pool.add(model);
    expect_same_bytes(pool.finish(), Profile());
  }
}

}  // namespace
}  // namespace insight::models
