// Words of the files tests: folders of audit files, and what came out of them.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "core/drop_reason.h"
#include "files/counts_reader.h"
#include "files/event_stream.h"

namespace insight::files {

// A folder that lives as long as the test.
class Folder {
 public:
  Folder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(testing::TempDir()) /
            fmt::format("insight_{}.{}.{}", test->test_suite_name(), test->name(), getpid());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name = "") const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

// A CloudTrail record: `time` is HH:MM:SS of one day.
inline std::string record(const std::string& time, const std::string& id, const std::string& name = "RunInstances") {
  return fmt::format(
      R"({{"eventVersion":"1.08","eventTime":"2023-07-10T{}Z","eventSource":"ec2.amazonaws.com","eventName":"{}",)"
      R"("awsRegion":"us-east-1","recipientAccountId":"123456789012","readOnly":false,"eventID":"{}",)"
      R"("userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/alice"}},"sourceIPAddress":"10.0.0.1"}})",
      time, name, id);
}

inline std::string lines(const std::vector<std::string>& records) {
  std::string text;
  for (const auto& one : records) text += one + "\n";
  return text;
}

inline std::string document(const std::vector<std::string>& records) {
  std::string text = "{\"Records\":[";
  for (size_t i = 0; i < records.size(); ++i) text += (i ? "," : "") + records[i];
  return text + "]}";
}

// Writes down all that it is told.
class Notes : public StreamListener {
 public:
  void on_error(core::DropReason reason, const core::Coordinates& where) override {
    const auto name = std::filesystem::path(std::string(where.source)).filename().string();
    errors.push_back(fmt::format("{} {}{}", core::to_string(reason), name,
                                 where.line > 0 ? fmt::format(":{}", where.line) : fmt::format("#{}", where.index)));
  }
  void on_unreadable(std::string_view path, std::string_view reason) override {
    unreadable.push_back(fmt::format("{}: {}", std::filesystem::path(std::string(path)).filename().string(), reason));
  }
  void on_progress(uint64_t done, uint64_t total) override {
    EXPECT_GE(done, bytes_done);
    EXPECT_LE(done, total);
    bytes_done = done;
    bytes_total = total;
  }

  std::vector<std::string> errors;
  std::vector<std::string> unreadable;
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0;
};

// `11:45:00 id`, in the order in which they came.
inline std::vector<std::string> read_events(std::vector<Input> inputs, Notes& notes) {
  std::vector<std::string> read;
  EventStream stream(std::move(inputs), notes);
  for (Event event; stream.next(event);)
    read.push_back(fmt::format("{} {}", core::to_iso(event.call.time).substr(11, 8), event.call.event_id));
  return read;
}

inline std::vector<std::string> read_events(const std::vector<std::string>& paths) {
  Notes notes;
  return read_events(find_inputs(paths).inputs, notes);
}

}  // namespace insight::files
