// How a command, or a step of it, went.
#pragma once

#include <string>

namespace insight::app {

// An exit status with the sentence that explains it: what is wrong, where, and what mends it.
struct Outcome {
  int status = 0;    // 0 done, 1 failed at run time, 2 bad usage or configuration
  std::string why;   // empty if the status is 0

  bool ok() const { return status == 0; }
};

}  // namespace insight::app
