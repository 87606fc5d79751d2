// `insightd run`: the daemon.
#pragma once

#include <string>

#include "app/reload.h"
#include "settings/settings.h"

namespace insight::app {

// Runs until SIGTERM or SIGINT; reads `source` again on SIGHUP and when its file changes. Exit status: 0 stopped cleanly, 1 failed, 2 the configuration cannot work.
int run(const settings::Settings& settings, const ConfigurationSource& source);

// Everything that can be checked without connecting; the status of `insightd validate`.
int validate(const settings::Settings& settings, const std::string& config);

}  // namespace insight::app
