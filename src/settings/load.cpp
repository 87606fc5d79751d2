#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <tuple>

#include <sys/stat.h>

#include <fmt/format.h>

#include "settings/reader.h"
#include "settings/settings.h"

namespace insight::settings {
namespace {

// Whether the bytes are UTF-8 in form: lead bytes with as many continuations as they announce.
bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || length > text.size() - i) return false;
    for (size_t j = 1; j < length; ++j)
      if ((static_cast<unsigned char>(text[i + j]) & 0xc0) != 0x80) return false;
    i += length;
  }
  return true;
}

// Why the file cannot be read and the mend; empty: `text` holds it.
std::string read_file(const std::string& path, std::string& text) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return "no such file; give the path of a configuration, or leave it out for the defaults";
    return fmt::format("{}; give the path of a file that can be read", std::strerror(errno));
  }
  if (S_ISDIR(status.st_mode)) return "this is a folder; give the path of the configuration file in it";
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return fmt::format("{}; give the path of a file that can be read", std::strerror(errno));
  text.resize(kFileBytesMax + 1);
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return "the file cannot be read to its end; check the disk";
  text.resize(static_cast<size_t>(stream.gcount()));
  if (text.size() > kFileBytesMax) return fmt::format("larger than {} bytes; make it smaller", kFileBytesMax);
  if (text.find('\0') != std::string::npos || !is_utf8(text)) return "the file is not UTF-8; save it as UTF-8 text";
  return {};
}

// The first line up to `last` that is indented with a tab, 1-based; 0: none. YAML allows none, and its parsers complain
// of what comes after.
int line_with_tab(const std::string& text, int last) {
  std::istringstream lines(text);
  int number = 1;
  for (std::string line; number <= last && std::getline(lines, line); ++number)
    if (const size_t word = line.find_first_not_of(" \t"); word != std::string::npos && line.find('\t') < word)
      return number;
  return 0;
}

Problem broken(const std::string& path, const std::string& text, const Parsed& parsed) {
  const int tab = line_with_tab(text, parsed.mark.line);
  if (tab > 0) return {path, tab, 1, "", "this line is indented with a tab; use spaces"};
  return {path, parsed.mark.line, parsed.mark.column, "", *parsed.error};
}

void load_file(const std::string& path, Reader& reader, Loaded& loaded) {
  if (auto wrong = read_file(path, loaded.bytes); !wrong.empty()) {
    loaded.problems.push_back({path, 0, 0, "", std::move(wrong)});
    return;
  }
  const Parsed parsed = parse_yaml(loaded.bytes);
  if (parsed.error)
    loaded.problems.push_back(broken(path, loaded.bytes, parsed));
  else
    reader.read_file(path, parsed.root);
}

// In the order of the file, overrides after it; equals in the order in which they were found.
void sort(std::vector<Problem>& problems) {
  const auto place = [](const Problem& p) { return std::tuple(p.file == "--set", p.line, p.column); };
  const auto before = [&](const Problem& a, const Problem& b) { return place(a) < place(b); };
  for (auto at = problems.begin(); at != problems.end(); ++at)
    std::rotate(std::upper_bound(problems.begin(), at, *at, before), at, at + 1);
}

}  // namespace

std::string to_string(const Problem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text += fmt::format(":{}:{}", problem.line, problem.column);
  if (!problem.key.empty()) text += (text.empty() ? "" : ": ") + problem.key;
  return text + ": " + problem.message;
}

Loaded load(const std::string& path, const std::vector<std::string>& overrides) {
  Loaded loaded;
  Reader reader(loaded.settings, loaded.problems);
  if (!path.empty()) load_file(path, reader, loaded);
  for (const auto& text : overrides) reader.read_override(text);
  reader.check_together();
  loaded.places = reader.places();
  sort(loaded.problems);
  return loaded;
}

void add_problem(Loaded& loaded, const std::string& key, std::string message) {
  if (loaded.problems.size() >= kProblemsMax) return;
  // A section is where the first of its keys is.
  auto at = loaded.places.lower_bound(key);
  if (at != loaded.places.end() && !at->first.starts_with(key)) at = loaded.places.end();
  const Place place = at == loaded.places.end() ? Place{} : at->second;
  loaded.problems.push_back({place.file, place.line, place.column, printable(key), std::move(message)});
  sort(loaded.problems);
}

}  // namespace insight::settings
