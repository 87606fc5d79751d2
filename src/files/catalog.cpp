#include "files/catalog.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace insight::files {
namespace {

constexpr size_t kFolderDepthMax = 100;

bool has_known_ending(std::string_view path) {
  static constexpr std::array<std::string_view, 5> kEndings = {".json", ".jsonl", ".ndjson", ".log", ".csv"};
  for (const std::string_view packed : {".gz", ".zst"})
    if (path.ends_with(packed)) {
      path.remove_suffix(packed.size());
      break;
    }
  return std::ranges::any_of(kEndings, [&](auto ending) { return path.ends_with(ending); });
}

// What a file is, whatever its name.
using Identity = std::pair<dev_t, ino_t>;

class Walk {
 public:
  Catalog take() {
    // One file under several names goes by the first of them.
    std::ranges::sort(found_, {}, [](const Found& found) -> const std::string& { return found.input.path; });
    std::set<Identity> seen;
    for (auto& found : found_)
      if (found.input.path == "-" || seen.insert(found.identity).second)
        catalog_.inputs.push_back(std::move(found.input));
    std::ranges::sort(catalog_.unreadable, {}, &Unreadable::path);
    return std::move(catalog_);
  }

  void visit(const std::string& path, size_t depth) {
    if (path == "-") {
      found_.push_back({{path, 0, true, {}}, {}});
      return;
    }
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return unreadable(path, errno);
    const Identity identity{status.st_dev, status.st_ino};
    if (S_ISDIR(status.st_mode)) return visit_folder(path, identity, depth);
    if (!S_ISREG(status.st_mode)) {
      // A pipe or device is read if it was named; one met in a folder might never end.
      if (depth > 0)
        ++catalog_.skipped;
      else
        found_.push_back({{path, 0, true, {}}, identity});
      return;
    }
    if (!has_known_ending(path)) {
      if (other_.insert(identity).second) ++catalog_.skipped;
      return;
    }
    if (::access(path.c_str(), R_OK) != 0) return unreadable(path, errno);
    found_.push_back({{path, static_cast<uint64_t>(status.st_size), false, delivery_time(path)}, identity});
  }

 private:
  struct Found {
    Input input;
    Identity identity;
  };

  void visit_folder(const std::string& path, const Identity& identity, size_t depth) {
    if (!folders_.insert(identity).second) return;
    if (depth >= kFolderDepthMax) return unreadable(path, ELOOP);
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
    if (!folder) return unreadable(path, errno);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(folder.get())) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    std::ranges::sort(names);
    const std::string prefix = path.ends_with('/') ? path : path + "/";
    for (const auto& name : names) visit(prefix + name, depth + 1);
  }

  void unreadable(const std::string& path, int error) { catalog_.unreadable.push_back({path, std::strerror(error)}); }

  Catalog catalog_;
  std::vector<Found> found_;
  std::set<Identity> folders_;
  std::set<Identity> other_;
};

}  // namespace

Catalog find_inputs(const std::vector<std::string>& paths) {
  std::vector<std::string> sorted = paths;
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  Walk walk;
  for (const auto& path : sorted) walk.visit(path, 0);
  return walk.take();
}

std::optional<core::Timestamp> delivery_time(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t mark = name.find("_CloudTrail_");
  if (mark == std::string_view::npos) return std::nullopt;
  name.remove_prefix(mark + std::string_view("_CloudTrail_").size());
  const size_t region_end = name.find('_');
  if (region_end == std::string_view::npos) return std::nullopt;
  name.remove_prefix(region_end + 1);
  if (name.size() < 15 || name[8] != 'T' || name[13] != 'Z' || name[14] != '_') return std::nullopt;
  std::string iso = "0000-00-00T00:00:00Z";
  static constexpr std::array<std::pair<size_t, size_t>, 5> kParts = {{{0, 4}, {4, 2}, {6, 2}, {9, 2}, {11, 2}}};
  size_t to = 0;
  for (const auto& [from, length] : kParts) {
    iso.replace(to, length, name.substr(from, length));
    to += length + 1;
  }
  return core::parse_iso(iso);
}

}  // namespace insight::files
