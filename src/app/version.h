// What this build is.
#pragma once

#include <string>

namespace insight::app {

std::string version();        // "0.1.0"
std::string git_revision();   // of the sources, or "unknown"
// Version, revision and libraries, as lines for a person or as one JSON object.
std::string version_text(bool json);

}  // namespace insight::app
