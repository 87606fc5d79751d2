#include "app/run.h"

namespace insight::app {
int run(const settings::Settings&) { return 1; }
int validate(const settings::Settings&, const std::string&) { return 0; }
}  // namespace insight::app
