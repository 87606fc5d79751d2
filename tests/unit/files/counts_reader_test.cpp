#include "files/counts_reader.h"

#include "files/counts_row.h"
#include "fixture.h"

namespace insight::files {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string counts(const std::vector<std::string>& rows) { return std::string(kCountsHeader) + "\n" + lines(rows); }

std::vector<std::string> read_counts(const std::vector<std::string>& paths, Notes& notes) {
  std::vector<std::string> read;
  CountsReader reader(find_inputs(paths).inputs, notes);
  for (CountRow row; reader.next(row);)
    read.push_back(fmt::format("{} {} {} [{}] x{}", row.minute.value, core::to_string(row.api),
                               row.read_only ? "read" : "write", row.error_code, row.count));
  return read;
}

TEST(CountsReader, merges_files_by_minute) {
  const Folder folder;
  folder.write("b.csv", counts({"28000000,1,r,s,n,false,,5", "28000002,1,r,s,n,false,,7"}));
  folder.write("a.csv.gz", gzip(counts({"28000001,2,r,s,n,true,AccessDenied,1"})));
  folder.write("c.csv.zst", zstd(counts({"28000001,3,r,s,n,false,,2"})));
  Notes notes;
  EXPECT_THAT(read_counts({folder.path()}, notes),
              ElementsAre("28000000 1/r/s/n write [] x5", "28000001 2/r/s/n read [AccessDenied] x1",
                          "28000001 3/r/s/n write [] x2", "28000002 1/r/s/n write [] x7"));
  EXPECT_THAT(notes.errors, IsEmpty());
  EXPECT_EQ(notes.bytes_done, notes.bytes_total);
}

TEST(CountsReader, names_the_line_of_a_bad_row_and_goes_on) {
  const Folder folder;
  const auto path = folder.write(
      "a.csv", counts({"28000000,1,r,s,n,false,,1", "28000000,1,r,s,n,maybe,,1", "", "28000000,1,r,s,n,false,,0",
                       std::string(200'000, 'x'), "28000003,1,r,s,n,false,,4"}));
  Notes notes;
  EXPECT_THAT(read_counts({path}, notes), ElementsAre("28000000 1/r/s/n write [] x1", "28000003 1/r/s/n write [] x4"));
  EXPECT_THAT(notes.errors, ElementsAre("bad_row a.csv:3", "bad_row a.csv:5", "bad_row a.csv:6"));
}

TEST(CountsReader, the_end_of_a_long_line_is_no_row) {
  const Folder folder;
  const auto path =
      folder.write("a.csv", counts({std::string(131'072 - kCountsHeader.size() - 1, 'x') + "28000000,1,r,s,n,false,,9",
                                    "28000001,1,r,s,n,false,,1"}));
  Notes notes;
  EXPECT_THAT(read_counts({path}, notes), ElementsAre("28000001 1/r/s/n write [] x1"));
  EXPECT_THAT(notes.errors, ElementsAre("bad_row a.csv:2"));
}

TEST(CountsReader, a_file_without_the_header_is_one_bad_row) {
  const Folder folder;
  folder.write("a.csv", "28000000,1,r,s,n,false,,1\n28000001,1,r,s,n,false,,1\n");
  folder.write("b.csv", counts({"28000000,1,r,s,n,false,,1"}));
  folder.write("c.csv", "");
  Notes notes;
  EXPECT_THAT(read_counts({folder.path()}, notes), SizeIs(1));
  EXPECT_THAT(notes.errors, ElementsAre("bad_row a.csv:1"));
}

TEST(CountsReader, takes_other_line_ends_and_a_missing_last_one) {
  const Folder folder;
  const auto path = folder.write("a.csv", std::string(kCountsHeader) +
                                              "\r\n28000000,1,r,s,n,false,,1\r\n"
                                              "28000001,1,r,s,n,false,\"a, \"\"b\"\"\",2");
  Notes notes;
  EXPECT_THAT(read_counts({path}, notes),
              ElementsAre("28000000 1/r/s/n write [] x1", "28000001 1/r/s/n write [a, \"b\"] x2"));
}

TEST(CountsReader, truncated_files_are_told) {
  const Folder folder;
  std::vector<std::string> rows;
  for (int i = 0; i < 50'000; ++i)
    rows.push_back(fmt::format("{},1,r,s,n{},false,,{}", 28000000 + i, i * 7919 % 1000, i + 1));
  const auto whole = gzip(counts(rows));
  const auto path = folder.write("a.csv.gz", whole.substr(0, whole.size() / 2));
  Notes notes;
  const auto read = read_counts({path}, notes);
  EXPECT_GT(read.size(), 1000u);
  EXPECT_EQ(read.back(), fmt::format("{} 1/r/s/n{} write [] x{}", 28000000 + read.size() - 1,
                                     (read.size() - 1) * 7919 % 1000, read.size()));
  ASSERT_THAT(notes.errors, SizeIs(1));
  EXPECT_THAT(notes.errors[0], testing::StartsWith("truncated a.csv.gz:"));
}

TEST(CountRow, strictness) {
  CountRow row;
  std::string scratch;
  const auto good = [&](std::string_view line) { return parse_count_row(line, scratch, row); };
  EXPECT_TRUE(good("28000000,1,r,s,n,true,E,4294967295"));
  EXPECT_TRUE(good("1067000000,1,r,s,n,false,,1"));
  EXPECT_FALSE(good("1067000001,1,r,s,n,false,,1"));
  EXPECT_TRUE(good("\"28000000\",\"1\",r,s,\"n,\",true,,1"));
  EXPECT_EQ(row.api.name, "n,");
  for (const auto* line : {"",
                           "28000000",
                           "28000000,1,r,s,n,true,,1,",
                           "28000000,1,r,s,n,true,1",
                           "0,1,r,s,n,true,,1",
                           "-5,1,r,s,n,true,,1",
                           "2147483648,1,r,s,n,true,,1",
                           "28000000.5,1,r,s,n,true,,1",
                           " 28000000,1,r,s,n,true,,1",
                           "28000000,,r,s,n,true,,1",
                           "28000000,1,,s,n,true,,1",
                           "28000000,1,r,,n,true,,1",
                           "28000000,1,r,s,,true,,1",
                           "28000000,1,r,s,n,True,,1",
                           "28000000,1,r,s,n,,,1",
                           "28000000,1,r,s,n,true,,-1",
                           "28000000,1,r,s,n,true,,+1",
                           "28000000,1,r,s,n,true,,1e3",
                           "28000000,1,r,s,n,true,,4294967296",
                           "28000000,1,r,s,n,true,,",
                           "28000000,1,r,s,\"n,true,,1",
                           "28000000,1,r,s,\"n\"x,true,,1",
                           "28000000,1,r,s,n\",true,,1"})
    EXPECT_FALSE(good(line)) << line;
  EXPECT_FALSE(good("28000000,1,r,s," + std::string(257, 'n') + ",true,,1"));
}

}  // namespace
}  // namespace insight::files
