#include "tests/unit/partition/random_world.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace insight::partition::test {

using core::Minute;

namespace {

constexpr uint32_t kOrigins = 3;
constexpr int kApis = 16;
constexpr int kAllSilentMinutes = 60;

}  // namespace

RandomWorld::RandomWorld(uint64_t seed, const WorldOptions& options) : options_(options) {
  Random random(seed);
  all_silent_ = begin() + options_.hours * 60 * 2 / 3;
  make_apis(random);
  for (const Api& api : apis_) make_calls(random, api);
  std::stable_sort(calls_.begin(), calls_.end(), [](const Call& a, const Call& b) { return a.minute < b.minute; });
  uint64_t id = 0;
  for (Call& call : calls_) call.id = ++id * 0x9e3779b97f4a7c15ULL;
}

void RandomWorld::make_apis(Random& random) {
  for (int i = 0; i < kApis; ++i) {
    Api api;
    api.name = fmt::format("Api{:02}", i);
    api.account = i % 5 == 0 ? "444455556666" : "111122223333";
    api.region = i % 7 == 0 ? "us-east-1" : "eu-central-1";
    api.level = std::exp(random.unit() * 5.0 - 2.5);
    api.error_share = random.chance(0.5) ? random.unit() * 0.2 : 0;
    api.born = random.chance(0.5) ? begin() : some_minute(random);
    api.quiet_from = random.chance(0.4) ? begin() + random.between(60, 480) : end();
    api.burst = some_minute(random);
    api.burst_minutes = random.between(1, 40);
    api.failing = random.chance(0.5) ? some_minute(random) : end();
    api.silent = some_minute(random);
    api.silent_minutes = random.between(0, 90);
    apis_.push_back(std::move(api));
  }
}

void RandomWorld::make_calls(Random& random, const Api& api) {
  for (Minute minute = api.born; minute < std::min(api.quiet_from, end()); ++minute) {
    if (minute >= all_silent_ && minute < all_silent_ + kAllSilentMinutes) continue;
    if (minute >= api.silent && minute < api.silent + api.silent_minutes) continue;
    const bool bursting = minute >= api.burst && minute < api.burst + api.burst_minutes;
    const bool failing = minute >= api.failing && minute < api.failing + 20;
    const int calls = random.poisson(std::min(api.level * (bursting ? 10.0 : 1.0) + (bursting ? 3.0 : 0.0), 60.0));
    for (int i = 0; i < calls; ++i) {
      Call call;
      call.minute = minute;
      call.name = api.name;
      call.account = api.account;
      call.region = api.region;
      call.principal = fmt::format("arn:aws:iam::{}:role/r{}", api.account, random.below(bursting ? 90 : 4));
      call.agent = fmt::format("agent/{}", random.below(3));
      call.origin = static_cast<uint32_t>(random.below(kOrigins));
      if (random.chance(failing ? 0.8 : api.error_share))
        call.error = random.chance(0.7) ? "AccessDenied" : "Throttling";
      if (options_.error_floods && failing && random.chance(0.5)) call.error = fmt::format("Code{}", random.below(100));
      calls_.push_back(std::move(call));
    }
  }
}

CallsLog RandomWorld::deliver(uint64_t seed) const {
  Random random(seed);
  std::vector<Delivery> deliveries;
  const auto copy_at = [&](Minute at, Minute minute) {
    return options_.late_rows ? at : std::min(at, minute + (kLatenessMinutes - 1));
  };
  for (size_t i = 0; i < calls_.size(); ++i) {
    const Minute minute = calls_[i].minute;
    // Disorder stays a minute within the lateness: the newest event of a minute may come in its first batch.
    Delivery first{minute + (random.chance(0.7) ? 0 : random.between(0, kLatenessMinutes - 1)), random.next(), i};
    if (options_.late_rows && random.chance(0.002)) first.at = minute + random.between(kLatenessMinutes + 2, 45);
    if (options_.late_rows && random.chance(0.003)) {
      first.at = minute + random.between(0, 45);
      first.lost_batch = true;
    }
    deliveries.push_back(first);
    if (random.chance(0.1))
      deliveries.push_back(
          {.at = copy_at(first.at + random.between(0, 2), minute), .place = random.next(), .call = i, .copy = true});
    if (options_.late_rows && random.chance(0.02))
      deliveries.push_back({.at = first.at + random.between(0, 60), .place = random.next(), .call = i, .again = true});
  }
  std::sort(deliveries.begin(), deliveries.end(),
            [](const Delivery& a, const Delivery& b) { return std::tie(a.at, a.place) < std::tie(b.at, b.place); });

  CallsLog log(kOrigins);
  std::map<size_t, int64_t> offsets;   // of first deliveries
  // Every partition has been heard of before anything closes.
  for (uint32_t origin = 0; origin < kOrigins; ++origin) log.note_event(begin(), origin);
  Minute now = begin();
  const auto tick = [&](Minute to) {
    for (; now < to; ++now) {
      log.send();
      // Unselected events keep the input partitions' time going, but in the hour of silence, half of the time.
      const bool silent = now >= all_silent_ && now < all_silent_ + kAllSilentMinutes / 2;
      for (uint32_t origin = 0; origin < kOrigins && !silent; ++origin) log.note_event(now + 1, origin);
      if (options_.gaps && random.chance(0.002)) {
        const int32_t first = random.between(-40, 40);
        log.note_missing(now + first, now + (first + random.between(0, 30)));
      }
      if (options_.older_history && now == begin() + options_.hours * 30) log.note_event(begin() - 1700, 1);
    }
  };
  for (const Delivery& delivery : deliveries) {
    tick(delivery.at);
    Call call = calls_[delivery.call];
    if (delivery.copy) call.origin = (call.origin + 1) % kOrigins;
    if (delivery.again && offsets.contains(delivery.call)) call.offset = offsets[delivery.call];
    if (delivery.lost_batch) call.offset = log.skip_offset(call.origin);
    if (!delivery.copy && !delivery.again)
      offsets[delivery.call] = call.offset >= 0 ? call.offset : log.next_offset(call.origin);
    log.add(call);
    if (random.chance(0.02)) log.send();
  }
  tick(end() + 2 * kLatenessMinutes);
  return log;
}

}  // namespace insight::partition::test
