#include "partition/minute_sums.h"

#include <algorithm>
#include <map>

namespace insight::partition {

using core::Attribute;
using count::SlotSignature;
using state::ApiState;
using state::MinuteSums;

namespace {

constexpr std::string_view kMissingValue = "null";

void add_value(MinuteSums& sums, Attribute attribute, std::string_view value, uint64_t calls) {
  sums.values[static_cast<size_t>(attribute)].add(value.empty() ? kMissingValue : value, calls);
}

// Who and from where.
void add_callers(MinuteSums& sums, core::Category category, const SlotSignature& signature, uint64_t calls) {
  if (!signature.selection.attributed) return;
  const auto value = [&](Attribute attribute) -> std::string_view {
    return signature.values[static_cast<size_t>(attribute)];
  };
  add_value(sums, Attribute::kPrincipal, value(Attribute::kPrincipal), calls);
  add_value(sums, Attribute::kUserAgent, value(Attribute::kUserAgent), calls);
  add_value(sums, Attribute::kAddress, value(Attribute::kAddress), calls);
  if (category == core::Category::kData) add_value(sums, Attribute::kResource, value(Attribute::kResource), calls);
}

void add_error(MinuteTotals& totals, std::string_view code, uint64_t calls) {
  const auto at = std::lower_bound(totals.errors.begin(), totals.errors.end(), code,
                                   [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (at != totals.errors.end() && at->first == code)
    at->second += calls;
  else
    totals.errors.insert(at, {code, calls});
}

}  // namespace

MinuteTotals totals_of(const ApiState& api, const count::OpenMinute& minute) {
  MinuteTotals totals;
  std::map<std::string_view, uint64_t> errors;
  const count::SignatureSlots& slots = api.rows->slots;
  minute.for_each([&](uint32_t slot, uint64_t calls) {
    const auto kind = slots.kind(slot);
    if (kind.call_rate) totals.calls += calls;
    if (!kind.error_rate) return;
    totals.attempts += calls;
    if (kind.failed) errors[slots.at(slot).error_code()] += calls;
  });
  // New codes are taken in their own order, whatever the order of arrival, until the API has its fill.
  size_t room = ApiState::kErrorCodesMax - std::min(api.errors.size(), ApiState::kErrorCodesMax);
  uint64_t others = 0;
  for (const auto& [code, calls] : errors) {
    const bool known = api.find_error(code) != nullptr;
    if (!known && room == 0) {
      others += calls;
      continue;
    }
    if (!known) --room;
    totals.errors.emplace_back(code, calls);
  }
  if (others > 0) add_error(totals, ApiState::kOtherErrors, others);
  return totals;
}

void call_sums(const ApiState& api, const count::OpenMinute& minute, MinuteSums& sums) {
  sums.clear();
  minute.for_each([&](uint32_t slot, uint64_t calls) {
    const SlotSignature& signature = api.rows->slots.at(slot);
    if (!signature.selection.call_rate) return;
    sums.total += calls;
    add_callers(sums, api.key.category(), signature, calls);
    add_value(sums, Attribute::kErrorCode, signature.error_code(), calls);
  });
}

void error_sums(const ApiState& api, const count::OpenMinute& minute, std::string_view code, MinuteSums& sums) {
  sums.clear();
  minute.for_each([&](uint32_t slot, uint64_t calls) {
    const SlotSignature& signature = api.rows->slots.at(slot);
    if (!signature.selection.error_rate || signature.error_code().empty()) return;
    if (api.counted_code(signature.error_code()) != code) return;
    sums.total += calls;
    add_callers(sums, api.key.category(), signature, calls);
  });
}

}  // namespace insight::partition
