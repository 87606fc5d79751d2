#include "inspect/recount.h"

#include <algorithm>
#include <cmath>

#include "models/negative_binomial.h"

namespace insight::inspect {
namespace {

using models::CountModel;
using models::MinuteWindows;

// As the detector has them: what an increase and a decrease need beyond surprise.
constexpr double kLeastCount = 3.0;
constexpr double kLeastRatio = 1.25;
constexpr double kLeastExpected = 2.0;
constexpr double kLeastMean = 1e-6;
constexpr int kHourScale = 3;

// Keeps the window if none scored higher.
void offer(ScoredMinute& scored, int window, double observed, double mean, double surprise, double score) {
  if (score <= scored.score) return;
  scored.window = window;
  scored.observed = observed;
  scored.mean = mean;
  scored.surprise = surprise;
  scored.score = score;
}

double size_of(const CountModel& model, int scale, double rate_variance) {
  return 1.0 / (std::max(model.dispersion(scale), 1e-4) + rate_variance);
}

void compare(const CountModel& model, int scale, double observed, double mean, double size, ScoredMinute& scored) {
  const int side = MinuteWindows::is_short(scale) ? 0 : 1;
  if (observed >= kLeastCount && observed > kLeastRatio * mean + 1.0) {
    const double surprise = models::negative_binomial_upper(observed, mean, size);
    offer(scored, MinuteWindows::length(scale), observed, mean, surprise,
          model.tail(side).value(surprise, model.age_days()));
  } else if (mean > kLeastExpected && observed < mean / kLeastRatio) {
    const double surprise = models::negative_binomial_lower(observed, mean, size);
    offer(scored, MinuteWindows::length(scale), observed, mean, surprise,
          model.tail(2 + side).value(surprise, model.age_days()));
  }
}

// A run of minutes without a call that ends here.
void compare_silence(const CountModel& model, int64_t index, double rate_variance, ScoredMinute& scored) {
  const MinuteWindows& windows = model.windows();
  const int64_t oldest = std::max<int64_t>(model.minutes_seen() - MinuteWindows::kCapacity, 0);
  double expected = 0;
  int minutes = 0;
  for (int64_t at = index; at >= oldest && windows.count_at(at) <= 0.0; --at, ++minutes)
    expected += windows.expected_at(at);
  const int scale = MinuteWindows::covering(minutes);
  const bool brief = MinuteWindows::is_short(scale);
  const double mean = expected * (brief ? model.fast_ratio() : model.slow_ratio());
  if (mean <= kLeastExpected) return;
  const double size = size_of(model, scale, rate_variance);
  const double surprise = size * std::log(1.0 + mean / size);
  offer(scored, minutes, 0.0, mean, surprise, model.tail(brief ? 2 : 3).value(surprise, model.age_days()));
}

ScoredMinute rescore_minute(const CountModel& model, int64_t index, core::Minute minute, const models::Profile& profile,
                            double threshold) {
  const int64_t last = model.minutes_seen() - 1;
  const models::Season::Rate rate = model.season().rate(minute.value, profile, model.dispersion(kHourScale));
  const MinuteWindows& windows = model.windows();
  ScoredMinute scored;
  scored.minute = minute;
  scored.count = windows.count_at(index);
  scored.expected = windows.expected_at(index) * model.fast_ratio();
  double observed = 0;
  double expected = 0;
  int covered = 0;
  for (int scale = 0; scale < MinuteWindows::kScales; ++scale) {
    const int length = MinuteWindows::length(scale);
    if (index + 1 < length || index - length < last - MinuteWindows::kCapacity) break;
    for (; covered < length; ++covered) {
      observed += windows.count_at(index - covered);
      expected += windows.expected_at(index - covered);
    }
    const double local = MinuteWindows::is_short(scale) ? model.fast_ratio() : model.slow_ratio();
    const double size = size_of(model, scale, rate.variance);
    const double mean = std::max(expected * local, kLeastMean);
    compare(model, scale, observed, mean, size, scored);
    if (scale != 0) continue;
    const double needed = model.tail(0).surprise_for(threshold, model.age_days());
    scored.upper = CountModel::upper_bound({mean, size, needed});
  }
  compare_silence(model, index, rate.variance, scored);
  return scored;
}

}  // namespace

std::vector<ScoredMinute> rescore(const CountModel& model, core::Minute through, const models::Profile& profile,
                                  double threshold, int minutes) {
  const int64_t last = model.minutes_seen() - 1;
  const int64_t most = std::min<int64_t>({minutes, model.minutes_seen(), MinuteWindows::kCapacity});
  std::vector<ScoredMinute> result;
  for (int64_t back = most - 1; back >= 0; --back)
    result.push_back(rescore_minute(model, last - back, through - static_cast<int32_t>(back), profile, threshold));
  return result;
}

}  // namespace insight::inspect
