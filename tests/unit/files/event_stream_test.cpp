#include "files/event_stream.h"

#include <algorithm>
#include <random>
#include <set>

#include "fixture.h"

namespace insight::files {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kEarlyName = "1_CloudTrail_us-east-1_20230710T1200Z_a.json.gz";
constexpr const char* kLateName = "1_CloudTrail_us-east-1_20230710T1300Z_b.json.gz";

TEST(EventStream, sorts_inside_a_file_and_between_files) {
  const Folder folder;
  folder.write("z.jsonl", lines({record("11:00:02", "c"), record("11:00:00", "a")}));
  folder.write("a.json.gz", gzip(document({record("11:00:03", "d"), record("11:00:01", "b")})));
  EXPECT_THAT(read_events({folder.path()}), ElementsAre("11:00:00 a", "11:00:01 b", "11:00:02 c", "11:00:03 d"));
}

TEST(EventStream, gives_every_field_back) {
  const Folder folder;
  const auto path = folder.write("a.json", record("11:00:02", "5ff5ed3b-2b4b-4c6b-9d2a-0123456789ab"));
  Notes notes;
  EventStream stream(find_inputs({path}).inputs, notes);
  Event event;
  ASSERT_TRUE(stream.next(event));
  const auto& call = event.call;
  EXPECT_EQ(core::to_string(call.api), "123456789012/us-east-1/ec2.amazonaws.com/RunInstances");
  EXPECT_EQ(call.event_id, "5ff5ed3b-2b4b-4c6b-9d2a-0123456789ab");
  EXPECT_EQ(call.principal, "arn:aws:iam::123456789012:user/alice");
  EXPECT_EQ(call.address, "10.0.0.1");
  EXPECT_EQ(call.error_code, "");
  EXPECT_FALSE(call.read_only);
  EXPECT_EQ(event.where.source, path);
  EXPECT_EQ(event.where.partition, -1);
  EXPECT_FALSE(stream.next(event));
  EXPECT_FALSE(stream.next(event));
}

TEST(EventStream, is_the_same_whatever_the_order_and_names_of_paths) {
  std::mt19937 random(20261121);
  std::vector<std::string> records;
  for (int i = 0; i < 400; ++i)  // many ties in time, and duplicates
    records.push_back(
        record(fmt::format("11:{:02}:{:02}", random() % 3, random() % 5), fmt::format("id{}", random() % 300)));
  std::vector<std::string> expected;
  for (int round = 0; round < 8; ++round) {
    const Folder folder;
    std::vector<std::string> paths;
    std::ranges::shuffle(records, random);
    for (size_t at = 0; at < records.size();) {
      const size_t count = std::min<size_t>(1 + random() % 90, records.size() - at);
      const std::vector<std::string> part(records.begin() + static_cast<long>(at),
                                          records.begin() + static_cast<long>(at + count));
      at += count;
      const auto name = fmt::format("{}-{}", random() % 1000, paths.size());
      switch (random() % 4) {
        case 0: paths.push_back(folder.write(name + ".json", document(part))); break;
        case 1: paths.push_back(folder.write(name + ".jsonl.zst", zstd(lines(part)))); break;
        case 2: paths.push_back(folder.write(name + ".log.gz", gzip(lines(part)))); break;
        default: paths.push_back(folder.write("1_CloudTrail_r_20230710T1105Z_" + name + ".json", document(part)));
      }
    }
    const auto read = read_events(paths);
    std::ranges::reverse(paths);
    EXPECT_EQ(read_events(paths), read);
    if (round == 0) expected = read;
    EXPECT_EQ(read, expected) << "round " << round;
  }
  ASSERT_THAT(expected, SizeIs(400));
  EXPECT_TRUE(std::ranges::is_sorted(expected, {}, [](const std::string& line) { return line.substr(0, 8); }));
}

TEST(EventStream, opens_a_cloudtrail_file_half_an_hour_before_its_name) {
  const Folder folder;
  folder.write(kEarlyName, gzip(document({record("11:50:00", "a"), record("12:40:00", "c")})));
  folder.write(kLateName, gzip(document({record("12:31:00", "b"), record("12:45:00", "d")})));
  EXPECT_THAT(read_events({folder.path()}), ElementsAre("11:50:00 a", "12:31:00 b", "12:40:00 c", "12:45:00 d"));
}

TEST(EventStream, gives_what_was_delivered_too_late_when_its_file_is_opened) {
  const Folder folder;
  folder.write(kEarlyName, document({record("11:50:00", "a"), record("12:29:59", "b"), record("12:30:00", "c")}));
  folder.write(kLateName, document({record("11:55:00", "late"), record("12:45:00", "d")}));
  EXPECT_THAT(read_events({folder.path()}),
              ElementsAre("11:50:00 a", "12:29:59 b", "11:55:00 late", "12:30:00 c", "12:45:00 d"));
}

TEST(EventStream, opens_files_of_one_time_together) {
  // Both hold events older than their opening: which is opened first must not show.
  for (const bool swapped : {false, true}) {
    const Folder folder;
    const auto older = document({record("11:00:00", "a"), record("11:20:00", "c")});
    const auto newer = document({record("11:10:00", "b"), record("11:30:00", "d")});
    folder.write("1_CloudTrail_r_20230710T1200Z_a.json", swapped ? newer : older);
    folder.write("1_CloudTrail_r_20230710T1200Z_b.json", swapped ? older : newer);
    EXPECT_THAT(read_events({folder.path()}), ElementsAre("11:00:00 a", "11:10:00 b", "11:20:00 c", "11:30:00 d"));
  }
}

TEST(EventStream, tells_calls_without_an_id_apart_wherever_they_stand) {
  const auto uniques = [](const std::vector<std::string>& paths) {
    Notes notes;
    std::set<uint64_t> seen;
    EventStream stream(find_inputs(paths).inputs, notes);
    for (Event event; stream.next(event);) seen.insert(event.unique);
    return seen;
  };
  const Folder folder;
  const auto a =
      folder.write("a.jsonl", lines({record("11:00:00", ""), record("11:00:00", ""), record("11:00:01", "")}));
  const auto b = folder.write("b.jsonl", lines({record("11:00:00", "")}));
  EXPECT_THAT(uniques({a, b}), SizeIs(4));
  const auto moved = folder.write("sub/x.jsonl", lines({record("11:00:01", ""), record("11:00:00", ""),
                                                        record("11:00:00", ""), record("11:00:00", "")}));
  EXPECT_EQ(uniques({moved}), uniques({b, a}));
  const auto same = folder.write("same.jsonl", lines({record("11:00:00", "x"), record("11:00:00", "x")}));
  EXPECT_THAT(uniques({same}), SizeIs(1));
}

TEST(EventStream, names_the_line_of_a_bad_record) {
  const Folder folder;
  const auto path =
      folder.write("a.jsonl", record("11:00:00", "a") + "\n{\"eventTime\": 7}\n\nrubbish\n" + record("11:00:01", "b"));
  Notes notes;
  EXPECT_THAT(read_events(find_inputs({path}).inputs, notes), ElementsAre("11:00:00 a", "11:00:01 b"));
  ASSERT_THAT(notes.errors, SizeIs(2));
  EXPECT_THAT(notes.errors[0], testing::EndsWith("a.jsonl:2"));
  EXPECT_EQ(notes.errors[1], "invalid_json a.jsonl:4");
}

TEST(EventStream, reads_lines_in_parts_without_losing_any) {
  const Folder folder;
  std::vector<std::string> records;
  for (int i = 0; i < 20'000; ++i)
    records.push_back(record(fmt::format("{:02}:{:02}:{:02}", i / 3600, i / 60 % 60, i % 60), fmt::format("id{}", i)));
  records[15'000] = "rubbish";
  Notes notes;
  const auto read = read_events(find_inputs({folder.write("a.jsonl", lines(records))}).inputs, notes);
  EXPECT_THAT(read, SizeIs(19'999));
  EXPECT_THAT(notes.errors, ElementsAre("invalid_json a.jsonl:15001"));
  EXPECT_EQ(notes.bytes_done, notes.bytes_total);
}

TEST(EventStream, empty_files_say_nothing) {
  const Folder folder;
  folder.write("a.json", "");
  folder.write("b.jsonl", "\n\n");
  folder.write("c.json.gz", gzip(""));
  folder.write("d.json", document({}));
  Notes notes;
  EXPECT_THAT(read_events(find_inputs({folder.path()}).inputs, notes), IsEmpty());
  EXPECT_THAT(notes.errors, IsEmpty());
  EXPECT_THAT(notes.unreadable, IsEmpty());
  EXPECT_THAT(read_events(std::vector<std::string>{}), IsEmpty());
}

TEST(EventStream, truncated_and_damaged_files_are_told_once) {
  const Folder folder;
  std::vector<std::string> records;
  for (int i = 0; i < 3000; ++i) records.push_back(record("11:00:00", fmt::format("{:032x}", i * 2654435761u)));
  const auto whole = gzip(lines(records));
  folder.write("cut.jsonl.gz", whole.substr(0, whole.size() / 2));
  auto damaged = zstd(lines(records));
  for (size_t i = damaged.size() / 2; i < damaged.size(); ++i) damaged[i] = '\x55';
  folder.write("damaged.jsonl.zst", damaged);
  folder.write("good.json", record("11:00:01", "good"));
  Notes notes;
  const auto read = read_events(find_inputs({folder.path()}).inputs, notes);
  EXPECT_THAT(read, Contains("11:00:01 good"));
  EXPECT_GT(read.size(), 500u);
  ASSERT_THAT(notes.errors, SizeIs(2));
  EXPECT_THAT(notes.errors, Contains(testing::StartsWith("truncated cut.jsonl.gz:")));
  EXPECT_THAT(notes.errors, Contains(testing::StartsWith("bad_compression damaged.jsonl.zst:")));
}

TEST(EventStream, a_cut_document_is_told_once) {
  const Folder folder;
  const auto text = document({record("11:00:00", "a"), record("11:00:01", "b"), record("11:00:02", "c")});
  folder.write("cut.json", text.substr(0, text.size() - 100));
  const auto packed = gzip(text);
  folder.write("cut.json.gz", packed.substr(0, packed.size() - 12));
  Notes notes;
  const auto read = read_events(find_inputs({folder.path()}).inputs, notes);
  EXPECT_THAT(read, Contains("11:00:00 a").Times(2));
  EXPECT_THAT(notes.errors, SizeIs(2));
}

TEST(EventStream, a_file_that_vanished_is_told) {
  const Folder folder;
  const auto path = folder.write("a.json", record("11:00:00", "a"));
  folder.write("b.json", record("11:00:01", "b"));
  const auto inputs = find_inputs({folder.path()}).inputs;
  std::filesystem::remove(path);
  Notes notes;
  EXPECT_THAT(read_events(inputs, notes), ElementsAre("11:00:01 b"));
  EXPECT_THAT(notes.unreadable, ElementsAre("a.json: No such file or directory"));
}

TEST(EventStream, takes_a_stream_as_it_comes) {
  const Folder folder;
  Input input;
  input.path =
      folder.write("pipe", lines({record("11:00:05", "late"), record("11:00:01", "x"), record("11:00:03", "y")}));
  input.is_stream = true;
  Notes notes;
  EXPECT_THAT(read_events({input}, notes), ElementsAre("11:00:05 late", "11:00:01 x", "11:00:03 y"));
}

TEST(EventStream, many_files_are_open_at_once_without_many_handles) {
  const Folder folder;
  for (int i = 0; i < 3000; ++i)
    folder.write(fmt::format("1_CloudTrail_r_20230710T1200Z_{}.json", i),
                 document({record(fmt::format("11:50:{:02}", i % 60), fmt::format("id{}", i))}));
  Notes notes;
  EXPECT_THAT(read_events(find_inputs({folder.path()}).inputs, notes), SizeIs(3000));
  EXPECT_THAT(notes.unreadable, IsEmpty());
}

}  // namespace
}  // namespace insight::files
