// Insights as a table for people.
#pragma once

#include <span>
#include <string>

#include "core/insight.h"
#include "publish/grid.h"

namespace insight::publish {

// One row per insight: what, where, since when (UTC), how far from expected, who, and whether it is open or
// how long it lasted. A Start and an End of the same insight are one row; an End without its Start is a
// row too. Ordered by start, then by Kafka key. Names come from outside: control characters in them are
// replaced, so a table cannot move the cursor or colour the terminal.
// Without any insight it is one sentence. Ends with a line end.
std::string to_table(std::span<const core::Insight> insights, const GridStyle& style);

// The words of the column "how far", two lines: "46 a minute" and "against 2.1 expected, ×22". Speaks of the window
// that decided: `decision` is the Start, or the End where there is no Start.
std::pair<std::string, std::string> describe_deviation(const core::Insight& decision);

}  // namespace insight::publish
