// The six envelopes, recognised by themselves, and what is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decode/collect.h"

namespace insight::decode::testing {
namespace {

using core::DropReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string log_event(std::string_view message) {
  return R"({"id":"3","timestamp":1,"message":)" + json_string(message) + "}";
}

std::string event_bridge(std::string_view detail, std::string_view type = "AWS API Call via CloudTrail") {
  return R"({"version":"0","id":"bridge","detail-type":")" + std::string(type) +
         R"(","source":"aws.ec2","account":"9","time":"2024-12-11T16:52:07Z","region":"r","resources":["arn:x"],"detail":)" +
         std::string(detail) + "}";
}

void expect_only(const Collect& found, std::vector<std::string> ids) {
  EXPECT_EQ(found.ids(), ids);
  EXPECT_THAT(found.reasons(), IsEmpty());
}

void expect_nothing(std::string_view text) {
  const Collect found = decoded(text);
  EXPECT_THAT(found.ids(), IsEmpty()) << text;
  EXPECT_THAT(found.reasons(), IsEmpty()) << text;
}

void expect_reason(std::string_view text, DropReason reason) {
  const Collect found = decoded(text);
  EXPECT_THAT(found.ids(), IsEmpty()) << text;
  EXPECT_THAT(found.reasons(), ElementsAre(reason)) << text;
}

TEST(Envelopes, ALogFile) {
  const Collect found = decoded(log_file({record("a"), record("b"), record("c")}));
  expect_only(found, {"a", "b", "c"});
  EXPECT_EQ(found.events[2].at.index, 2u);
  EXPECT_EQ(found.events[2].at.line, 0u);
}

TEST(Envelopes, ALogFileWithOtherFieldsAround) {
  expect_only(decoded(R"({"x":[{"y":1}],"Records":[)" + record("a") + R"(],"z":{"Records":[1]}})"), {"a"});
  expect_only(decoded(R"({"Records":[)" + record("a") + R"(],"Records":[)" + record("b") + "]}"), {"a", "b"});
}

TEST(Envelopes, OneRecord) { expect_only(decoded(record("a")), {"a"}); }

TEST(Envelopes, AnEventBridgeEvent) {
  const Collect found = decoded(event_bridge(record("a")));
  expect_only(found, {"a"});
  EXPECT_EQ(found.events[0].resource, "") << "the resources of the envelope are not the record's";
  expect_only(decoded(event_bridge(record("b"), "AWS Console Signin via CloudTrail")), {"b"});
  expect_only(decoded(R"({"detail":)" + record("c") + R"(,"detail-type":"AWS Service Event via CloudTrail"})"), {"c"});
}

TEST(Envelopes, AnEventBridgeEventOfAnotherKindIsNone) {
  expect_reason(event_bridge(R"({"instance-id":"i","state":"running"})", "EC2 Instance State-change Notification"),
                DropReason::kUnknownEnvelope);
}

TEST(Envelopes, ACloudWatchSubscription) {
  const std::string text = R"({"messageType":"DATA_MESSAGE","owner":"1","subscriptionFilters":["f"],"logEvents":[)" +
                           log_event(record("a")) + "," + log_event(record("b", R"(,"userAgent":"q\"\\\/\u00e9")")) +
                           "]}";
  const Collect found = decoded(text);
  expect_only(found, {"a", "b"});
  EXPECT_EQ(found.events[1].agent, "q\"\\/\xC3\xA9");
  expect_only(decoded(gzip(text)), {"a", "b"});
}

TEST(Envelopes, AControlMessageIsNothing) {
  const std::string events =
      R"("logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health."}])";
  expect_nothing(R"({"messageType":"CONTROL_MESSAGE",)" + events + "}");
  expect_nothing("{" + events + R"(,"messageType" : "CONTROL_MESSAGE"})");
  expect_nothing(gzip(R"({"messageType":"CONTROL_MESSAGE",)" + events + "}"));
}

TEST(Envelopes, AMessageThatSpeaksOfControlMessagesIsStillData) {
  expect_only(decoded(R"({"logEvents":[)" + log_event(record("a", R"(,"messageType":"CONTROL_MESSAGE")")) + "]}"),
              {"a"});
}

TEST(Envelopes, LogEventsThatHoldNoRecord) {
  expect_reason(R"({"logEvents":[{"id":"1"}]})", DropReason::kMissingField);
  expect_reason(R"({"logEvents":[{"message":7}]})", DropReason::kWrongType);
  expect_reason(R"({"logEvents":[{"message":"START RequestId"}]})", DropReason::kInvalidJson);
  expect_reason(R"({"logEvents":[{"message":""}]})", DropReason::kInvalidJson);
  expect_reason(R"({"logEvents":[{"message":"{\"a\":1}"}]})", DropReason::kUnknownEnvelope);
  expect_reason(R"({"logEvents":[)" + log_event(record("a") + "x") + "]}", DropReason::kInvalidJson);
  const std::string whole = record("a");
  for (size_t length = 1; length < whole.size(); length += 7)
    expect_reason(R"({"logEvents":[)" + log_event(whole.substr(0, length)) + "]}", DropReason::kTruncated);
}

