#include "inspect/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "publish/utf8.h"

namespace insight::inspect {

std::string figure(double value) {
  if (std::isinf(value)) return "any";
  const double size = std::abs(value);
  if (size >= 1e6) return fmt::format("{:.2g}", value);
  if (size >= 9.95) return fmt::format("{:.0f}", value);
  if (size < 1e-9) return "0";
  std::string text = size >= 0.995 ? fmt::format("{:.1f}", value) : fmt::format("{:.2g}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string time_text(core::Minute minute) {
  if (minute == core::kNoMinute) return "never";
  std::string text = core::to_iso(minute);
  text = text.substr(0, text.find('T') + 6);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string clock_text(core::Minute minute) {
  const std::string text = time_text(minute);
  return text.substr(text.find(' ') + 1);
}

std::string length_text(double minutes) {
  if (minutes < 120) return figure(minutes) + " min";
  if (minutes < 2 * core::kMinutesPerDay) return figure(minutes / 60) + " h";
  return fmt::format("{:.1f} days", minutes / core::kMinutesPerDay);
}

std::string sparkline(std::span<const double> values, double top) {
  static constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  for (const double value : values) top = std::max(top, value);
  std::string line;
  for (const double value : values) {
    const double ratio = value / top;
    const double share = ratio > 0 ? std::min(ratio, 1.0) : 0.0;   // of what is no number, too
    line += kBlocks[std::min(kBlocks.size() - 1, static_cast<size_t>(share * static_cast<double>(kBlocks.size())))];
  }
  return line;
}

std::string columns(const std::vector<std::vector<std::string>>& rows, int indent) {
  std::vector<int> widths;
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) {
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], publish::display_width(row[i]));
    }
  std::string out;
  for (const auto& row : rows) {
    out.append(static_cast<size_t>(indent), ' ');
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      const int blanks = widths[i] - publish::display_width(row[i]) + 2;
      if (i + 1 < row.size()) out.append(static_cast<size_t>(blanks), ' ');
    }
    out += '\n';
  }
  return out;
}

bool matches(std::string_view text, std::string_view pattern) {
  size_t at = 0;
  size_t in_pattern = 0;
  size_t star = std::string_view::npos;   // the last one met, and where its text may begin anew
  size_t retry = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      retry = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

}  // namespace insight::inspect
