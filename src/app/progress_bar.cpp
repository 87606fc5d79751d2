#include "app/progress_bar.h"

#include <fmt/format.h>
#include <algorithm>
#include <iostream>
#include <string>

namespace insight::app {

void ProgressBar::show(uint64_t bytes_done, uint64_t bytes_total) {
  const auto now = std::chrono::steady_clock::now();
  if (!on_terminal_ || now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  drawn_ = true;
  constexpr int kWidth = 40;
  const double share =
      bytes_total > 0 ? std::min(1.0, static_cast<double>(bytes_done) / static_cast<double>(bytes_total)) : 0;
  const int full = static_cast<int>(share * kWidth);
  const std::chrono::duration<double> seconds = now - began_;
  const double rate = static_cast<double>(bytes_done) / 1e6 / std::max(seconds.count(), 1e-3);
  std::cerr << fmt::format("\r[{}{}] {:3.0f} %  {:.0f} MB  {:.0f} MB/s\x1b[K",
                           std::string(static_cast<size_t>(full), '#'),
                           std::string(static_cast<size_t>(kWidth - full), '.'), share * 100,
                           static_cast<double>(bytes_done) / 1e6, rate)
            << std::flush;
}

void ProgressBar::clear() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace insight::app
