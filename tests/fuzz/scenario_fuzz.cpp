// Any bytes as a scenario of the trail generator: it is taken, or refused with a sentence.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "input_file.h"
#include "trail-generator/scenario.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace insight;
  try {
    trail::load_scenario(fuzz::path_of({reinterpret_cast<const char*>(data), size}));
  } catch (const trail::ScenarioError& error) {
    if (std::string_view(error.what()).empty()) std::abort();
  }
  return 0;
}
