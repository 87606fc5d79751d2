// `insightd run`: the daemon.
#pragma once

#include "app/reload.h"
#include "kafka/client.h"
#include "settings/settings.h"

namespace insight::app {

// Runs until SIGTERM or SIGINT; reads `source` again on SIGHUP and when its file changes. Exit status: 0 stopped cleanly, 1 failed, 2 the configuration cannot work.
int run(const settings::Settings& settings, const kafka::Properties& properties, const ConfigurationSource& source);

}  // namespace insight::app
