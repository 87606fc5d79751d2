#include "app/top_board.h"

#include <algorithm>

namespace insight::app {
namespace {

std::string top_caller(const core::Insight& insight) {
  for (const auto& attribution : insight.attributions)
    if (attribution.attribute == core::Attribute::kPrincipal && !attribution.insight.empty())
      return attribution.insight.front().value;
  return {};
}

telemetry::TopApi to_top(const inspect::ApiReading& reading) {
  const inspect::TracePoint& calls = reading.calls;
  return {.api = reading.api,
          .calls = calls.count,
          .errors = static_cast<double>(reading.errors),
          .expected = {calls.lower, calls.mean, calls.upper},
          .score = calls.score};
}

// The first `most` in the order of `before`.
template <typename Item, typename Before>
void keep_first(std::vector<Item>& items, size_t most, Before before) {
  const size_t kept = std::min(items.size(), most);
  std::partial_sort(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(kept), items.end(), before);
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(kept), items.end());
}

}  // namespace

void TopBoard::add(int32_t partition, partition::Task& task) {
  if (most_ == 0) return task.observe(nullptr);
  watched_.erase(partition);
  const auto at =
      watched_.emplace(partition, Watched{inspect::Leaders(most_, task.options().call_threshold), {}}).first;
  task.observe(&at->second.leaders);
}

void TopBoard::release(int32_t partition) { watched_.erase(partition); }

void TopBoard::restored(int32_t partition, const partition::Task& task) {
  const auto at = watched_.find(partition);
  if (at == watched_.end()) return;
  auto& open = at->second.open;
  const auto show = [&](const core::PackedApiKey& key, const std::string& code, core::InsightType type,
                        const detect::InsightMachine& machine) {
    if (!machine.is_open()) return;
    const core::ApiKey api(key.view());
    const detect::OpenInsight& insight = machine.insight();
    open[{api, code}] = {insight.start, {api, code, type, insight.reason, {}}};
  };
  for (const auto& api : task.api_states()) {
    if (api->calls) show(api->key, {}, core::InsightType::kCallRate, api->calls->machine);
    for (const auto& track : api->errors) show(api->key, track.code, core::InsightType::kErrorRate, track.machine);
  }
}

void TopBoard::committed(int32_t partition, std::span<const core::Insight> insights) {
  const auto at = watched_.find(partition);
  if (at == watched_.end()) return;
  auto& open = at->second.open;
  for (const core::Insight& insight : insights) {
    if (insight.state == core::InsightState::kEnd)
      open.erase({insight.api, insight.error_code});
    else
      open[{insight.api, insight.error_code}] = {
          insight.start, {insight.api, insight.error_code, insight.type, insight.reason, top_caller(insight)}};
  }
}

void TopBoard::publish(telemetry::Metrics& metrics) const {
  std::vector<telemetry::TopApi> apis;
  std::vector<Open> open;
  for (const auto& [partition, watched] : watched_) {
    for (const auto& [key, reading] : watched.leaders.readings()) apis.push_back(to_top(reading));
    for (const auto& [key, insight] : watched.open) open.push_back(insight);
  }
  keep_first(apis, most_, [](const auto& one, const auto& other) {
    return std::max(one.calls, one.expected.mean) > std::max(other.calls, other.expected.mean);
  });
  keep_first(open, most_, [](const Open& one, const Open& other) { return one.start > other.start; });
  std::vector<telemetry::TopInsight> insights;
  for (auto& each : open) insights.push_back(std::move(each.insight));
  metrics.set_top_apis(apis);
  metrics.set_top_insights(insights);
}

}  // namespace insight::app
