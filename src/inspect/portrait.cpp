#include "inspect/portrait.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "inspect/recount.h"
#include "inspect/words.h"
#include "models/calendar.h"
#include "publish/grid.h"

namespace insight::inspect {
namespace {

using core::Minute;
using models::CountModel;
using models::MinuteWindows;
using models::Profile;

constexpr int kHourScale = 3;
constexpr int kHoursPerWeek = 7 * 24;
constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr double kCadenceMinutesMax = 365.0 * core::kMinutesPerDay;   // a damaged record may say anything
constexpr double kUnlike = 0.05;   // of the highest hour: days that differ by less are shown as one

// `name` in a column of its own, then the rest; further lines are indented alike.
class Lines {
 public:
  void line(std::string_view name, std::string_view text) { out_ += fmt::format("  {:<10} {}\n", name, text); }
  void text(std::string_view text) { out_ += text; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string window_name(int scale) { return fmt::format("{} min", MinuteWindows::length(scale)); }

// Calls expected per minute for each hour of the week, from Monday 00:00 UTC on.
std::vector<double> week_of(const CountModel& model, Minute through, const Profile& profile) {
  const int32_t monday = through.value - models::minute_of_week(through.value);
  std::vector<double> rates;
  for (int hour = 0; hour < kHoursPerWeek; ++hour)
    rates.push_back(model.season().rate(monday + 60 * hour, profile, model.dispersion(kHourScale)).base);
  return rates;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

bool alike(std::span<const double> one, std::span<const double> other, double top) {
  for (size_t i = 0; i < one.size(); ++i)
    if (std::abs(one[i] - other[i]) > kUnlike * top) return false;
  return true;
}

std::string range_text(std::span<const double> day) {
  const auto [low, high] = std::minmax_element(day.begin(), day.end());
  if (*high - *low < 0.05 * *high) return fmt::format("about {} a minute, at any hour", figure(mean_of(day)));
  return fmt::format("{} a minute at {:02}:00, {} at {:02}:00", figure(*low), low - day.begin(), figure(*high),
                     high - day.begin());
}

// Days in a row that are alike are one line.
void write_week(Lines& lines, const CountModel& model, Minute through, const Profile& profile) {
  const std::vector<double> week = week_of(model, through, profile);
  const double top = *std::max_element(week.begin(), week.end());
  const auto day = [&](size_t n) { return std::span(week).subspan(24 * n, 24); };
  std::string name = "week";
  for (size_t first = 0, next = 0; first < kDays.size(); first = next) {
    for (next = first + 1; next < kDays.size() && alike(day(first), day(next), top); ++next) {
    }
    const std::string days =
        next - first == 1 ? std::string(kDays[first]) + "    " : fmt::format("{}-{}", kDays[first], kDays[next - 1]);
    lines.line(name, fmt::format("{} {}  {}", days, sparkline(day(first), top), range_text(day(first))));
    name.clear();
  }
  if (!model.season().follows_minute_of_hour()) return;
  std::vector<double> minutes;
  const int32_t hour = through.value - models::minute_of_hour(through.value);
  for (int32_t m = 0; m < 60; ++m)
    minutes.push_back(model.season().rate(hour + m, profile, model.dispersion(kHourScale)).rate);
  const auto most = std::max_element(minutes.begin(), minutes.end()) - minutes.begin();
  lines.line("hour", fmt::format("{}  most in minute {} of the hour", sparkline(minutes), most));
}

void write_spread(Lines& lines, const CountModel& model) {
  std::string text = "beyond chance:";
  for (int scale = 0; scale < MinuteWindows::kScales; ++scale)
    text += fmt::format("{} ±{:.0f} % in {}", scale == 0 ? "" : ",",
                        100 * std::sqrt(std::max(model.dispersion(scale), 0.0)), window_name(scale));
  lines.line("spread", text);
}

// How often the series reaches the tail threshold by itself, and how far its peaks go beyond.
std::string extremes(double threshold, double per_day, double mean_excess) {
  const std::string often = per_day >= 1 ? fmt::format("{} times a day", figure(per_day))
                                         : fmt::format("once in {} days", figure(1 / std::max(per_day, 1e-9)));
  return fmt::format("surprise reaches {} {}, and goes {} beyond on average", figure(threshold), often,
                     figure(mean_excess));
}

void write_tail(Lines& lines, const CountModel& model) {
  static constexpr std::array<std::string_view, 4> kNames = {"increases in up to 15 min", "increases in 1 and 4 h",
                                                             "decreases in up to 15 min", "decreases in 1 and 4 h"};
  std::string_view name = "extremes";
  for (int which = 0; which < 4; ++which) {
    const models::TailModel& tail = model.tail(which);
    const double per_day = tail.clusters_per_day(model.age_days());
    lines.line(name, fmt::format("{}: {}", kNames[static_cast<size_t>(which)],
                                 extremes(models::TailModel::kThreshold, per_day, tail.mean_excess(model.age_days()))));
    name = "";
  }
}

void write_cadence(Lines& lines, const CountModel& model, Minute through) {
  const models::Cadence::Job* job = model.cadence().best();
  if (job == nullptr) {
    lines.line("cadence", "no job that runs by the clock");
    return;
  }
  const double last = static_cast<double>(through.value);
  const Minute due =
      through + static_cast<int32_t>(std::lround(std::clamp(job->due - last, -kCadenceMinutesMax, kCadenceMinutesMax)));
  const double runs = static_cast<double>(job->hits) + static_cast<double>(job->misses);
  lines.line(
      "cadence",
      fmt::format("runs every {} (±{} min), {} calls a run (±{:.0f} %), {:.0f} % of {} runs on time; next at {}",
                  length_text(std::round(job->gap)), figure(std::round(10 * job->jitter) / 10), figure(job->size),
                  100 * job->size_variability, 100 * job->hits / runs, figure(runs), time_text(due)));
}

void write_machine(Lines& lines, const detect::InsightMachine& machine, bool guard_open) {
  if (machine.is_open()) {
    const detect::OpenInsight& insight = machine.insight();
    lines.line("now", fmt::format("INSIGHT OPEN: {} since {}, score {}, window of {} min, expected {} ({} to {})",
                                  core::to_string(insight.reason), time_text(insight.start), figure(insight.score),
                                  insight.window_minutes, figure(insight.expected.mean), figure(insight.expected.lower),
                                  figure(insight.expected.upper)));
  } else {
    lines.line("now", machine.end() == core::kNoMinute
                          ? std::string("quiet; no insight so far")
                          : fmt::format("quiet; the last insight ended {}", time_text(machine.end())));
  }
  if (guard_open) lines.line("", "what comes now looks anomalous and is hardly learned");
}

std::string why(const ScoredMinute& scored) {
  if (scored.window == 0) return "as expected";
  return fmt::format("{} in {} min where {} expected, surprise {}", figure(scored.observed), scored.window,
                     figure(scored.mean), figure(scored.surprise));
}

std::string last_minutes(const CountModel& model, Minute through, const Profile& profile, double threshold,
                         int minutes) {
  std::vector<std::vector<std::string>> rows = {{"minute", "count", "expected", "opens from", "score", "because"}};
  for (const ScoredMinute& scored : rescore(model, through, profile, threshold, minutes))
    rows.push_back({clock_text(scored.minute), figure(scored.count), figure(scored.expected), figure(scored.upper),
                    figure(scored.score) + (scored.score >= threshold ? " !" : ""), why(scored)});
  if (rows.size() == 1) return "";
  return fmt::format("  The last minutes, scored with what is known now. A score of {} opens an insight.\n",
                     figure(threshold)) +
         columns(rows, 4);
}

std::string known_text(const detect::Acquaintance& acquaintance, Minute through) {
  if (acquaintance.first_seen == core::kNoMinute) return "nothing yet";
  return fmt::format("since {} ({}), {} of its minutes had calls", time_text(acquaintance.first_seen),
                     length_text(through - acquaintance.first_seen + 1), acquaintance.active_minutes);
}

void write_counts(Lines& lines, const CountModel& model, Minute through, const Profile& profile) {
  const std::vector<double> week = week_of(model, through, profile);
  lines.line("level", fmt::format("{} a minute over a week, {} expected at {}; at {:.0f} % of that lately",
                                  figure(mean_of(week)), figure(model.expected(through.value, profile)),
                                  clock_text(through), 100 * model.fast_ratio()));
  write_week(lines, model, through, profile);
  write_spread(lines, model);
  write_tail(lines, model);
  write_cadence(lines, model, through);
}

void write_calls(Lines& lines, const state::ApiState& api, const Profile& profile, const Sight& sight) {
  const state::CallTrack& track = *api.calls;
  if (!track.series) return;
  const CountModel& model = track.series->model();
  lines.text("\ncalls\n");
  lines.line("known", known_text(track.series->acquaintance(), api.through));
  write_counts(lines, model, api.through, profile);
  write_machine(lines, track.machine, model.guard_open());
  lines.text(last_minutes(model, api.through, profile, sight.call_threshold, sight.minutes));
}

std::string last_errors(const models::ErrorRateModel& model, Minute through, double threshold, int minutes) {
  std::vector<std::vector<std::string>> rows = {{"minute", "errors", "calls", "expected", "score by itself"}};
  const auto known = static_cast<int>(std::min<int64_t>({model.minutes_seen(), 60, minutes}));
  for (int back = known - 1; back >= 0; --back) {
    const Minute minute = through - back;
    const auto counted = model.minute_back(back);
    const double score = model.minute_value(minute.value, counted.errors, counted.calls);
    rows.push_back({clock_text(minute), figure(counted.errors), figure(counted.calls),
                    figure(counted.calls * model.error_rate()), figure(score) + (score >= threshold ? " !" : "")});
  }
  if (rows.size() == 1) return "";
  return fmt::format("  The last minutes, scored with what is known now. A score of {} opens an insight.\n",
                     figure(threshold)) +
         columns(rows, 4);
}

void write_errors(Lines& lines, const state::ApiState& api, const state::ErrorTrack& track, const Sight& sight) {
  if (!track.series) return;
  const models::ErrorRateModel& model = track.series->model();
  lines.text(fmt::format("\nerror {}\n", publish::printable(track.code)));
  lines.line("known", known_text(track.series->acquaintance(), api.through));
  lines.line("rate", fmt::format("{} % of calls, from about {} calls; {} errors expected in an hour like this one",
                                 figure(100 * model.error_rate()), figure(model.calls_known()),
                                 figure(model.habit().expected(api.through.value, 60))));
  lines.line("spread", fmt::format("a call fails with {} % more probability if another of its 5 min does",
                                   figure(100 * model.correlation(1))));
  const models::ErrorTail& tail = model.tail();
  lines.line("extremes", extremes(models::ErrorTail::kThreshold, tail.clusters_per_day(model.known()),
                                  tail.mean_excess(model.age_days())));
  write_machine(lines, track.machine, model.guard_open());
  lines.text(last_errors(model, api.through, sight.error_threshold, sight.minutes));
}

std::string state_text(const state::ApiState& api) {
  if (api.calls && api.calls->machine.is_open())
    return fmt::format("{} since {}", core::to_string(api.calls->machine.insight().reason),
                       time_text(api.calls->machine.insight().start));
  for (const state::ErrorTrack& track : api.errors)
    if (track.machine.is_open())
      return fmt::format("{} since {}", publish::printable(track.code), time_text(track.machine.insight().start));
  return "quiet";
}

}  // namespace

std::string portrait(const Subject& subject, const Sight& sight) {
  const state::ApiState& api = *subject.api;
  Lines lines;
  lines.text(fmt::format("{}  ({} events)\n", publish::printable(core::to_string(api.key.view())),
                         core::to_string(api.key.category())));
  lines.line("learned", fmt::format("up to {} UTC; last call {}", time_text(api.through), time_text(api.last_call)));
  if (api.late_rows > 0) lines.line("late", fmt::format("{} calls came too late to count", api.late_rows));
  if (api.calls) write_calls(lines, api, subject.profiles->calls(api.key.account(), api.through), sight);
  for (const state::ErrorTrack& track : api.errors) write_errors(lines, api, track, sight);
  if (!api.begun) lines.text("Nothing is learned of it yet: its first minute is still open.\n");
  return lines.take();
}

std::string listing(std::span<const Subject> subjects) {
  if (subjects.empty()) return "No API is known yet.\n";
  std::vector<std::vector<std::string>> rows = {
      {"API", "account", "Region", "calls a minute", "error codes", "known since", "last call", "now"}};
  for (const Subject& subject : subjects) {
    const state::ApiState& api = *subject.api;
    std::string level = "-";
    std::string known = "-";
    if (api.calls && api.calls->series) {
      const detect::CallSeries& series = *api.calls->series;
      const Profile& profile = subject.profiles->calls(api.key.account(), api.through);
      level = figure(mean_of(week_of(series.model(), api.through, profile)));
      known = time_text(series.acquaintance().first_seen);
    }
    rows.push_back({publish::printable(fmt::format("{} {}", api.key.view().source, api.key.name())),
                    publish::printable(api.key.account()), publish::printable(api.key.view().region), level,
                    std::to_string(api.errors.size()), known, time_text(api.last_call), state_text(api)});
  }
  return columns(rows, 0);
}

bool is_meant(const core::ApiKeyView& key, std::string_view pattern) {
  if (pattern.find('/') == std::string_view::npos) return matches(key.name, pattern);
  return matches(core::to_string(key), pattern);
}

}  // namespace insight::inspect
