// What the fields of a CloudTrail record mean.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decode/collect.h"

namespace insight::decode::testing {
namespace {

using core::Category;
using core::DropReason;
using ::testing::ElementsAre;

// The smallest good record; every argument replaces or adds fields.
std::string small(std::string_view fields) {
  return R"({"eventTime":"2024-12-11T16:52:07Z","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1",)" +
         std::string(fields) + "}";
}

constexpr std::string_view kNamed = R"("recipientAccountId":"123456789012","eventName":"PutObject")";

Event event_of(std::string_view fields) {
  const Collect found = decoded(small(fields));
  EXPECT_EQ(found.events.size(), 1u) << fields;
  EXPECT_TRUE(found.errors.empty()) << fields;
  return found.events.empty() ? Event{} : found.events[0];
}

Event event_with(std::string_view more) { return event_of(std::string(kNamed) + std::string(more)); }

DropReason reason_of(std::string_view record) {
  const Collect found = decoded(record);
  EXPECT_TRUE(found.events.empty()) << record;
  EXPECT_EQ(found.errors.size(), 1u) << record;
  return found.errors.empty() ? DropReason::kQuota : found.errors[0].reason;
}

TEST(Fields, AWholeRecordIsRead) {
  const Event event =
      decoded(record("id-1", R"(,"errorCode":"AccessDenied","resources":[{"ARN":"arn:aws:s3:::b"}])")).events.at(0);
  EXPECT_EQ(event.account, "123456789012");
  EXPECT_EQ(event.region, "us-east-1");
  EXPECT_EQ(event.source, "ec2.amazonaws.com");
  EXPECT_EQ(event.name, "RunInstances");
  EXPECT_EQ(event.time, "2024-12-11T16:52:07Z");
  EXPECT_EQ(event.id, "id-1");
  EXPECT_EQ(event.error, "AccessDenied");
  EXPECT_EQ(event.principal, "arn:aws:iam::123456789012:user/bob");
  EXPECT_EQ(event.agent, "aws-cli");
  EXPECT_EQ(event.resource, "arn:aws:s3:::b");
  EXPECT_EQ(event.address, "192.0.2.1");
  EXPECT_EQ(event.category, Category::kManagement);
  EXPECT_FALSE(event.read_only);
}

TEST(Fields, AbsentAttributesAreEmpty) {
  const Event event = event_with("");
  for (const std::string& text : {event.id, event.error, event.principal, event.agent, event.resource, event.address})
    EXPECT_EQ(text, "");
}

TEST(Fields, ReadOnlyAbsentIsDecidedByTheNamesBeginning) {
  for (const char* name :
       {"GetObject", "ListBuckets", "DescribeInstances", "HeadBucket", "LookupEvents", "SearchAll", "BatchGetItem"})
    EXPECT_TRUE(event_of(R"("recipientAccountId":"1","eventName":")" + std::string(name) + '"').read_only) << name;
  for (const char* name : {"PutObject", "BatchWrite", "getObject", "ForgetIt", "Assume"})
    EXPECT_FALSE(event_of(R"("recipientAccountId":"1","eventName":")" + std::string(name) + '"').read_only) << name;
}

TEST(Fields, ReadOnlyPresentDecides) {
  EXPECT_TRUE(event_with(R"(,"readOnly":true)").read_only);
  EXPECT_FALSE(event_of(R"("recipientAccountId":"1","eventName":"GetObject","readOnly":false)").read_only);
}

TEST(Fields, ReadOnlyThatIsNoBooleanIsAbsent) {
  for (const char* value : {"null", "\"false\"", "0", "{}"})
    EXPECT_TRUE(
        event_of(R"("recipientAccountId":"1","eventName":"GetObject","readOnly":)" + std::string(value)).read_only)
        << value;
}

TEST(Fields, CategoryIsTakenAsWritten) {
  EXPECT_EQ(event_with(R"(,"eventCategory":"Management")").category, Category::kManagement);
  EXPECT_EQ(event_with(R"(,"eventCategory":"Data")").category, Category::kData);
  EXPECT_EQ(event_with(R"(,"eventCategory":"NetworkActivity")").category, Category::kNetworkActivity);
  EXPECT_EQ(event_with(R"(,"eventCategory":"Insight")").category, Category::kInsight);
  EXPECT_EQ(event_with(R"(,"eventCategory":"Data","managementEvent":true)").category, Category::kData);
}

TEST(Fields, CategoryAbsentIsManagementUnlessManagementEventIsFalse) {
  EXPECT_EQ(event_with("").category, Category::kManagement);
  EXPECT_EQ(event_with(R"(,"managementEvent":true)").category, Category::kManagement);
  EXPECT_EQ(event_with(R"(,"managementEvent":false)").category, Category::kData);
  EXPECT_EQ(event_with(R"(,"managementEvent":null,"eventCategory":null)").category, Category::kManagement);
}

TEST(Fields, AnInsightRecordNamesItsApiInItsDetails) {
  const Event event = event_of(
      R"("recipientAccountId":"1","eventCategory":"Insight","insightDetails":{"state":"Start","eventSource":"x","eventName":"RunInstances"})");
  EXPECT_EQ(event.category, Category::kInsight);
  EXPECT_EQ(event.name, "RunInstances");
}

TEST(Fields, AccountFallsBackToTheIdentitys) {
  EXPECT_EQ(event_of(R"("eventName":"A","userIdentity":{"accountId":"111122223333"})").account, "111122223333");
  EXPECT_EQ(event_of(R"("eventName":"A","recipientAccountId":null,"userIdentity":{"accountId":"2"})").account, "2");
  EXPECT_EQ(event_of(R"("eventName":"A","recipientAccountId":"1","userIdentity":{"accountId":"2"})").account, "1");
}

TEST(Fields, ErrorCodeEmptyOrNullOrOfAnotherTypeIsSuccess) {
  for (const char* value : {"\"\"", "null", "7", "[]"})
    EXPECT_EQ(event_with(R"(,"errorCode":)" + std::string(value)).error, "") << value;
}

TEST(Fields, AFailedConsoleLoginHasACode) {
  const std::string login = R"("recipientAccountId":"1","eventName":"ConsoleLogin")";
  EXPECT_EQ(event_of(login + R"(,"errorMessage":"Failed authentication")").error, "Failed authentication");
  EXPECT_EQ(event_of(login + R"(,"responseElements":{"ConsoleLogin":"Failure"})").error, "Failed authentication");
  EXPECT_EQ(event_of(login + R"(,"errorMessage":"Failed authentication","errorCode":"Other")").error, "Other");
  EXPECT_EQ(event_of(login + R"(,"responseElements":{"ConsoleLogin":"Success"})").error, "");
  EXPECT_EQ(event_with(R"(,"errorMessage":"Failed authentication")").error, "") << "of another call";
}

TEST(Fields, UpdatedDataHasTheOriginalsId) {
  EXPECT_EQ(event_with(R"(,"eventID":"new","addendum":{"reason":"UPDATED_DATA","originalEventID":"old"})").id, "old");
  EXPECT_EQ(event_with(R"(,"addendum":{"originalEventID":"old","reason":"UPDATED_DATA"},"eventID":"new")").id, "old");
  EXPECT_EQ(event_with(R"(,"eventID":"new","addendum":{"reason":"DELIVERY_DELAY","originalEventID":"old"})").id, "new");
  EXPECT_EQ(event_with(R"(,"eventID":"new","addendum":{"reason":"UPDATED_DATA"})").id, "new");
  EXPECT_EQ(event_with(R"(,"eventID":"new","addendum":null)").id, "new");
}

TEST(Fields, TheFirstResourceCounts) {
  EXPECT_EQ(event_with(R"(,"resources":[{"ARN":"a"},{"ARN":"b"}])").resource, "a");
  EXPECT_EQ(event_with(R"(,"resources":[{"type":"t","arn":"a"}])").resource, "a");
  EXPECT_EQ(event_with(R"(,"resources":[{"accountId":"1"},{"ARN":"b"}])").resource, "");
  for (const char* value : {"null", "[]", "{}", "[7]", "\"a\"", "[{\"ARN\":7}]"})
    EXPECT_EQ(event_with(R"(,"resources":)" + std::string(value)).resource, "") << value;
}

std::string principal(std::string_view identity) {
  return event_with(R"(,"userIdentity":{)" + std::string(identity) + "}").principal;
}

TEST(Fields, AnAssumedRoleLosesItsSessionName) {
  EXPECT_EQ(principal(R"("arn":"arn:aws:sts::123456789012:assumed-role/Admin/alice")"),
            "arn:aws:sts::123456789012:assumed-role/Admin");
  EXPECT_EQ(principal(R"("arn":"arn:aws-cn:sts::1:assumed-role\/Admin\/alice")"),
            "arn:aws-cn:sts::1:assumed-role/Admin");
  EXPECT_EQ(principal(R"("arn":"arn:aws:sts::1:assumed-role/Admin")"), "arn:aws:sts::1:assumed-role/Admin");
  EXPECT_EQ(principal(R"("arn":"arn:aws:iam::1:user/path/bob")"), "arn:aws:iam::1:user/path/bob");
  EXPECT_EQ(principal(R"("arn":"arn:aws:sts::1:federated-user/bob")"), "arn:aws:sts::1:federated-user/bob");
}

TEST(Fields, ThePrincipalFallsBackInOrder) {
  const std::string all =
      R"("principalId":"p","onBehalfOf":{"userId":"u","identityStoreArn":"s"},"accountId":"a","invokedBy":"i","arn":"n")";
  EXPECT_EQ(principal(all), "n");
  EXPECT_EQ(principal(R"("principalId":"p","onBehalfOf":{"userId":"u"},"accountId":"a","invokedBy":"i","arn":"")"),
            "i");
  EXPECT_EQ(principal(R"("principalId":"p","onBehalfOf":{"userId":"u"},"accountId":"a","invokedBy":null)"), "a");
  EXPECT_EQ(principal(R"("principalId":"p","onBehalfOf":{"userId":"u"})"), "u");
  EXPECT_EQ(principal(R"("principalId":"p","onBehalfOf":null,"arn":7)"), "p");
  EXPECT_EQ(principal(R"("type":"AWSService")"), "");
}

TEST(Fields, TheNestedIssuersArnIsNotThePrincipal) {
  EXPECT_EQ(principal(R"("invokedBy":"i","sessionContext":{"sessionIssuer":{"arn":"wrong"}})"), "i");
}

TEST(Fields, NeededFieldsMustBeThere) {
  const std::string all[] = {R"("eventTime":"2024-12-11T16:52:07Z")", R"("eventSource":"s")", R"("eventName":"n")",
                             R"("awsRegion":"r")", R"("recipientAccountId":"1")"};
  for (size_t left_out = 0; left_out < std::size(all); ++left_out) {
    std::string absent, empty, null, number;
    for (size_t i = 0; i < std::size(all); ++i) {
      const std::string name = all[i].substr(0, all[i].find(':') + 1);
      if (i != left_out) absent += all[i] + ',';
      empty += (i == left_out ? name + "\"\"" : all[i]) + ',';
      null += (i == left_out ? name + "null" : all[i]) + ',';
      number += (i == left_out ? name + "7" : all[i]) + ',';
    }
    const auto whole = [](const std::string& fields) { return "{" + fields + R"("eventID":"x"})"; };
    EXPECT_EQ(reason_of(whole(absent)), DropReason::kMissingField) << absent;
    EXPECT_EQ(reason_of(whole(empty)), DropReason::kMissingField) << empty;
    EXPECT_EQ(reason_of(whole(null)), DropReason::kMissingField) << null;
    EXPECT_EQ(reason_of(whole(number)), DropReason::kWrongType) << number;
  }
}

TEST(Fields, TimesOutsideTheYearsAreBad) {
  const auto at = [](std::string_view time) {
    return R"({"eventSource":"s","awsRegion":"r","eventName":"n","recipientAccountId":"1","eventTime":")" +
           std::string(time) + "\"}";
  };
  for (const char* bad :
       {"0000-01-01T00:00:00Z", "1970-12-31T23:59:59Z", "4000-01-01T00:00:00Z", "9999-01-01T00:00:00Z",
        "2024-02-30T00:00:00Z", "2024-13-01T00:00:00Z", "2024-12-11T24:00:00Z", "2024-12-11T16:60:00Z", "2024-12-11",
        "yesterday", "2024-12-11T16:52:0xZ", "3999-12-31T23:59:59-01:00", "20:4-12-11T16:52:07Z"})
    EXPECT_EQ(reason_of(at(bad)), DropReason::kBadTime) << bad;
  const std::pair<const char*, const char*> good[] = {{"1971-01-01T00:00:00Z", "1971-01-01T00:00:00Z"},
                                                      {"3999-12-31T23:59:59Z", "3999-12-31T23:59:59Z"},
                                                      {"2024-02-29T12:34:56.789Z", "2024-02-29T12:34:56Z"},
                                                      {"2024-12-11T16:52:07+02:00", "2024-12-11T14:52:07Z"}};
  for (const auto& [text, time] : good) EXPECT_EQ(decoded(at(text)).events.at(0).time, time) << text;
}

TEST(Fields, TheFastTimeAgreesWithCore) {
  for (int day = 0; day < 12'000; day += 7) {
    const core::Timestamp time = core::start_of({day * core::kMinutesPerDay + day % 1440}) +
                                 std::chrono::seconds(day % 60) + std::chrono::days(365);
    const std::string text = core::to_iso(time);
    EXPECT_EQ(event_of(R"("recipientAccountId":"1","eventName":"n","eventTime":")" + text + '"').time, text);
  }
}

TEST(Fields, TheLastOfTwoEqualKeysCounts) {
  EXPECT_EQ(event_with(R"(,"eventName":"Second")").name, "Second");
  EXPECT_EQ(event_with(R"(,"errorCode":"a","errorCode":null)").error, "");
  EXPECT_EQ(event_with(R"(,"userIdentity":{"arn":"a"},"userIdentity":{"invokedBy":"b"})").principal, "b");
  EXPECT_EQ(event_with(R"(,"resources":[{"ARN":"a"}],"resources":[])").resource, "");
  EXPECT_EQ(reason_of(small(std::string(kNamed) + R"(,"eventName":7)")), DropReason::kWrongType);
}

TEST(Fields, EscapesAreUndone) {
  const Event event = event_with(R"(,"userAgent":"a\"b\\c\/d\n\u00e9\ud83d\ude00\ud83dx","errorCode":"\u0041b")");
  EXPECT_EQ(event.agent, "a\"b\\c/d\n\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBDx");
  EXPECT_EQ(event.error, "Ab");
}

TEST(Fields, EscapedKeysAreTheSameKeys) { EXPECT_EQ(event_with(R"(,"error\u0043ode":"x")").error, "x"); }

TEST(Fields, EscapesThatDoNotExistAreRefusedAnywhere) {
  for (const char* bad : {R"("\x")", R"("\u12g4")", R"("\u12")", R"({"\q":1})", R"(["a","\ "])"})
    EXPECT_EQ(reason_of(small(std::string(kNamed) + R"(,"requestParameters":)" + bad)), DropReason::kInvalidJson)
        << bad;
}

TEST(Fields, LongStringsAreCutBetweenCharacters) {
  const std::string two_bytes = "\xC3\xA9";
  std::string odd = "x";
  while (odd.size() < 3000) odd += two_bytes;
  const Event event = event_with(R"(,"errorCode":")" + odd + R"(","userAgent":")" + odd + R"(","sourceIPAddress":")" +
                                 R"(\u0078)" + odd.substr(1) + '"');
  EXPECT_EQ(event.error, odd.substr(0, 255));
  EXPECT_EQ(event.agent, odd.substr(0, 1023));
  EXPECT_EQ(event.address, odd.substr(0, 1023)) << "also when it was written with escapes";
}

TEST(Fields, ALongEscapedStringIsCutBetweenCharactersWhereItsCopyEndsAtTheLimit) {
  std::string eight;
  for (int i = 0; i < 8; ++i) eight += R"(\u0078)";
  std::string raw = "x";
  while (raw.size() < 3000) raw += "\xC3\xA9";
  EXPECT_EQ(event_with(R"(,"userAgent":")" + eight + raw + '"').agent, "xxxxxxxx" + raw.substr(0, 1015));
}

TEST(Fields, ALongStringThatFitsIsNotCut) {
  const std::string fits(core::kNameLengthMax, 'e');
  EXPECT_EQ(event_with(R"(,"errorCode":")" + fits + '"').error, fits);
  EXPECT_EQ(event_with(R"(,"errorCode":"\u0065)" + fits.substr(1) + '"').error, fits);
}

TEST(Fields, ASessionNameIsStrippedBeforeTheCut) {
  const std::string role = "arn:aws:sts::1:assumed-role/R";
  EXPECT_EQ(principal(R"("arn":")" + role + "/" + std::string(5000, 's') + '"'), role);
}

TEST(Fields, StringsEverywhereMayBeEscapedAtTheirLongest) {
  std::string huge;
  for (int i = 0; i < 2000; ++i) huge += R"(\ud83d\ude00)";
  std::string fields;
  for (const char* name : {"recipientAccountId", "awsRegion", "eventSource", "eventName", "eventID", "errorCode",
                           "errorMessage", "userAgent", "sourceIPAddress", "eventCategory"})
    fields += '"' + std::string(name) + R"(":")" + huge + R"(",)";
  fields += R"("addendum":{"reason":"UPDATED_DATA","originalEventID":")" + huge + R"("},"resources":[{"ARN":")" + huge +
            R"("}],)";
  fields += R"("userIdentity":{"arn":")" + huge + R"(","invokedBy":")" + huge + R"("})";
  const Event event = event_of(fields);
  EXPECT_EQ(event.name.size(), 256u);
  EXPECT_EQ(event.principal.size(), 1024u);
}

TEST(Fields, WhatIsSkippedIsProvenToBeJson) {
  for (const char* bad : {"{\"a\":nope}", "[1,2}",  "{\"a\":[}",  "{1:2}",   "{\"a\" 1}",
                          "[1 2]",        "[1,]",   "{\"a\":1,}", "{,}",     "[,]",
                          "01",           "1.",     "-",          "1e",      "+1",
                          ".5",           "tru",    "nullx",      "'a'",     "{\"a\":\"b\"\"c\":1}",
                          "tru\"e\"",     "\"a\"b", "\\\"a\"",    "{\"a\"}", "[\"a\":1]"})
    EXPECT_EQ(decoded(small(std::string(kNamed) + R"(,"requestParameters":)" + bad)).events.size(), 0u) << bad;
  for (const char* good : {"{}", "[]", "[[],{}]", "-0.5e+10", "0", "1E5", " [ 1 , { \"a\" : null } ] ", "\"\"", "true"})
    EXPECT_EQ(decoded(small(std::string(kNamed) + R"(,"requestParameters":)" + good)).events.size(), 1u) << good;
}

}  // namespace
}  // namespace insight::decode::testing
