// A series over time as an SVG picture: counts, bounds, scores, insights.
#pragma once

#include <span>
#include <string>

#include "core/insight.h"
#include "inspect/trace.h"

namespace insight::inspect {

struct Drawing {
  std::string title;
  std::string unit = "calls a minute";
  double threshold = 0;                      // score at which an insight opens
  std::span<const TracePoint> points;        // in order of time, at least one
  std::span<const core::Insight> insights;   // of the series: Starts, and Ends where there are
};

// A picture of 960 by 400 that needs nothing but itself. Above, counts on a square-root scale in front of the band of
// what was expected, insights shaded, each with its reason and score; below, the score and the threshold, on a square-root
// scale to 100, where missed runs begin. Long times are drawn by their highest and mean counts and highest score per
// pixel, so the size stays below about 100 kB. All times are UTC. Texts from outside are escaped.
std::string draw_svg(const Drawing& drawing);

}  // namespace insight::inspect
