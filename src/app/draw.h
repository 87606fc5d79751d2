// `insightd draw`: one series over time as a picture.
#pragma once

#include <string>
#include <vector>

#include "settings/settings.h"

namespace insight::app {

struct DrawArguments {
  std::vector<std::string> paths;   // as replay has them
  std::string format = "auto";
  std::string api;                  // event name, or account/region/source/name; `*` for any text
  std::string error;                // an error code; empty: the calls
  std::string from, until;          // RFC 3339; empty: all there is
  std::string output;               // the SVG file
};

// Replays everything, draws the part that is asked for. Exit status: 0 done, 1 something could not be read or written,
// 2 bad usage, or no series or more than one is meant.
int draw(const settings::Settings& settings, const DrawArguments& arguments);

}  // namespace insight::app
