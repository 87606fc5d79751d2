#include "inspect/chart.h"

#include <gtest/gtest.h>

#include <vector>

namespace insight::inspect {
namespace {

constexpr core::Minute kBegin{28401120};   // 2024-01-01T00:00Z

std::vector<TracePoint> steady(int minutes) {
  std::vector<TracePoint> points;
  for (int32_t m = 0; m < minutes; ++m) points.push_back({kBegin + m, 3, 3, 0, 12, 0, false});
  return points;
}

core::Insight insight(core::InsightState state, int32_t start, int32_t minutes) {
  core::Insight made;
  made.state = state;
  made.start = kBegin + start;
  made.duration_minutes = minutes;
  made.score = 7.25;
  return made;
}

size_t times(const std::string& text, std::string_view what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

std::string draw(const std::vector<TracePoint>& points, const std::vector<core::Insight>& insights = {}) {
  Drawing drawing;
  drawing.title = "a title";
  drawing.threshold = 4.75;
  drawing.points = points;
  drawing.insights = insights;
  return draw_svg(drawing);
}

TEST(Chart, HasTitleUnitAndTimes) {
  const std::string svg = draw(steady(120));
  EXPECT_EQ(svg.find("<svg xmlns=\"http://www.w3.org/2000/svg\""), 0u);
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  for (const char* text : {">a title<", "calls a minute", ">01:00<", "2024-01-01 00:00 to 2024-01-01 02:00 UTC", "4.8"})
    EXPECT_NE(svg.find(text), std::string::npos) << text;
}

TEST(Chart, ShadesEachInsightOnceInBothPanels) {
  const std::vector<core::Insight> insights = {insight(core::InsightState::kStart, 30, 5),
                                               insight(core::InsightState::kEnd, 30, 12),
                                               insight(core::InsightState::kStart, 80, 5)};
  const std::string svg = draw(steady(120), insights);
  EXPECT_EQ(times(svg, "fill=\"#d33\""), 4u);
  EXPECT_EQ(times(svg, "increase, score 7.2"), 2u);
  // Twelve of 120 minutes of 890 wide; one that is open reaches the edge.
  EXPECT_NE(svg.find("x=\"276.5\" y=\"48\" width=\"89.0\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("width=\"296.7\""), std::string::npos) << svg;
}

TEST(Chart, LeavesOutInsightsOfAnotherTime) {
  EXPECT_EQ(times(draw(steady(60), {insight(core::InsightState::kStart, 90, 5)}), "#d33"), 0u);
}

TEST(Chart, BreaksTheLineWhereThereIsNoData) {
  auto points = steady(120);
  EXPECT_EQ(times(draw(points), "stroke=\"#1f5fa8\""), 1u);
  for (size_t m = 50; m < 60; ++m) points[m].missing = true;
  EXPECT_EQ(times(draw(points), "stroke=\"#1f5fa8\""), 2u);
}

TEST(Chart, ALongTimeStaysSmallAndKeepsItsHighestMinute) {
  auto points = steady(60 * 1440);
  EXPECT_EQ(draw(points).find(">500<"), std::string::npos);
  points[40'000].count = 490;
  const std::string svg = draw(points);
  EXPECT_LT(svg.size(), 100'000u);
  EXPECT_NE(svg.find(">500<"), std::string::npos) << "the scale reaches the highest";
}

TEST(Chart, EscapesTextsFromOutside) {
  Drawing drawing;
  drawing.title = "<script>&\x1b[31m";
  const auto points = steady(5);
  drawing.points = points;
  const std::string svg = draw_svg(drawing);
  EXPECT_EQ(svg.find("<script>"), std::string::npos);
  EXPECT_NE(svg.find("&lt;script&gt;&amp;"), std::string::npos);
  EXPECT_EQ(svg.find('\x1b'), std::string::npos);
}

TEST(Chart, OneMinuteAndHugeBoundsAreDrawn) {
  auto points = steady(1);
  points[0].upper = 1e15;
  points[0].score = 250;
  const std::string svg = draw(points);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

}  // namespace
}  // namespace insight::inspect
