#include "select/selector.h"

#include <string_view>

namespace insight::select {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty() || pattern == "*") return true;
  const bool open_front = pattern.front() == '*';
  const bool open_back = pattern.back() == '*';
  if (open_front) pattern.remove_prefix(1);
  if (open_back) pattern.remove_suffix(1);
  if (open_front && open_back) return text.find(pattern) != std::string_view::npos;
  if (open_front) return text.ends_with(pattern);
  if (open_back) return text.starts_with(pattern);
  return text == pattern;
}

bool matches(const Rule& rule, const core::ApiKeyView& api) {
  return matches(rule.account, api.account) && matches(rule.region, api.region) && matches(rule.source, api.source) &&
         matches(rule.name, api.name);
}

core::Selection by_category(const core::CallEvent& event) {
  switch (event.api.category) {
    case core::Category::kManagement: return {.call_rate = !event.read_only, .error_rate = true, .attributed = true};
    case core::Category::kData: return {.call_rate = true, .error_rate = true, .attributed = true};
    case core::Category::kNetworkActivity:
    case core::Category::kInsight: return {};
  }
  return {};
}

}  // namespace

core::Selection Selector::select(const core::CallEvent& event) const {
  core::Selection selection = by_category(event);
  for (const Rule& rule : rules_) {
    if (!matches(rule, event.api)) continue;
    if (!rule.include) return {};
    selection.call_rate = selection.call_rate && rule.call_rate;
    selection.error_rate = selection.error_rate && rule.error_rate;
    return selection;
  }
  return selection;
}

}  // namespace insight::select
