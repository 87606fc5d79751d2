// The models give the very scores and flags that the measured reference gave on stored traffic.
#include "tests/unit/models/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "models/count_model.h"
#include "models/error_rate_model.h"
#include "models/profile.h"

namespace insight::models {
namespace {

using Table = std::vector<int64_t> Reference::Series::*;

struct Found {
  std::vector<double> scores;
  std::vector<int> abnormal;
};

// All series side by side, the profiles of their groups pooled after every hour.
std::vector<Found> run_counts(Table counts, double threshold) {
  const Reference& stored = reference();
  const size_t n = stored.series.size();
  std::vector<CountModel> models(n);
  std::vector<Found> found(n);
  std::map<int, Profile> profiles;
  for (size_t t = 0; t < stored.minutes; ++t) {
    const int64_t minute = stored.first_minute + static_cast<int64_t>(t);
    for (size_t s = 0; s < n; ++s) {
      const auto count = static_cast<double>((stored.series[s].*counts)[t]);
      const CountScore score = models[s].score(minute, count, profiles[stored.series[s].group]);
      models[s].learn(score, threshold, true);
      found[s].scores.push_back(score.value);
      found[s].abnormal.push_back(score.abnormal ? 1 : 0);
    }
    if (t % 60 != 59) continue;
    for (auto& [group, profile] : profiles) {
      ProfilePool pool;
      for (size_t s = 0; s < n; ++s) {
        if (stored.series[s].group == group) pool.add(models[s]);
      }
      profile = pool.finish();
    }
  }
  return found;
}

std::vector<Found> run_rates() {
  const Reference& stored = reference();
  std::vector<Found> found(stored.series.size());
  for (size_t s = 0; s < stored.series.size(); ++s) {
    ErrorRateModel model;
    for (size_t t = 0; t < stored.minutes; ++t) {
      const ErrorScore score =
          model.score(stored.first_minute + static_cast<int64_t>(t), static_cast<double>(stored.series[s].errors[t]),
                      static_cast<double>(stored.series[s].calls[t]));
      model.learn(score);
      found[s].scores.push_back(score.value);
      found[s].abnormal.push_back(score.abnormal ? 1 : 0);
    }
  }
  return found;
}

void expect_equal(const std::string& model, const std::vector<Found>& found) {
  const std::vector<Reference::Outcome>& wanted = reference().outcomes.at(model);
  double largest = 0.0;
  size_t compared = 0;
  for (size_t s = 0; s < found.size(); ++s) {
    for (const auto& [minute, value] : wanted[s].scores) {
      const double difference = std::abs(found[s].scores[minute] - value) / std::max(1.0, std::abs(value));
      largest = std::max(largest, difference);
      ++compared;
      ASSERT_LE(difference, 1e-6) << model << " series " << s << " minute " << minute << ": " << value << ", got "
                                  << found[s].scores[minute];
    }
    for (size_t t = 0; t < found[s].abnormal.size(); ++t) {
      ASSERT_EQ(found[s].abnormal[t], wanted[s].abnormal[t]) << model << " series " << s << " minute " << t;
    }
  }
  EXPECT_GT(compared, 4000U);
  testing::Test::RecordProperty("largest_difference_" + model, std::to_string(largest));
}

TEST(Reference, CallCountsScoreAlike) {
  expect_equal("calls", run_counts(&Reference::Series::calls, reference().call_threshold));
}

TEST(Reference, ErrorCountsScoreAlike) {
  expect_equal("error_counts", run_counts(&Reference::Series::errors, reference().error_threshold));
}

TEST(Reference, ErrorRatesScoreAlike) { expect_equal("error_rates", run_rates()); }

}  // namespace
}  // namespace insight::models
