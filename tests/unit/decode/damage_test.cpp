// Damaged input: each bad record is one reason, and the records around it count.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decode/collect.h"

namespace insight::decode::testing {
namespace {

using core::DropReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string repeat(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

// A record whose text is damaged: the `from` in it replaced.
std::string damaged(std::string_view from, std::string_view to) {
  std::string text = record("bad");
  return text.replace(text.find(from), from.size(), to);
}

struct Damage {
  const char* what;
  std::string record;
  DropReason reason;
};

std::vector<Damage> damages() {
  return {
      {"bytes that are no UTF-8", damaged("aws-cli", "aws\xFF"), DropReason::kInvalidUtf8},
      {"an overlong sequence", damaged("aws-cli", "\xC0\xAF"), DropReason::kInvalidUtf8},
      {"a surrogate in UTF-8", damaged("aws-cli", "\xED\xA0\x80"), DropReason::kInvalidUtf8},
      {"a NUL in a string", damaged("aws-cli", std::string("a\0b", 3)), DropReason::kInvalidJson},
      {"a newline in a string", damaged("aws-cli", "a\nb"), DropReason::kInvalidJson},
      {"a NUL between fields", damaged("\"awsRegion\"", std::string("\0\"awsRegion\"", 12)), DropReason::kInvalidJson},
      {"a word that does not exist", damaged("null", "nope"), DropReason::kInvalidJson},
      {"a missing opening quote", damaged("\"aws-cli\"", "aws-cli\""), DropReason::kInvalidJson},
      {"a missing closing quote", damaged("\"aws-cli\"", "\"aws-cli"), DropReason::kInvalidJson},
      {"a missing quote at the end", damaged("\"123456789012\"}", "\"123456789012}"), DropReason::kInvalidJson},
      {"a missing colon", damaged("\"readOnly\":", "\"readOnly\""), DropReason::kInvalidJson},
      {"a missing comma", damaged(",\"awsRegion\"", "\"awsRegion\""), DropReason::kInvalidJson},
      {"two commas", damaged(",\"awsRegion\"", ",,\"awsRegion\""), DropReason::kInvalidJson},
      {"a missing opening brace inside", damaged("{\"a\":", "\"a\":"), DropReason::kInvalidJson},
      {"a missing closing brace inside", damaged("]}]}", "]}]"), DropReason::kInvalidJson},
      {"a missing bracket", damaged("[1,", "1,"), DropReason::kInvalidJson},
      {"brackets that do not match", damaged("[{}]", "[{]}"), DropReason::kInvalidJson},
      {"an extra closing brace inside", damaged("]}]}", "]}]}}"), DropReason::kInvalidJson},
      {"a missing value", damaged("null", ""), DropReason::kInvalidJson},
      {"its end is missing", record("bad").substr(0, 400), DropReason::kInvalidJson},
      {"its end is missing in a string", record("bad").substr(0, record("bad").find("aws-cli") + 3),
       DropReason::kInvalidJson},
      {"its closing brace is missing", record("bad").substr(0, record("bad").size() - 1), DropReason::kInvalidJson},
      {"an escape that does not exist", damaged("aws-cli", "\\x"), DropReason::kInvalidJson},
      {"a backslash before the quote", damaged("aws-cli", "aws-cli\\"), DropReason::kInvalidJson},
      {"nested 10,000 deep", damaged("null", repeat("[", 10'000) + repeat("]", 10'000)), DropReason::kTooDeep},
      {"objects 10,000 deep", damaged("null", repeat("{\"a\":", 10'000) + "1" + repeat("}", 10'000)),
       DropReason::kTooDeep},
      {"larger than a record may be", damaged("aws-cli", std::string(2u << 20, 'x')), DropReason::kTooLarge},
      {"a field missing", damaged("\"eventName\"", "\"eventNome\""), DropReason::kMissingField},
      {"a bad time", damaged("2024-12-11", "2024-12-32"), DropReason::kBadTime},
      {"no object", "7", DropReason::kWrongType},
      {"no JSON", "garbage here", DropReason::kInvalidJson},
      {"an empty element", "", DropReason::kInvalidJson},
  };
}

TEST(Damage, InALogFileOnlyTheBadRecordIsLost) {
  for (const Damage& damage : damages()) {
    const Collect found = decoded(log_file({record("a"), record("b"), damage.record, record("c"), record("d")}));
    EXPECT_THAT(found.ids(), ElementsAre("a", "b", "c", "d")) << damage.what;
    EXPECT_THAT(found.reasons(), ElementsAre(damage.reason)) << damage.what;
    if (!found.errors.empty()) {
      EXPECT_EQ(found.errors[0].at.index, 2u) << damage.what;
    }
    if (found.events.size() == 4) {
      EXPECT_EQ(found.events[2].at.index, 3u) << damage.what;
    }
  }
}

TEST(Damage, AsTheFirstRecord) {
  for (const Damage& damage : damages()) {
    const Collect found = decoded(log_file({damage.record, record("a"), record("b")}));
    EXPECT_THAT(found.ids(), ElementsAre("a", "b")) << damage.what;
    EXPECT_THAT(found.reasons(), ElementsAre(damage.reason)) << damage.what;
  }
}

TEST(Damage, AsTheLastRecordNothingElseIsLost) {
  for (const Damage& damage : damages()) {
    const Collect found = decoded(log_file({record("a"), record("b"), damage.record}));
    EXPECT_THAT(found.ids(), ElementsAre("a", "b")) << damage.what;
    EXPECT_EQ(found.errors.size(), 1u) << damage.what;
  }
}

TEST(Damage, InTwoRecordsThatAreNeighbours) {
  for (const Damage& damage : damages()) {
    if (damage.record == "garbage here") continue;   // nothing tells where the first ends
    const Collect found = decoded(log_file({record("a"), damage.record, damage.record, record("b")}));
    EXPECT_THAT(found.ids(), ElementsAre("a", "b")) << damage.what;
    EXPECT_THAT(found.reasons(), ElementsAre(damage.reason, damage.reason)) << damage.what;
  }
}

TEST(Damage, InALineOnlyThatLineIsLost) {
  for (const Damage& damage : damages()) {
    if (damage.record.empty() || damage.record.find('\n') != std::string::npos || damage.record == "7") continue;
    const Collect found = decoded(record("a") + "\n" + damage.record + "\r\n" + record("b") + "\n");
    EXPECT_THAT(found.ids(), ElementsAre("a", "b")) << damage.what;
    EXPECT_THAT(found.reasons(), ElementsAre(damage.reason)) << damage.what;
    if (!found.errors.empty()) {
      EXPECT_EQ(found.errors[0].at.line, 2u) << damage.what;
    }
    if (found.events.size() == 2) {
      EXPECT_EQ(found.events[1].at.line, 3u) << damage.what;
    }
    const Collect first = decoded(damage.record + "\n" + record("a") + "\n" + record("b"));
    EXPECT_THAT(first.ids(), ElementsAre("a", "b")) << damage.what;
    EXPECT_THAT(first.reasons(), ElementsAre(damage.reason)) << damage.what;
  }
}

TEST(Damage, InTheOnlyRecord) {
  for (const Damage& damage : damages()) {
    if (damage.record.empty() || damage.record == "7") continue;
    const Collect found = decoded(damage.record);
    EXPECT_THAT(found.ids(), IsEmpty()) << damage.what;
    EXPECT_EQ(found.errors.size(), 1u) << damage.what;
  }
}

TEST(Damage, OfDocumentsInARow) {
  for (const Damage& damage : damages()) {
    if (damage.record.empty() || damage.record == "7") continue;
    const Collect found = decoded(record("a") + damage.record + record("b") + record("c"));
    EXPECT_THAT(found.ids(), ElementsAre("a", "b", "c")) << damage.what;
    EXPECT_THAT(found.reasons(), ElementsAre(damage.reason)) << damage.what;
  }
}

TEST(Damage, InALongFile) {
  for (const Damage& damage : damages()) {
    std::vector<std::string> records, ids;
    for (int i = 0; i < 1200; ++i) {
      const bool bad = i % 400 == 199;
      if (!bad) ids.push_back(std::to_string(i));
      records.push_back(bad ? damage.record : record(ids.back()));
    }
    const Collect found = decoded(log_file(records));
    EXPECT_EQ(found.ids(), ids) << damage.what;
    EXPECT_EQ(found.errors.size(), 3u) << damage.what;
  }
}

TEST(Damage, InsideAnEmbeddedRecord) {
  const auto log_event = [](const std::string& message) {
    return R"({"id":"1","message":)" + json_string(message) + "}";
  };
  const std::string text = R"({"logEvents":[)" + log_event(record("a")) + "," + log_event(damaged("null", "nope")) +
                           "," + log_event(damaged("aws-cli", "\xFF")) + "," + log_event(record("b")) + "]}";
  const Collect found = decoded(text);
  EXPECT_THAT(found.ids(), ElementsAre("a", "b"));
  EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kInvalidJson, DropReason::kInvalidUtf8));
}

TEST(Damage, AroundEmbeddedRecords) {
  const auto log_event = [](std::string_view id) { return R"({"id":"1","message":)" + json_string(record(id)) + "}"; };
  for (const std::string bad :
       {R"({"id":"1","message":"{\"ev})", R"({"id":"1",})", "x", R"({"id":"1","message":"\q"})"}) {
    const Collect found = decoded(R"({"messageType":"DATA_MESSAGE","logEvents":[)" + log_event("a") + "," + bad + "," +
                                  log_event("b") + "]}");
    EXPECT_THAT(found.ids(), ElementsAre("a", "b")) << bad;
    EXPECT_EQ(found.errors.size(), 1u) << bad;
  }
}

TEST(Damage, ACutFileCostsOneRecord) {
  const std::string text = log_file({record("a"), record("b"), record("c")});
  for (size_t length = 1; length < text.size(); ++length) {
    const Collect found = decoded(text.substr(0, length));
    ASSERT_EQ(found.errors.size(), 1u) << length;
    const size_t whole = (length - 12 + 1) / (record("a").size() + 1);
    ASSERT_EQ(found.events.size(), length < 12 ? 0 : std::min<size_t>(3, whole)) << length;
    if (length > 1) {
      ASSERT_EQ(found.errors[0].reason, DropReason::kTruncated) << length;
    }
  }
}

TEST(Damage, ACutLineCostsOneRecord) {
  const std::string text = record("a") + "\n" + record("b") + "\n" + record("c");
  for (size_t length = 2 * record("a").size() + 3; length < text.size(); ++length) {
    const Collect found = decoded(text.substr(0, length));
    ASSERT_THAT(found.ids(), ElementsAre("a", "b")) << length;
    ASSERT_THAT(found.reasons(), ElementsAre(DropReason::kTruncated)) << length;
  }
}

TEST(Damage, ARecordCutInsideItsResourcesDoesNotSwallowTheNext) {
  const std::string whole = record("bad", R"(,"resources":[{"ARN":"a"},{"ARN":"b"}])");
  const std::string cut = whole.substr(0, whole.find(R"(,{"ARN":"b")"));
  const Collect found = decoded(log_file({record("a"), cut, record("b"), record("c")}));
  EXPECT_THAT(found.ids(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kInvalidJson));
}

TEST(Damage, ARecordCutInsideAListIsNotTheInputsEnd) {
  const std::string cut = record("bad").substr(0, record("bad").find(R"(,{"b")"));
  const Collect found = decoded(log_file({record("a"), cut, record("b"), record("c")}));
  EXPECT_THAT(found.ids(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kInvalidJson));
}

TEST(Damage, BetweenRecords) {
  const auto around = [](std::string_view between) {
    return decoded(R"({"Records":[)" + record("a") + std::string(between) + record("b") + "]}");
  };
  for (const char* between : {"", ",,", " x ", ",x,", "},", "]", ";", ",{},"}) {
    const Collect found = around(between);
    EXPECT_THAT(found.ids(), ElementsAre("a", "b")) << between;
    EXPECT_GE(found.errors.size(), 1u) << between;
    EXPECT_LE(found.errors.size(), 2u) << between;
  }
}

TEST(Damage, OfTheEnvelopesBeginning) {
  const std::string rest = "[" + record("a") + "," + record("b") + "]}";
  for (const char* header : {"{\"Records:", "{\"Records\"", "{Records:", "\"Records\":", "\xFF{\"Records\":"}) {
    const Collect found = decoded(header + rest);
    EXPECT_THAT(found.ids(), ElementsAre("a", "b")) << header;
    EXPECT_GE(found.errors.size(), 1u) << header;
    EXPECT_LE(found.errors.size(), 2u) << header;
  }
}

TEST(Damage, OfTheEnvelopesEnd) {
  const std::string text = R"({"Records":[)" + record("a") + "," + record("b");
  for (const char* tail : {"", "]", ",]}", "}", "]}]", "]}}", "]} x", "],}", "]\xFF}"}) {
    const Collect found = decoded(text + tail);
    EXPECT_THAT(found.ids(), ElementsAre("a", "b")) << tail;
    EXPECT_EQ(found.errors.size(), 1u) << tail;
  }
}

TEST(Damage, TrailingGarbageIsOneBadRecord) {
  for (const char* tail : {"garbage", " }", "]", "\xFF\xFE", "\x01\x02", "{", ",", "\"", "\n\nxyz"}) {
    const Collect found = decoded(record("a") + tail);
    EXPECT_THAT(found.ids(), ElementsAre("a")) << tail;
    EXPECT_EQ(found.errors.size(), 1u) << tail;
  }
  EXPECT_EQ(decoded(record("a") + std::string(100, '\0')).errors.size(), 1u);
}

TEST(Damage, GarbageIsOneBadRecord) {
  for (const std::string& text :
       {std::string("hello world"), std::string(1000, '\xFF'), std::string(1000, '\0'), repeat("}", 1000),
        repeat("]", 1000), repeat(",", 1000), repeat("{", 1000), repeat("[", 1000), repeat("\"", 1000),
        repeat("\\", 1001), repeat("{\"a\":", 50000), repeat("[{", 30000)}) {
    const Collect found = decoded(text);
    EXPECT_THAT(found.ids(), IsEmpty());
    EXPECT_EQ(found.errors.size(), 1u) << text.substr(0, 20);
  }
}

TEST(Damage, FakeRecordsInsideADamagedOneAreNotCounted) {
  const std::string bad =
      record("bad", R"(,"x":[{"y":1},)" + record("fake") + "," + record("fake") + "],\"z\":\"\xFF\"");
  const Collect found = decoded(log_file({record("a"), bad, record("b")}));
  EXPECT_THAT(found.ids(), ElementsAre("a", "b"));
  EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kInvalidUtf8));
}

