#include "inspect/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <ranges>
#include <vector>

#include "inspect/words.h"
#include "publish/event_id.h"
#include "publish/grid.h"

namespace insight::inspect {
namespace {

using core::Minute;

constexpr double kWidth = 960;
constexpr double kHeight = 400;
constexpr double kLeft = 54;
constexpr double kRight = kWidth - 16;
constexpr double kCountsTop = 48;
constexpr double kCountsBottom = 268;
constexpr double kScoresTop = 296;
constexpr double kScoresBottom = 368;
constexpr double kAxisStep = 24;
constexpr size_t kBinsMax = 600;
constexpr double kScoreMax = 100;

// Minutes drawn at one place.
struct Bin {
  Minute minute;           // the first
  double highest = 0;
  double mean_count = 0;
  double expected = 0;
  double lower = 0;
  double upper = 0;
  double score = 0;
  bool missing = true;     // all of them
};

struct InsightSpan {
  Minute start;
  Minute end;
  std::string label;
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : publish::printable(text)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

std::vector<Bin> bins_of(std::span<const TracePoint> points) {
  const size_t per_bin = (points.size() + kBinsMax - 1) / kBinsMax;
  std::vector<Bin> bins;
  for (size_t first = 0; first < points.size(); first += per_bin) {
    const auto part = points.subspan(first, std::min(per_bin, points.size() - first));
    const double share = 1.0 / static_cast<double>(part.size());
    Bin bin;
    bin.minute = part.front().minute;
    for (const TracePoint& point : part) {
      bin.highest = std::max(bin.highest, point.count);
      bin.mean_count += share * point.count;
      bin.expected += share * point.mean;
      bin.lower += share * point.lower;
      bin.upper += share * std::min(point.upper, 1e9);
      bin.score = std::max(bin.score, point.score);
      bin.missing = bin.missing && point.missing;
    }
    bins.push_back(bin);
  }
  return bins;
}

// Pairs of Start and End; one that is open, or an End whose Start was not seen, is cut at the picture's edge.
std::vector<InsightSpan> spans_of(std::span<const core::Insight> insights, Minute from, Minute until) {
  std::map<std::string, InsightSpan> by_id;
  for (const core::Insight& insight : insights) {
    InsightSpan& span =
        by_id.try_emplace(publish::shared_event_id(insight), InsightSpan{insight.start, until, {}}).first->second;
    if (insight.state == core::InsightState::kEnd) span.end = insight.event_time();
    span.label = fmt::format("{}, score {}", core::to_string(insight.reason), figure(insight.score));
  }
  std::vector<InsightSpan> spans;
  for (auto& [id, span] : by_id) {
    span.start = std::max(span.start, from);
    span.end = std::min(span.end, until);
    if (span.start < span.end) spans.push_back(span);
  }
  std::sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  return spans;
}

// The least round number that `value` does not exceed.
double round_up(double value) {
  const double unit = std::pow(10.0, std::floor(std::log10(std::max(value, 1.0))));
  for (const double times : {1.0, 2.0, 3.0, 5.0, 7.0})
    if (times * unit >= value) return times * unit;
  return 10 * unit;
}

class Chart {
 public:
  explicit Chart(const Drawing& drawing) : drawing_(drawing), bins_(bins_of(drawing.points)) {
    from_ = drawing.points.front().minute;
    until_ = drawing.points.back().minute + 1;
    double highest = 1;
    std::vector<double> uppers;
    for (const Bin& bin : bins_) {
      highest = std::max({highest, bin.highest, bin.expected});
      uppers.push_back(bin.upper);
    }
    // The band is to be seen, but does not set the scale alone: a young series allows any count.
    std::nth_element(uppers.begin(), uppers.begin() + static_cast<std::ptrdiff_t>(uppers.size() / 2), uppers.end());
    top_ = round_up(std::max(highest, std::min(uppers[uppers.size() / 2], 4 * highest)));
  }

  std::string draw() {
    open();
    insights();
    band();
    counts();
    axis();
    scores();
    times();
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  double x(Minute minute) const {
    return kLeft + (kRight - kLeft) * static_cast<double>(minute - from_) / static_cast<double>(until_ - from_);
  }
  double x_of(const Bin& bin) const { return x(bin.minute); }
  double y(double count) const {
    const double share = std::sqrt(std::clamp(count / top_, 0.0, 1.0));
    return kCountsBottom - (kCountsBottom - kCountsTop) * share;
  }
  static double score_y(double score) {
    const double share = std::sqrt(std::clamp(score / kScoreMax, 0.0, 1.0));
    return kScoresBottom - (kScoresBottom - kScoresTop) * share;
  }

  void text(double at_x, double at_y, std::string_view anchor, std::string_view content, std::string_view more = "") {
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", at_x, at_y, anchor, more,
                        escaped(content));
  }
  void line(double x1, double y1, double x2, double y2, std::string_view style) {
    out_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1, x2, y2, style);
  }

  void open() {
    out_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
        "font-family=\"sans-serif\" font-size=\"11\" fill=\"#333\">\n<rect width=\"{0}\" height=\"{1}\" "
        "fill=\"#fff\"/>\n",
        kWidth, kHeight);
    text(kLeft, 20, "start", drawing_.title, " font-size=\"14\" font-weight=\"bold\"");
    text(kLeft, 36, "start", drawing_.unit + " (line) and what was expected (dashed, with bounds), square-root scale");
    text(kLeft, kScoresTop - 8, "start",
         fmt::format("score; {} opens an insight, 100 is a missed run", figure(drawing_.threshold)));
  }

