#include "app/draw.h"

#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "app/feeder.h"
#include "app/progress_bar.h"
#include "app/replay_engine.h"
#include "inspect/chart.h"
#include "inspect/portrait.h"
#include "models/threshold.h"

namespace insight::app {
namespace {

constexpr size_t kNamesShownMax = 5;

int refuse(const std::string& why) {
  std::cerr << "insightd: " << why << '\n';
  return 2;
}

// The minute that `text` lies in; `otherwise` if it is empty; nothing if it is no time.
std::optional<core::Minute> minute_or(const std::string& text, core::Minute otherwise) {
  if (text.empty()) return otherwise;
  const auto time = core::parse_iso(text);
  if (!time) return std::nullopt;
  return core::minute_of(*time);
}

// Why there is no picture of one series; empty if there is.
std::string missing_series(const inspect::Trace& trace) {
  const inspect::TraceRequest& request = trace.request();
  if (trace.apis().empty()) return fmt::format("no API that is called {} has calls that count.", request.api);
  if (trace.apis().size() > 1) {
    std::string names;
    size_t shown = 0;
    for (const auto& key : trace.apis()) {
      if (++shown > kNamesShownMax) break;
      names += (shown > 1 ? ", " : "") + core::to_string(key.view());
    }
    return fmt::format("{} is the name of {} APIs, and a picture shows one: say which, like {}.", request.api,
                       trace.apis().size(), names);
  }
  if (trace.points().empty())
    return fmt::format("{} has no minutes of {} in that time.", request.api,
                       request.error_code.empty() ? "calls" : "the error " + request.error_code);
  return "";
}

bool write(const std::string& path, const std::string& svg) {
  if (path == "-") return static_cast<bool>(std::cout << svg << std::flush);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << svg;
  return static_cast<bool>(file.flush());
}

}  // namespace

int draw(const settings::Settings& settings, const DrawArguments& arguments) {
  const auto from = minute_or(arguments.from, core::Minute{INT32_MIN});
  const auto until = minute_or(arguments.until, core::Minute{INT32_MAX});
  if (!from || !until)
    return refuse(
        fmt::format("{} is no time; write it like 2026-03-12T04:00:00Z.", from ? arguments.until : arguments.from));
  if (*from >= *until) return refuse("--from must be before --until.");
  const bool errors = !arguments.error.empty();
  const double budget = settings.detection.alert_budget;
  inspect::Trace trace({arguments.api, arguments.error, *from, *until,
                        errors ? models::error_threshold(budget) : models::call_threshold(budget)});

  const files::Catalog catalog = files::find_inputs(arguments.paths);
  for (const auto& [path, reason] : catalog.unreadable)
    std::cerr << fmt::format("insightd: cannot read {}: {}\n", path, reason);
  std::vector<core::Insight> insights;
  const auto type = errors ? core::InsightType::kErrorRate : core::InsightType::kCallRate;
  ReplayEngine engine(settings, [&](const core::Insight& insight) {
    if (insight.type == type && insight.error_code == arguments.error &&
        inspect::is_meant(insight.api.view(), arguments.api))
      insights.push_back(insight);
  });
  engine.observe(&trace);
  ProgressBar bar(isatty(STDERR_FILENO) != 0);
  Feeder feeder(engine, bar);
  feeder.feed(catalog.inputs, arguments.format);
  engine.finish();
  bar.clear();

  if (const std::string why = missing_series(trace); !why.empty()) return refuse(why);
  inspect::Drawing drawing;
  drawing.title = core::to_string(trace.apis().begin()->view()) + (errors ? "  " + arguments.error : "");
  drawing.unit = errors ? "errors a minute" : "calls a minute";
  drawing.threshold = trace.request().threshold;
  drawing.points = trace.points();
  drawing.insights = insights;
  if (!write(arguments.output, inspect::draw_svg(drawing))) {
    std::cerr << fmt::format("insightd: cannot write {}: {}\n", arguments.output, std::strerror(errno));
    return 1;
  }
  return catalog.unreadable.empty() && feeder.unreadable() == 0 ? 0 : 1;
}

}  // namespace insight::app
