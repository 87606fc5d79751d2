// One line of a scenario, word by word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace insight::scenarios {

// Takes words from the front; what is not as expected throws ScenarioError with file and line.
class Words {
 public:
  Words(std::string_view line, std::string place);

  bool empty() const { return at_ == words_.size(); }
  // Takes the next word if it is this one.
  bool accept(std::string_view word);
  std::string take(std::string_view what);
  core::Minute take_time();            // 2026-03-02T10:00
  int take_duration();                 // 3d, 1d12h, 10m; in minutes
  int take_time_of_day();              // 02:10; minutes after midnight
  double take_rate();                  // 20/min, 6/h
  double take_share();                 // 30%
  double take_number(std::string_view what);
  [[noreturn]] void fail(const std::string& sentence) const;

 private:
  std::vector<std::string> words_;
  std::string place_;
  size_t at_ = 0;
};

}  // namespace insight::scenarios
