// `insightd replay`: the engine over files.
#pragma once

#include <string>
#include <vector>

#include "settings/settings.h"

namespace insight::app {

struct ReplayArguments {
  std::vector<std::string> paths;     // files, folders, "-"
  std::string format = "auto";        // or "counts"
  std::string output = "-";           // a file, or "-": standard output
  bool table = false;                 // also a table for a person, on standard output
  std::string state;                  // a file for what was learned; empty: none
};

// Exit status: 0 done, 1 something could not be read or written, 2 bad usage.
int replay(const settings::Settings& settings, const ReplayArguments& arguments);

}  // namespace insight::app
