#include "tests/scenarios/traffic.h"

#include <algorithm>
#include <cmath>

#include "tools/trail-generator/random.h"

namespace insight::scenarios {
namespace {

using core::Minute;
using trail::Random;

constexpr std::string_view kNoError;
constexpr uint64_t kBurstStream = 1000;
constexpr uint64_t kDeliveryStream = 2000;

bool is_weekend(Minute minute) {
  const std::chrono::weekday day(std::chrono::floor<std::chrono::days>(core::start_of(minute)));
  return day == std::chrono::Saturday || day == std::chrono::Sunday;
}

class Traffic {
 public:
  explicit Traffic(const Scenario& scenario) : scenario_(scenario) {}

  std::vector<Arrival> make() {
    for (int i = 0; i < scenario_.minutes; ++i) {
      minute_ = scenario_.start + i;
      for (size_t api = 0; api < scenario_.apis.size(); ++api) draw_usual(api);
      for (size_t change = 0; change < scenario_.changes.size(); ++change) draw_burst(change);
    }
    deliver();
    return std::move(arrivals_);
  }

 private:
  const Change* change_of(Change::Kind kind, const Api& api) const {
    for (const Change& change : scenario_.changes)
      if (change.kind == kind && change.covers(minute_) && (change.api.empty() || change.api == api.name))
        return &change;
    return nullptr;
  }

  void draw_usual(size_t index) {
    const Api& api = scenario_.apis[index];
    if ((api.from && minute_ < *api.from) || change_of(Change::Kind::kStop, api)) return;
    const Change* times = change_of(Change::Kind::kTimes, api);
    const double mean = expected(api) * (times ? times->rate : 1);
    Random random = stream(index);
    const bool random_count = api.every_minutes == 0 && !api.even;
    const uint64_t count = random_count ? random.poisson(mean) : static_cast<uint64_t>(std::lround(mean));
    const Change* outage = change_of(Change::Kind::kFail, api);
    for (uint64_t n = 0; n < count; ++n) add(api, api.principal, outcome(api, outage, random), random);
  }

  double expected(const Api& api) const {
    const int of_day = minute_ - core::day_of(minute_);
    if (api.every_minutes > 0) {
      const int since = of_day - api.at_minutes;
      const bool runs = since >= 0 && since % api.every_minutes < api.over_minutes;
      return runs ? static_cast<double>(api.calls) / api.over_minutes : 0;
    }
    const bool night = of_day < 6 * 60 || of_day >= 20 * 60;
    return api.rate * (is_weekend(minute_) ? api.weekend : 1) * (night ? api.night : 1);
  }

  static std::string_view outcome(const Api& api, const Change* outage, Random& random) {
    if (outage && random.chance(outage->share)) return outage->error;
    double at = random.uniform();
    for (const auto& [code, share] : api.errors) {
      if (at < share) return code;
      at -= share;
    }
    return kNoError;
  }

  void draw_burst(size_t index) {
    const Change& change = scenario_.changes[index];
    if (change.kind != Change::Kind::kBurst || !change.covers(minute_)) return;
    for (const Api& api : scenario_.apis) {
      if (!change.api.empty() && change.api != api.name) continue;
      Random random = stream(kBurstStream + index);
      const uint64_t count = api.even ? static_cast<uint64_t>(std::lround(change.rate)) : random.poisson(change.rate);
      for (uint64_t n = 0; n < count; ++n)
        add(api, change.principal.empty() ? api.principal : change.principal, change.error, random);
    }
  }

  void add(const Api& api, std::string_view principal, std::string_view error, Random& random) {
    const auto within = core::Duration(static_cast<int64_t>(random.below(60'000)));
    const core::Timestamp time = core::start_of(minute_) + within;
    arrivals_.push_back({time, time, ++calls_, &api, principal, error});
  }

  // A call arrives at its own time, or up to `late` after it; so does its copy, if it has one.
  void deliver() {
    const auto late_ms = static_cast<uint64_t>(scenario_.late_minutes) * 60'000;
    const double copies = scenario_.duplicates / (1 - scenario_.duplicates);
    const size_t calls = arrivals_.size();
    for (size_t i = 0; i < calls; ++i) {
      Random random(scenario_.seed ^ kDeliveryStream, arrivals_[i].id);
      const auto arrives = [&] {
        return arrivals_[i].time + core::Duration(late_ms > 0 ? static_cast<int64_t>(random.below(late_ms)) : 0);
      };
      arrivals_[i].arrives = arrives();
      if (!random.chance(copies)) continue;
      Arrival copy = arrivals_[i];
      copy.arrives = arrives();
      arrivals_.push_back(copy);
    }
    std::sort(arrivals_.begin(), arrivals_.end(), [](const Arrival& a, const Arrival& b) {
      return a.arrives != b.arrives ? a.arrives < b.arrives : a.id < b.id;
    });
  }

  Random stream(uint64_t part) const {
    return Random(scenario_.seed, (static_cast<uint64_t>(static_cast<uint32_t>(minute_.value)) << 32) | part);
  }

  const Scenario& scenario_;
  Minute minute_;
  uint64_t calls_ = 0;
  std::vector<Arrival> arrivals_;
};

}  // namespace

std::vector<Arrival> make_traffic(const Scenario& scenario) { return Traffic(scenario).make(); }

}  // namespace insight::scenarios
