#include "partition/minute_sums.h"

#include <algorithm>

namespace insight::partition {

using core::Attribute;
using count::SlotSignature;
using state::ApiState;
using state::Sums;

namespace {

constexpr std::string_view kMissingValue = "null";

void add_value(Sums& sums, Attribute attribute, std::string_view value, uint64_t calls) {
  if (value.empty()) value = kMissingValue;
  auto& list = sums.values[static_cast<size_t>(attribute)];
  for (auto& kept : list) {
    if (kept.value != value) continue;
    kept.count += calls;
    return;
  }
  list.push_back({std::string(value), calls});
}

// Who and from where.
void add_callers(Sums& sums, core::Category category, const SlotSignature& signature, uint64_t calls) {
  if (!signature.selection.attributed) return;
  const auto value = [&](Attribute attribute) { return signature.values[static_cast<size_t>(attribute)]; };
  add_value(sums, Attribute::kPrincipal, value(Attribute::kPrincipal), calls);
  add_value(sums, Attribute::kUserAgent, value(Attribute::kUserAgent), calls);
  add_value(sums, Attribute::kAddress, value(Attribute::kAddress), calls);
  if (category == core::Category::kData) add_value(sums, Attribute::kResource, value(Attribute::kResource), calls);
}

}  // namespace

MinuteTotals totals_of(ApiState& api, const count::OpenMinute& minute) {
  MinuteTotals totals;
  minute.for_each([&](uint32_t slot, uint64_t calls) {
    const SlotSignature& signature = api.slots.at(slot);
    if (signature.selection.call_rate) totals.calls += calls;
    if (!signature.selection.error_rate) return;
    totals.attempts += calls;
    if (signature.error_code().empty()) return;
    const std::string_view code = api.counted_code(signature.error_code());
    const auto at = std::find_if(totals.errors.begin(), totals.errors.end(),
                                 [&](const auto& entry) { return entry.first == code; });
    if (at == totals.errors.end()) totals.errors.emplace_back(code, calls);
    else at->second += calls;
  });
  std::sort(totals.errors.begin(), totals.errors.end());
  return totals;
}

Sums call_sums(const ApiState& api, const count::OpenMinute& minute) {
  Sums sums;
  minute.for_each([&](uint32_t slot, uint64_t calls) {
    const SlotSignature& signature = api.slots.at(slot);
    if (!signature.selection.call_rate) return;
    sums.total += calls;
    add_callers(sums, api.key.category, signature, calls);
    add_value(sums, Attribute::kErrorCode, signature.error_code(), calls);
  });
  return sums;
}

Sums error_sums(ApiState& api, const count::OpenMinute& minute, std::string_view code) {
  Sums sums;
  minute.for_each([&](uint32_t slot, uint64_t calls) {
    const SlotSignature& signature = api.slots.at(slot);
    if (!signature.selection.error_rate || signature.error_code().empty()) return;
    if (api.counted_code(signature.error_code()) != code) return;
    sums.total += calls;
    add_callers(sums, api.key.category, signature, calls);
  });
  return sums;
}

}  // namespace insight::partition
