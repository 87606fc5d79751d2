// Numbers, times and rows of numbers as people read them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace insight::inspect {

// Two significant digits below ten, whole numbers from there on: "0.04", "2.1", "46", "1.2e6"; "any" for infinity.
std::string figure(double value);

// `2026-03-02 04:05`, or `never` for kNoMinute.
std::string time_text(core::Minute minute);
// `04:05`.
std::string clock_text(core::Minute minute);
// A length of time: "14 min", "3 h", "2.5 days".
std::string length_text(double minutes);

// One block character for each value, from the lowest (0) to the highest of `values` or, if larger, `top`.
std::string sparkline(std::span<const double> values, double top = 0.0);

// Columns of text, two blanks apart, each as wide as its widest cell; the first row holds their titles. Every row has as
// many cells. `indent` blanks stand before each line.
std::string columns(const std::vector<std::vector<std::string>>& rows, int indent);

// Whether `text` is what `pattern` says: `*` stands for any text, also none.
bool matches(std::string_view text, std::string_view pattern);

}  // namespace insight::inspect
