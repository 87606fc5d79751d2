// How a command, or a step of it, went.
#pragma once

#include <iostream>
#include <string>

namespace insight::app {

// An exit status with the sentence that explains it: what is wrong, where, and what mends it.
struct Outcome {
  int status = 0;    // 0 done, 1 failed at run time, 2 bad usage or configuration
  std::string why;   // empty if the status is 0

  bool ok() const { return status == 0; }
};

// Says on standard error why a command failed, if it did. The command's exit status.
inline int report(const Outcome& outcome) {
  if (!outcome.ok()) std::cerr << "insightd: " << outcome.why << '\n';
  return outcome.status;
}

}  // namespace insight::app
