// How extreme a score must be to be reported, for a wanted number of insights.
#pragma once

namespace insight::models {

// The score from which a minute is reported so that about `budget` insights come per 1000 series-days (the unit of
// detection.alert_budget). Interpolated in the logarithm of the budget between measured points from 0.3 to
// 100, continued along the outermost two down to 0.1 and up to 1000 and constant from there; never below 0.05.
double call_threshold(double budget);
double error_threshold(double budget);

}  // namespace insight::models
