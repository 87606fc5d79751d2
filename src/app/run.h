// `insightd run`: the daemon.
#pragma once

#include <string>

#include "settings/settings.h"

namespace insight::app {

// Runs until SIGTERM or SIGINT. Exit status: 0 stopped cleanly, 1 failed, 2 the configuration cannot work.
int run(const settings::Settings& settings, const std::string& config);

// Everything that can be checked without connecting; the status of `insightd validate`.
int validate(const settings::Settings& settings, const std::string& config);

}  // namespace insight::app
