#include "trail-generator/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "trail-generator/gzip_file.h"

namespace insight::trail {
namespace {

constexpr int kSlotMinutes = 5;
constexpr double kDelaySecondsMedian = 120;
constexpr double kDelaySpread = 0.6;         // of the logarithm
constexpr double kDelaySecondsMin = 20;
constexpr double kDelaySecondsMax = 260;
// Copies are a fifth of what is delivered.
constexpr double kCopyProbability = 0.25;
constexpr uint64_t kDeliveryStream = 0x44454C4956455200;
constexpr uint64_t kFileStream = 0x46494C4500000000;

}  // namespace

Delivery::Delivery(std::filesystem::path root, std::string account, std::string region, uint64_t seed)
    : root_(std::move(root)), account_(std::move(account)), region_(std::move(region)), seed_(seed) {}

void Delivery::add(core::Timestamp time, uint64_t id, std::string record) {
  Random random(seed_ ^ kDeliveryStream, id);
  const core::Minute slot = slot_of(time, random);
  if (random.chance(kCopyProbability)) {
    const core::Minute other = slot_of(time, random);
    Slot& copy = slots_[other];
    (other == slot ? copy.copies : copy.records).push_back(record);
    ++counts_.copies;
  }
  slots_[slot].records.push_back(std::move(record));
}

void Delivery::flush_before(core::Minute minute) {
  while (!slots_.empty() && slots_.begin()->first < minute) {
    auto slot = slots_.extract(slots_.begin());
    write_file(slot.key(), slot.mapped().records, 0);
    write_file(slot.key(), slot.mapped().copies, 1);
  }
}

core::Minute Delivery::slot_of(core::Timestamp time, Random& random) const {
  const double seconds =
      std::clamp(kDelaySecondsMedian * std::exp(kDelaySpread * random.normal()), kDelaySecondsMin, kDelaySecondsMax);
  const core::Minute available = core::minute_of(time + core::Duration(static_cast<int64_t>(seconds * 1000)));
  return {available.value - available.value % kSlotMinutes + kSlotMinutes};
}

void Delivery::write_file(core::Minute slot, std::vector<std::string>& records, uint64_t part) {
  if (records.empty()) return;
  Random random(seed_ ^ kFileStream, static_cast<uint64_t>(slot.value) * 2 + part);
  for (size_t i = records.size() - 1; i > 0; --i) std::swap(records[i], records[random.below(i + 1)]);

  std::string name;
  random.append_characters(name, 16, kAlphanumeric);
  const std::string time = core::to_iso(slot);   // 2026-03-02T00:05:00Z
  const auto folder =
      root_ / "AWSLogs" / account_ / "CloudTrail" / region_ / time.substr(0, 4) / time.substr(5, 2) / time.substr(8, 2);
  std::filesystem::create_directories(folder);
  name = fmt::format("{}_CloudTrail_{}_{}{}{}T{}{}Z_{}.json.gz", account_, region_, time.substr(0, 4),
                     time.substr(5, 2), time.substr(8, 2), time.substr(11, 2), time.substr(14, 2), name);

  const std::string text = fmt::format(R"({{"Records":[{}]}})", fmt::join(records, ","));
  write_gzip(folder / name, text);
  counts_.records += records.size();
  counts_.bytes += text.size();
  ++counts_.files;
}

}  // namespace insight::trail
