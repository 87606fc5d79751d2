// CloudTrail log files as the yardsticks read them: found in folders, read whole, gzip undone.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace insight::yardstick {

// Every *.json and *.json.gz below `folder`, by name.
inline std::vector<std::filesystem::path> log_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && (name.ends_with(".json") || name.ends_with(".json.gz"))) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Reads `path` whole into `text`, which keeps its capacity from file to file. `raw` is scratch.
inline void read_log_file(const std::filesystem::path& path, std::string& raw, std::string& text) {
  std::ifstream file(path, std::ios::binary);
  raw.resize(std::filesystem::file_size(path));
  if (!file.read(raw.data(), static_cast<std::streamsize>(raw.size())))
    throw std::runtime_error("cannot read " + path.string());
  if (path.extension() != ".gz") {
    text.swap(raw);
    return;
  }
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("zlib");
  stream.next_in = reinterpret_cast<Bytef*>(raw.data());
  stream.avail_in = static_cast<uInt>(raw.size());
  size_t used = 0;
  int status = Z_OK;
  text.resize(std::max(text.capacity(), raw.size() * 8));
  while (status == Z_OK) {
    if (used == text.size()) text.resize(text.size() * 2);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + used);
    stream.avail_out = static_cast<uInt>(text.size() - used);
    status = inflate(&stream, Z_NO_FLUSH);
    used = text.size() - stream.avail_out;
    if (status == Z_STREAM_END && stream.avail_in > 0) status = inflateReset(&stream);  // another member follows
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("damaged gzip: " + path.string());
  text.resize(used);
}

}  // namespace insight::yardstick
