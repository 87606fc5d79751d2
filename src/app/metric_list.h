// What `insightd metrics` prints.
#pragma once

#include <string>

namespace insight::app {

// Every metric that the daemon can show, as a JSON array of objects: name, type, labels (names), help.
std::string metric_list();

}  // namespace insight::app