TEST(Damage, TheRawRecordIsHandedOn) {
  const std::string bad = damaged("null", "nope");
  EXPECT_EQ(decoded(log_file({record("a"), bad, record("b")})).errors.at(0).raw, bad);
  EXPECT_EQ(decoded("what is this").errors.at(0).raw, "what is this");
}

TEST(Damage, NestingUpToTheLimitIsFine) {
  const auto nested = [](size_t levels) { return damaged("null", repeat("[", levels) + repeat("]", levels)); };
  EXPECT_EQ(decoded(nested(63)).events.size(), 1u);
  EXPECT_THAT(decoded(nested(64)).reasons(), ElementsAre(DropReason::kTooDeep));
  EXPECT_EQ(decoded(R"({"detail-type":"x","detail":)" + nested(63) + "}").events.size(), 1u)
      << "the envelope's level is not the record's";
  Limits shallow;
  shallow.depth_max = 4;
  EXPECT_THAT(decoded(nested(4), shallow).reasons(), ElementsAre(DropReason::kTooDeep));
}

TEST(Damage, TheRecordLimitHoldsInEveryEnvelope) {
  Limits limits;
  limits.record_bytes_max = record("a").size();
  const std::string large = record("large");
  const auto only_too_large = [&](const std::string& text) {
    const Collect found = decoded(text, limits);
    EXPECT_THAT(found.ids(), ElementsAre("a")) << text;
    EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kTooLarge)) << text;
  };
  only_too_large(log_file({large, record("a")}));
  only_too_large("[" + large + "," + record("a") + "]");
  only_too_large(large + "\n" + record("a"));
  only_too_large(R"({"logEvents":[{"message":)" + json_string(large) + R"(},{"message":)" + json_string(record("a")) +
                 "}]}");
}

TEST(Damage, TheDocumentLimitCutsTheInput) {
  Limits limits;
  limits.document_bytes_max = 12 + 2 * (record("a").size() + 1) + 50;
  const Collect found = decoded(log_file({record("a"), record("b"), record("c"), record("d")}), limits);
  EXPECT_THAT(found.ids(), ElementsAre("a", "b"));
  EXPECT_THAT(found.reasons(), ElementsAre(DropReason::kTooLarge));
}

}  // namespace
}  // namespace insight::decode::testing
