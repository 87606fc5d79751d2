// kafka.properties as the client library gets them.
#pragma once

#include <optional>
#include <string>

#include "kafka/client.h"
#include "settings/settings.h"

namespace insight::app {

// Those of the configuration with those that come from files; nothing after every mistake was printed, also what the
// client library alone knows to be one. `config`: the file that is to blame.
std::optional<kafka::Properties> client_properties(const settings::Settings& settings, const std::string& config);

}  // namespace insight::app
