// One line of a file of counts.
#pragma once

#include <string>
#include <string_view>

#include "files/counts_reader.h"

namespace insight::files {

// Reads a line without its line end. False if it is no row. Strings are borrowed from the line or, if it has
// quotes, from `scratch`.
bool parse_count_row(std::string_view line, std::string& scratch, CountRow& row);

}  // namespace insight::files
