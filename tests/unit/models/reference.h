// The stored run of the reference detectors (data/make_fixture.py).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace insight::models {

struct Reference {
  struct Series {
    int group = 0;
    std::vector<int64_t> calls;
    std::vector<int64_t> errors;
  };
  struct Outcome {
    std::vector<std::pair<size_t, double>> scores;   // of some minutes
    std::vector<int> abnormal;                       // of every minute
  };

  int64_t first_minute = 0;
  size_t minutes = 0;
  double call_threshold = 0.0;
  double error_threshold = 0.0;
  std::vector<Series> series;
  std::map<std::string, std::vector<Outcome>> outcomes;   // by model
};

// Read once. A broken file ends the test program with a message.
const Reference& reference();

}  // namespace insight::models
