#include "publish/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "publish/event_id.h"
#include "publish/record.h"

namespace insight::publish {
namespace {

using core::Insight;
using core::Reason;

// Below this many events a minute nothing worth naming was expected.
constexpr double kNothingExpected = 0.005;

// One insight: its records, of which one may be missing.
struct Pair {
  const Insight* start = nullptr;
  const Insight* end = nullptr;
  const Insight& decision() const { return start ? *start : *end; }
};

// Two significant digits below ten, whole numbers from there on: "0.04", "2.1", "46".
std::string rate(double per_minute) {
  if (per_minute >= 9.95) return fmt::format("{:.0f}", per_minute);
  std::string text = per_minute >= 0.995 ? fmt::format("{:.1f}", per_minute) : fmt::format("{:.2g}", per_minute);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

double expected_per_minute(const Insight& insight) {
  return insight.expected.mean / std::max(insight.window_minutes, 1);
}

// "s3" of "s3.amazonaws.com": the rest says nothing to a reader of a table.
std::string short_source(const std::string& source) {
  constexpr std::string_view kSuffix = ".amazonaws.com";
  return printable(source.ends_with(kSuffix) ? source.substr(0, source.size() - kSuffix.size()) : source);
}

// What is left of an ARN without partition, service, Region and account: "assumed-role/Admin".
std::string short_principal(const std::string& arn) {
  if (!arn.starts_with("arn:")) return printable(arn == "null" ? "unknown" : arn);
  size_t at = 0;
  for (int colons = 0; colons < 5; ++colons) {
    at = arn.find(':', at);
    if (at == std::string::npos) return printable(arn);
    ++at;
  }
  return printable(arn.substr(at));
}

Cell what(const Insight& insight) {
  Cell cell{{short_source(insight.api.source) + " " + printable(insight.api.name)}, Colour::kNone};
  if (insight.type == core::InsightType::kErrorRate) cell.lines.push_back("error " + printable(insight.error_code));
  return cell;
}

Cell since(const Insight& insight) {
  const std::string time = core::to_iso(insight.start);
  return {{time.substr(0, 10), time.substr(11, 5)}, Colour::kNone};
}

Cell how_far(const Insight& decision) {
  const auto [seen, expected] = describe_deviation(decision);
  return {{seen, expected}, decision.reason == Reason::kIncrease ? Colour::kRed : Colour::kYellow};
}

// The identity that made most of the unusual calls, or where there are none, of the usual ones.
Cell who(const Insight& decision) {
  for (const core::Attribution& each : decision.attributions) {
    if (each.attribute != core::Attribute::kPrincipal) continue;
    const bool unusual = !each.insight.empty();
    const auto& values = unusual ? each.insight : each.baseline;
    const double all = unusual ? decision.insight_average : decision.baseline_average;
    if (values.empty()) break;
    Cell cell{{short_principal(values.front().value)}, Colour::kNone};
    if (all > 0) {
      const int percent = static_cast<int>(std::lround(std::min(100.0, 100 * values.front().average / all)));
      cell.lines.push_back(fmt::format("{} % of {}", percent, unusual ? "these" : "the usual"));
    }
    return cell;
  }
  return {{"-"}, Colour::kNone};
}

std::string duration(int minutes) {
  if (minutes < 120) return fmt::format("{} min", minutes);
  return minutes % 60 == 0 ? fmt::format("{} h", minutes / 60) : fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

Cell state(const Pair& pair) {
  if (!pair.end) return {{"open"}, Colour::kRed};
  return {{"ended after", duration(pair.end->duration_minutes)}, Colour::kGreen};
}

// In the order in which the table lists them.
auto pair_up(std::span<const Insight> insights) {
  std::map<std::tuple<core::Minute, std::string, std::string>, Pair> pairs;
  for (const Insight& insight : insights) {
    Pair& pair = pairs[{insight.start, kafka_key(insight), shared_event_id(insight)}];
    (insight.state == core::InsightState::kStart ? pair.start : pair.end) = &insight;
  }
  return pairs;
}

}  // namespace

std::pair<std::string, std::string> describe_deviation(const Insight& decision) {
  const double mean = expected_per_minute(decision);
  const std::string expected = mean < kNothingExpected ? "none" : rate(mean);
  if (decision.reason == Reason::kMissedRun)
    return {"missed its run", rate(decision.expected.mean) + " calls expected"};
  if (decision.reason == Reason::kSilence) return {"silent", expected + " a minute expected"};

  std::string against = fmt::format("against {} expected", expected);
  if (mean >= kNothingExpected) against += ", ×" + rate(decision.insight_average / mean);
  return {rate(decision.insight_average) + " a minute", against};
}

std::string to_table(std::span<const Insight> insights, const GridStyle& style) {
  if (insights.empty()) return "Nothing unusual.\n";
  std::vector<GridRow> rows;
  for (const auto& [key, pair] : pair_up(insights)) {
    const Insight& decision = pair.decision();
    rows.push_back({what(decision),
                    {{printable(decision.api.account), printable(decision.api.region)}, Colour::kNone},
                    since(decision),
                    how_far(decision),
                    who(decision),
                    state(pair)});
  }
  return draw_grid(
      {{"what", true}, {"where", true}, {"since (UTC)"}, {"how far from expected"}, {"who", true}, {"state"}}, rows,
      style);
}

}  // namespace insight::publish
