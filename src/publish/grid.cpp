#include "publish/grid.h"

#include <algorithm>

#include "publish/utf8.h"

namespace insight::publish {
namespace {

constexpr int kShrunkWidthMin = 8;
constexpr std::string_view kReset = "\x1b[0m";

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::kNone: return "";
    case Colour::kRed: return "\x1b[31m";
    case Colour::kGreen: return "\x1b[32m";
    case Colour::kYellow: return "\x1b[33m";
    case Colour::kFaint: return "\x1b[2m";
  }
  return "";
}

std::string repeat(std::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

std::vector<int> natural_widths(const std::vector<Column>& columns, const std::vector<GridRow>& rows) {
  std::vector<int> widths;
  for (size_t i = 0; i < columns.size(); ++i) {
    int width = display_width(columns[i].title);
    for (const GridRow& row : rows)
      for (const std::string& line : row[i].lines) width = std::max(width, display_width(line));
    widths.push_back(width);
  }
  return widths;
}

// Takes one column at a time from the widest that may shrink, until the table fits.
void shrink(std::vector<int>& widths, const std::vector<Column>& columns, int width_max) {
  int total = 1;
  for (const int width : widths) total += width + 3;
  for (; total > width_max; --total) {
    int* widest = nullptr;
    for (size_t i = 0; i < widths.size(); ++i)
      if (columns[i].may_shrink && widths[i] > kShrunkWidthMin && (!widest || widths[i] > *widest)) widest = &widths[i];
    if (!widest) return;
    --*widest;
  }
}

std::string rule(const std::vector<int>& widths, std::string_view left, std::string_view middle,
                 std::string_view right) {
  std::string line(left);
  for (size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) line += middle;
    line += repeat("─", widths[i] + 2);
  }
  line += right;
  return line + "\n";
}

std::string draw_row(const GridRow& row, const std::vector<int>& widths, bool colours) {
  size_t height = 1;
  for (const Cell& cell : row) height = std::max(height, cell.lines.size());
  std::string out;
  for (size_t line = 0; line < height; ++line) {
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string text = line < row[i].lines.size() ? fit(row[i].lines[line], widths[i]) : "";
      const std::string_view colour = colours ? code_of(line == 0 ? row[i].colour : Colour::kFaint) : "";
      out += "│ ";
      out += colour;
      out += text;
      if (!colour.empty()) out += kReset;
      const int padding = widths[i] - display_width(text) + 1;
      out.append(static_cast<size_t>(padding), ' ');
    }
    out += "│\n";
  }
  return out;
}

bool is_obeyed(char32_t code_point) {
  const bool control = code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
  const bool direction = (code_point >= 0x200E && code_point <= 0x200F) ||
                         (code_point >= 0x202A && code_point <= 0x202E) ||
                         (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0x061C;
  const bool line_break = code_point == 0x2028 || code_point == 0x2029;
  return control || direction || line_break;
}

}  // namespace

std::string draw_grid(const std::vector<Column>& columns, const std::vector<GridRow>& rows, const GridStyle& style) {
  std::vector<int> widths = natural_widths(columns, rows);
  shrink(widths, columns, std::max(style.width, kGridWidthMin));

  GridRow titles;
  for (const Column& column : columns) titles.push_back({{column.title}, Colour::kNone});
  std::string out = rule(widths, "┌", "┬", "┐") + draw_row(titles, widths, style.colours);
  for (const GridRow& row : rows) out += rule(widths, "├", "┼", "┤") + draw_row(row, widths, style.colours);
  return out + rule(widths, "└", "┴", "┘");
}

std::string fit(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  int used = 0;
  for (size_t at = 0; at < text.size();) {
    const CodePoint next = next_code_point(text.substr(at));
    const int columns = next.valid ? display_width(next.value) : 1;
    if (used + columns > width - 1) break;
    out += text.substr(at, next.size);
    used += columns;
    at += next.size;
  }
  return width > 0 ? out + "…" : out;
}

std::string printable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const CodePoint next = next_code_point(text.substr(at));
    if (next.valid && !is_obeyed(next.value))
      out += text.substr(at, next.size);
    else
      out += kReplacementCharacter;
    at += next.size;
  }
  return out;
}

}  // namespace insight::publish
