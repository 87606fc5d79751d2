// The word that was probably meant.
#pragma once

#include <string_view>
#include <vector>

namespace insight::settings {

// The known word nearest to `word` by edits (insert, delete, replace, swap of neighbours; case counts
// nothing), if it is near enough to be a slip: a third of the word's letters, at least one; else the first that it begins
// with, or that begins with it (`warning`, `warn`). Else empty. Of equally near words, the first.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace insight::settings
