// Writing gzip files.
#pragma once

#include <filesystem>
#include <string_view>

namespace insight::trail {

// Writes `text` compressed, without a time in the header: the same text gives the same bytes. Throws
// std::runtime_error naming the file.
void write_gzip(const std::filesystem::path& path, std::string_view text);

}  // namespace insight::trail