TEST(Envelopes, LookupEventsOutput) {
  expect_only(decoded(R"({"Events":[{"EventId":"x","EventName":"y","EventTime":1.5,"CloudTrailEvent":)" +
                      json_string(record("a")) + R"(,"Resources":[]},{"CloudTrailEvent":)" + json_string(record("b")) +
                      R"(}],"NextToken":"t"})"),
              {"a", "b"});
}

TEST(Envelopes, ABareArray) {
  expect_only(decoded("[" + record("a") + " ,\n" + record("b") + "]"), {"a", "b"});
  expect_only(decoded("[" + event_bridge(record("a")) + "]"), {"a"});
}

TEST(Envelopes, Lines) {
  const Collect found = decoded("\n" + record("a") + "\r\n\n" + record("b") + "\n" + event_bridge(record("c")));
  expect_only(found, {"a", "b", "c"});
  EXPECT_EQ(found.events[0].at.line, 2u);
  EXPECT_EQ(found.events[1].at.line, 4u);
  EXPECT_EQ(found.events[2].at.line, 5u);
  EXPECT_EQ(found.events[2].at.index, 2u);
}

TEST(Envelopes, LinesThatAreLogFiles) {
  expect_only(decoded(log_file({record("a"), record("b")}) + "\n" + log_file({record("c")}) + "\n"), {"a", "b", "c"});
}

TEST(Envelopes, OneLineIsNotLineDelimited) { EXPECT_EQ(decoded(record("a") + "\n").events.at(0).at.line, 0u); }

TEST(Envelopes, DocumentsInARow) {
  expect_only(decoded(record("a") + record("b") + "  " + log_file({record("c")}) + "[" + record("d") + "]"),
              {"a", "b", "c", "d"});
}

TEST(Envelopes, JsonSpreadOverLines) {
  expect_only(decoded("{\n  \"Records\": [\n    " + record("a") + ",\n    " + record("b") + "\n  ]\n}\n"), {"a", "b"});
  expect_only(decoded("[\n" + record("a") + ",\n" + record("b") + "\n]\n"), {"a", "b"});
  expect_only(decoded("{\"Records\":[\n" + record("a") + ",\n" + record("b") + "\n]}"), {"a", "b"});
}

TEST(Envelopes, AByteOrderMarkIsPassedOver) { expect_only(decoded("\xEF\xBB\xBF" + log_file({record("a")})), {"a"}); }

TEST(Envelopes, NothingIsNothing) {
  for (const char* text : {"", " \r\n\t ", "{\"Records\":[]}", "[]", "{\"Events\":[]}",
                           "{\"logEvents\":[],\"messageType\":\"DATA_MESSAGE\"}", "\xEF\xBB\xBF", "\n\n"})
    expect_nothing(text);
}

TEST(Envelopes, JsonThatIsNoAuditEventIsOneBadRecord) {
  for (const char* text : {"{}", "{\"a\":1}", "7", "\"x\"", "null", "true", "[{\"a\":1}]"})
    expect_reason(text, DropReason::kUnknownEnvelope);
}

TEST(Envelopes, ListsOfOtherThings) {
  expect_reason(R"({"Records":null})", DropReason::kWrongType);
  expect_reason(R"({"Records":{}})", DropReason::kWrongType);
  expect_reason(R"({"Records":[{}]})", DropReason::kMissingField);
  for (const char* element : {"7", "null", "\"{\"", "[[]]", "[{}]"})
    expect_reason(R"({"Records":[)" + std::string(element) + "]}", DropReason::kWrongType);
  EXPECT_THAT(decoded(log_file({record("a"), "7", record("b"), "\"x\"", record("c")})).ids(),
              ElementsAre("a", "b", "c"));
}

TEST(Envelopes, AFileLongerThanAWindow) {
  std::vector<std::string> records, ids;
  for (int i = 0; i < 3000; ++i) {
    ids.push_back("id-" + std::to_string(i));
    const size_t length = static_cast<size_t>(i) * 7919 % 3000;
    records.push_back(record(ids.back(), R"(,"x":[{"pad":")" + std::string(length, 'p') + R"("},{"q":1}])"));
  }
  expect_only(decoded(log_file(records)), ids);
  expect_only(decoded(zstd(log_file(records))), ids);
  std::string row, lines;
  for (const std::string& one : records) {
    row += one;
    lines += one + "\n";
  }
  expect_only(decoded(row), ids);
  expect_only(decoded(lines), ids);
}

TEST(Envelopes, RecordsNearlyAsLongAsAWindow) {
  std::vector<std::string> records;
  for (const size_t length : {100u << 10, 255u << 10, 256u << 10, 300u << 10, 700u << 10, 10u})
    records.push_back(record(std::to_string(length), R"(,"x":")" + std::string(length, 'p') + "\""));
  EXPECT_EQ(decoded(log_file(records)).events.size(), records.size());
}

}  // namespace
}  // namespace insight::decode::testing