  // Labels take turns at three heights, so that neighbours do not cover each other.
  void insights() {
    int turn = 0;
    for (const InsightSpan& span : spans_of(drawing_.insights, from_, until_)) {
      const double left = x(span.start);
      const double width = std::max(x(span.end) - left, 1.5);
      for (const auto& [upper, lower] : {std::pair(kCountsTop, kCountsBottom), std::pair(kScoresTop, kScoresBottom)})
        out_ += fmt::format(
            "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"#d33\" fill-opacity=\"0.18\"/>\n", left,
            upper, width, lower - upper);
      const bool at_right = left > 0.8 * kRight;
      text(at_right ? left - 3 : left + width + 3, kCountsTop + 12 + 13 * (turn++ % 3), at_right ? "end" : "start",
           span.label, " fill=\"#a11\"");
    }
  }

  // Neighbours that follow each other without a gap are one shape.
  template <typename F>
  void for_each_run(F&& draw_run) const {
    for (size_t first = 0; first < bins_.size();) {
      size_t next = first;
      while (next < bins_.size() && !bins_[next].missing) ++next;
      if (next > first) draw_run(std::span(bins_).subspan(first, next - first));
      first = next + 1;
    }
  }

  template <typename F>
  std::string path(std::span<const Bin> run, F&& height) const {
    std::string points;
    for (const Bin& bin : run)
      points += fmt::format("{}{:.1f} {:.1f}", points.empty() ? "M" : "L", x_of(bin), height(bin));
    return points;
  }

  void band() {
    const std::span<const Bin> all(bins_);
    std::string shape = path(all, [&](const Bin& bin) { return y(bin.upper); });
    for (const Bin& bin : std::views::reverse(all)) shape += fmt::format("L{:.1f} {:.1f}", x_of(bin), y(bin.lower));
    out_ += fmt::format("<path d=\"{}Z\" fill=\"#8ab6dd\" fill-opacity=\"0.35\"/>\n", shape);
    out_ += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#456\" stroke-width=\"1\" stroke-dasharray=\"4 3\"/>\n",
                        path(all, [&](const Bin& bin) { return y(bin.expected); }));
  }

  void counts() {
    for_each_run([&](std::span<const Bin> run) {
      if (bins_.size() < drawing_.points.size())
        out_ +=
            fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-opacity=\"0.4\" stroke-width=\"1\"/>\n",
                        path(run, [&](const Bin& bin) { return y(bin.highest); }));
      out_ += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"1.2\"/>\n",
                          path(run, [&](const Bin& bin) { return y(bin.mean_count); }));
    });
  }

  // Round counts, from the top down, where there is room for their names.
  void axis() {
    double last = -kHeight;
    for (double unit = std::pow(10.0, std::floor(std::log10(top_))); unit > top_ / 1000; unit /= 10)
      for (const double times : {7.0, 5.0, 3.0, 2.0, 1.0}) {
        const double height = y(times * unit);
        if (times * unit > top_ || height - last < kAxisStep || kCountsBottom - height < kAxisStep) continue;
        mark(times * unit);
        last = height;
      }
    mark(0);
  }
  void mark(double count) {
    line(kLeft, y(count), kRight, y(count), "stroke=\"#ddd\" stroke-width=\"0.7\"");
    text(kLeft - 5, y(count) + 4, "end", figure(count));
  }

  void scores() {
    line(kLeft, kScoresBottom, kRight, kScoresBottom, "stroke=\"#ddd\"");
    line(kLeft, score_y(drawing_.threshold), kRight, score_y(drawing_.threshold),
         "stroke=\"#a11\" stroke-width=\"0.8\" stroke-dasharray=\"4 3\"");
    for (const double score : {0.0, 10.0, kScoreMax}) text(kLeft - 5, score_y(score) + 4, "end", figure(score));
    for_each_run([&](std::span<const Bin> run) {
      out_ += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#a11\" stroke-width=\"1.1\"/>\n",
                          path(run, [&](const Bin& bin) { return score_y(bin.score); }));
    });
  }

  // About eight marks at round times; a midnight shows its date.
  void times() {
    static constexpr std::array<int32_t, 12> kSteps = {1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440};
    const int32_t length = until_ - from_;
    int32_t step = kSteps.back();
    for (const int32_t each : kSteps)
      if (length / each <= 9) {
        step = each;
        break;
      }
    while (length / step > 14) step *= 2;
    const int32_t rest = from_.value % step;
    for (Minute at = rest == 0 ? from_ : from_ + (step - rest); at < until_; at = at + step) {
      line(x(at), kCountsTop, x(at), kScoresBottom, "stroke=\"#ddd\" stroke-width=\"0.7\"");
      const bool midnight = at.value % core::kMinutesPerDay == 0;
      text(x(at), kScoresBottom + 15, "middle", midnight ? time_text(at).substr(5, 5) : clock_text(at),
           midnight ? " font-weight=\"bold\"" : "");
    }
    text(kRight, kHeight - 6, "end", fmt::format("{} to {} UTC", time_text(from_), time_text(until_)),
         " fill=\"#777\"");
  }

  const Drawing& drawing_;
  std::vector<Bin> bins_;
  Minute from_;
  Minute until_;
  double top_ = 1;
  std::string out_;
};

}  // namespace

std::string draw_svg(const Drawing& drawing) { return Chart(drawing).draw(); }

}  // namespace insight::inspect
