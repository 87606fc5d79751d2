// kafka.properties as the client library gets them.
#pragma once

#include "kafka/client.h"
#include "settings/settings.h"

namespace insight::app {

// Those of the configuration with those that come from files. What is wrong with them, also what the client library
// alone knows to be a mistake, joins loaded.problems.
kafka::Properties client_properties(settings::Loaded& loaded);

}  // namespace insight::app
