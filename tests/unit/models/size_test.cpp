// What a persisted model takes, for several kinds of series after four weeks.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "models/count_model.h"
#include "models/error_rate_model.h"
#include "tests/unit/models/kinds.h"

namespace insight::models {
namespace {

constexpr int64_t kMonday = 4 * kMinutesPerDay + 2800 * kMinutesPerWeek;
constexpr size_t kQuietMost = 600;
constexpr size_t kMost = 1024;

template <typename Model>
size_t size_of(const Model& model) {
  std::string bytes;
  ByteWriter out(bytes);
  model.persist(out);
  return bytes.size();
}

// What the model takes on average and at most, looked at now and then.
template <typename Model, typename Learn>
void expect_small(Kind kind, size_t most_on_average, Learn&& learn) {
  Model model;
  size_t looks = 0;
  size_t sum = 0;
  size_t most = 0;
  for (int64_t minute = kMonday; minute < kMonday + 4 * kMinutesPerWeek; ++minute) {
    learn(model, minute);
    if (minute % 97 != 0) continue;
    const size_t size = size_of(model);
    ++looks;
    sum += size;
    most = std::max(most, size);
  }
  std::printf("%-10s %4zu bytes, at most %zu\n", std::string(name_of(kind)).c_str(), sum / looks, most);
  EXPECT_LE(sum / looks, most_on_average) << name_of(kind);
  EXPECT_LE(most, kMost) << name_of(kind);
}

TEST(PersistedModel, OfCountsIsSmall) {
  const Profile profile;
  for (const Kind kind : kKinds) {
    Traffic traffic(kind);
    expect_small<CountModel>(kind, is_quiet(kind) ? kQuietMost : kMost, [&](CountModel& model, int64_t minute) {
      model.learn(model.score(minute, traffic.count(minute), profile), 4.75, true);
    });
  }
}

TEST(PersistedModel, OfErrorRatesIsSmall) {
  for (const Kind kind : kKinds) {
    Traffic traffic(kind);
    expect_small<ErrorRateModel>(kind, 400, [&](ErrorRateModel& model, int64_t minute) {
      const double calls = traffic.count(minute);
      model.learn(model.score(minute, traffic.uniform() < 0.02 ? std::min(calls, 1.0) : 0.0, calls), true);
    });
  }
}

}  // namespace
}  // namespace insight::models
