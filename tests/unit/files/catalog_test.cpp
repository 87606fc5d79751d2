#include <unistd.h>

#include <sys/stat.h>

#include "fixture.h"

namespace insight::files {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> names(const Catalog& catalog, const Folder& folder) {
  std::vector<std::string> out;
  for (const auto& input : catalog.inputs)
    out.push_back(input.path == "-" ? "-"
                                    : std::filesystem::path(input.path).lexically_relative(folder.path()).string());
  return out;
}

TEST(Catalog, walks_folders_and_counts_what_it_skips) {
  const Folder folder;
  for (const auto* name : {"b.json", "a.jsonl", "sub/c.ndjson.gz", "sub/deep/d.log.zst", "e.csv", "f.json.gz"})
    folder.write(name, "x");
  for (const auto* name : {"README.md", "x.json.bz2", "sub/json", "z.gz", "y.JSON"}) folder.write(name, "x");
  const auto catalog = find_inputs({folder.path()});
  EXPECT_THAT(names(catalog, folder),
              ElementsAre("a.jsonl", "b.json", "e.csv", "f.json.gz", "sub/c.ndjson.gz", "sub/deep/d.log.zst"));
  EXPECT_EQ(catalog.skipped, 5u);
  EXPECT_THAT(catalog.unreadable, IsEmpty());
  EXPECT_EQ(catalog.inputs[0].bytes, 1u);
}

TEST(Catalog, does_not_depend_on_the_order_of_paths) {
  const Folder folder;
  folder.write("a/1.json", "x");
  folder.write("b/2.json", "x");
  const std::vector<std::string> paths = {folder.path("b"), "-", folder.path("a/1.json"), folder.path("a")};
  EXPECT_THAT(names(find_inputs(paths), folder), ElementsAre("-", "a/1.json", "b/2.json"));
  EXPECT_THAT(names(find_inputs({paths.rbegin(), paths.rend()}), folder), ElementsAre("-", "a/1.json", "b/2.json"));
}

TEST(Catalog, takes_a_file_once_and_cuts_loops_of_links) {
  const Folder folder;
  folder.write("a/1.json", "x");
  std::filesystem::create_directory_symlink(folder.path(), folder.path("a/loop"));
  std::filesystem::create_symlink(folder.path("a/1.json"), folder.path("again.json"));
  std::filesystem::create_symlink(folder.path("x.json"), folder.path("x.json"));
  const auto catalog = find_inputs({folder.path(), folder.path("a"), folder.path("a/1.json")});
  EXPECT_THAT(names(catalog, folder), ElementsAre("a/1.json"));
  ASSERT_THAT(catalog.unreadable, SizeIs(1));
  EXPECT_EQ(catalog.unreadable[0].path, folder.path("x.json"));
}

TEST(Catalog, says_what_cannot_be_read) {
  const Folder folder;
  const auto catalog = find_inputs({folder.path("missing.json")});
  ASSERT_THAT(catalog.unreadable, SizeIs(1));
  EXPECT_EQ(catalog.unreadable[0].path, folder.path("missing.json"));
  EXPECT_EQ(catalog.unreadable[0].reason, "No such file or directory");
}

TEST(Catalog, reads_a_pipe_that_is_named_and_skips_one_that_is_met) {
  const Folder folder;
  ASSERT_EQ(mkfifo(folder.path("pipe").c_str(), 0600), 0);
  const auto named = find_inputs({folder.path("pipe")});
  ASSERT_THAT(named.inputs, SizeIs(1));
  EXPECT_TRUE(named.inputs[0].is_stream);
  EXPECT_EQ(find_inputs({folder.path()}).skipped, 1u);
}

TEST(Catalog, reads_the_time_in_a_cloudtrail_name) {
  const auto time = [](std::string_view path) {
    const auto at = delivery_time(path);
    return at ? core::to_iso(*at) : "none";
  };
  EXPECT_EQ(time("a/218007301253_CloudTrail_us-east-1_20230710T1145Z_7xgocspSowgK0Gto.json.gz"),
            "2023-07-10T11:45:00Z");
  EXPECT_EQ(time("o-abc_218007301253_CloudTrail_eu-west-1_20231231T2355Z_x.json"), "2023-12-31T23:55:00Z");
  for (const auto* path : {"x.json", "1_CloudTrail_us-east-1_20231310T1145Z_x.json", "1_CloudTrail_us-east-1_2023.json",
                           "1_CloudTrail_us-east-1", "1_CloudTrail-Digest_us-east-1_20230710T1145Z_x.json.gz",
                           "1_CloudTrail_us-east-1_20230710T114599_x.json", "a_CloudTrail_r_20230710T1145Z_b/x.json"})
    EXPECT_EQ(time(path), "none") << path;
}

}  // namespace
}  // namespace insight::files
