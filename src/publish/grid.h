// Text in boxes: columns aligned by display width, cells cut with an ellipsis.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace insight::publish {

// How a grid is drawn.
struct GridStyle {
  bool colours = false;   // ANSI colours; only for a terminal
  int width = 120;        // columns of the whole table, at most; at least kGridWidthMin is used
};

constexpr int kGridWidthMin = 80;

enum class Colour { kNone, kRed, kGreen, kYellow, kFaint };

// One cell: its lines. A row is as high as its highest cell.
struct Cell {
  std::vector<std::string> lines;
  Colour colour = Colour::kNone;   // of the first line; the others are faint
};

struct Column {
  std::string title;
  bool may_shrink = false;   // is cut when the table is too wide; the others keep their width
};

using GridRow = std::vector<Cell>;

// Draws `rows` under the columns' titles; every row has a cell for each column. If even the columns that may
// shrink cannot make room, the table is wider than asked for.
std::string draw_grid(const std::vector<Column>& columns, const std::vector<GridRow>& rows, const GridStyle& style);

// `text` in at most `width` columns: if it is longer its end is replaced by `…`.
std::string fit(std::string_view text, int width);

// `text` without what a terminal would obey: control characters, direction marks and bytes that are no UTF-8 become U+FFFD.
std::string printable(std::string_view text);

}  // namespace insight::publish
