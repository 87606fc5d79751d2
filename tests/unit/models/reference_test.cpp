// The error rates give the scores and flags that the measured reference gave on stored traffic. Its tails are sums cut off
// at a thousandth, and it keeps every number in full.
// Counts are judged otherwise than by the reference since jobs that recur are known: see count_model_test.cpp.
#include "tests/unit/models/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/error_rate_model.h"

namespace insight::models {
namespace {

constexpr double kTolerance = 1e-2;
// Where a score is about at the threshold, a hair decides whether the model learns the next minutes.
constexpr double kMostDifferent = 5e-2;   // of the scores stored
constexpr double kMostFlags = 5e-3;       // of all minutes

struct Found {
  std::vector<double> scores;
  std::vector<int> abnormal;
};

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
  size_t compared = 0;
  size_t different = 0;
  size_t minutes = 0;
  size_t flags_different = 0;
  for (size_t s = 0; s < found.size(); ++s) {
    for (const auto& [minute, value] : wanted[s].scores) {
      const double difference = std::abs(found[s].scores[minute] - value) / std::max(1.0, std::abs(value));
      different += difference > kTolerance ? 1 : 0;
      ++compared;
    }
    for (size_t t = 0; t < found[s].abnormal.size(); ++t) {
      flags_different += found[s].abnormal[t] != wanted[s].abnormal[t] ? 1 : 0;
      ++minutes;
    }
  }
  EXPECT_GT(compared, 4000U);
  EXPECT_LE(static_cast<double>(different), kMostDifferent * static_cast<double>(compared))
      << model << " " << different;
  EXPECT_LE(static_cast<double>(flags_different), kMostFlags * static_cast<double>(minutes)) << flags_different;
}

TEST(Reference, ErrorRatesScoreAlike) { expect_equal("error_rates", run_rates()); }

}  // namespace
}  // namespace insight::models
