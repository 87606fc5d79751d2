// Golden files: what the output was when someone last looked at it and found it right.
#pragma once

#include <string>
#include <string_view>

namespace insight::publish::testing {

// Expects `text` to equal tests/golden/publish/NAME. With INSIGHT_UPDATE_GOLDEN=1 in the environment the file is
// written instead; read the difference before committing it.
void expect_golden(std::string_view name, const std::string& text);

}  // namespace insight::publish::testing
