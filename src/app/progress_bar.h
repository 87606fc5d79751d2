// A line on a terminal that says how far a replay has come.
#pragma once

#include <chrono>
#include <cstdint>

namespace insight::app {

// Draws at most ten times a second, and nothing at all when standard error is no terminal.
class ProgressBar {
 public:
  explicit ProgressBar(bool on_terminal) : on_terminal_(on_terminal), began_(std::chrono::steady_clock::now()) {}

  void show(uint64_t bytes_done, uint64_t bytes_total);
  // Removes the line, so that something else can be printed.
  void clear();

 private:
  bool on_terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace insight::app
