#include "files/file_decoder.h"
#include "files/held_events.h"
#include "files/time_scan.h"
#include "fixture.h"

namespace insight::files {
namespace {

TEST(TimeScan, finds_the_earliest_time_wherever_the_text_is_cut) {
  const std::string text =
      R"({"Records":[{"eventTime" : "2023-07-10T11:45:09Z"},{"x":"{\"eventTime\":\"2023-07-10T11:45:03Z\"}"},)"
      R"({"eventTime":"rubbish"},{"eventTime":"2023-07-10T11:45:07Z"}]})";
  for (size_t size = 1; size <= text.size(); ++size) {
    TimeScan scan;
    for (size_t at = 0; at < text.size(); at += size) scan.add(std::string_view(text).substr(at, size));
    ASSERT_TRUE(scan.earliest().has_value()) << size;
    EXPECT_EQ(core::to_iso(*scan.earliest()), "2023-07-10T11:45:03Z") << size;
  }
}

TEST(TimeScan, knows_when_there_is_none) {
  TimeScan scan;
  scan.add("{\"a\":1}");
  scan.add("eventTime");
  EXPECT_EQ(scan.earliest(), std::nullopt);
}

TEST(HeldEvents, gives_ids_back_in_every_form) {
  HeldEvents held;
  const std::vector<std::string> ids = {"",
                                        "x",
                                        "5ff5ed3b-2b4b-4c6b-9d2a-0123456789ab",
                                        "5FF5ED3B-2b4b-4c6b-9d2a-0123456789ab",
                                        "5ff5ed3b_2b4b-4c6b-9d2a-0123456789ab",
                                        "00000000-0000-0000-0000-000000000000",
                                        std::string(256, 'i')};
  for (const auto& id : ids) {
    core::CallEvent event;
    event.event_id = id;
    held.add(event, 0, false);
  }
  for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(held.get(i).event_id, ids[i]);
}

TEST(HeldEvents, order_is_of_the_content_alone) {
  core::CallEvent one, other;
  one.event_id = other.event_id = "id";
  one.principal = "ab";
  other.principal = "a";
  other.user_agent = "b";
  HeldEvents first, second;
  first.add(one, 1, true);
  first.add(other, 2, true);
  second.add(other, 7, false);
  second.add(one, 8, false);
  EXPECT_NE(first.order(0), first.order(1));
  EXPECT_EQ(first.order(0), second.order(1));
  EXPECT_EQ(first.order(1), second.order(0));
}

TEST(FileDecoder, knows_a_whole_object_by_its_brackets) {
  for (const auto* line : {"{}", R"({"a":"}","b":[{"c":"\"}"}]})", " {\"a\":1} \r"})
    EXPECT_TRUE(is_whole_object(line)) << line;
  for (const auto* line : {"", "[]", "{", R"({"Records":[{"a":1})", R"({"a":1},)", R"({}{})", R"({"a":"\)", "}{"})
    EXPECT_FALSE(is_whole_object(line)) << line;
}

// Counts what it is told and keeps the lines of errors.
struct Lines : decode::EventSink {
  void on_event(const core::CallEvent&, decode::RecordIndex) override { ++events; }
  void on_error(core::DropReason reason, decode::RecordIndex at, std::string_view) override {
    errors.push_back(fmt::format("{}:{}", core::to_string(reason), at.line));
  }
  int events = 0;
  std::vector<std::string> errors;
};

TEST(FileDecoder, passes_over_a_line_that_never_ends) {
  const Folder folder;
  const auto path = folder.write("a.jsonl", record("11:00:00", "a") + "\n{\"x\":\"" + std::string(9'000'000, 'x') +
                                                "\"}\n" + record("11:00:01", "b") + "\n");
  decode::Decoder decoder;
  decode::TextBuffer text;
  FileDecoder file(decoder, text, path, 1'000'000);
  Lines sink;
  while (file.step(sink) == decode::StreamStatus::kMore) {
  }
  EXPECT_EQ(sink.events, 2);
  EXPECT_THAT(sink.errors, testing::ElementsAre("too_large:2"));
}

TEST(FileDecoder, a_document_past_the_limit_is_one_error) {
  const Folder folder;
  std::vector<std::string> records(50'000, record("11:00:00", "a"));
  decode::Limits limits;
  limits.document_bytes_max = 1'000'000;
  decode::Decoder decoder(limits);
  decode::TextBuffer text;
  FileDecoder file(decoder, text, folder.write("a.json.gz", gzip(document(records))), limits.document_bytes_max);
  Lines sink;
  auto status = decode::StreamStatus::kMore;
  while (status == decode::StreamStatus::kMore) status = file.step(sink);
  EXPECT_EQ(status, decode::StreamStatus::kEnd);
  EXPECT_THAT(sink.errors, testing::ElementsAre("too_large:0"));
}

}  // namespace
}  // namespace insight::files
