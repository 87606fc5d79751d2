#include "publish/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "golden.h"
#include "insights.h"
#include "publish/event_id.h"
#include "shape.h"

namespace insight::publish {
namespace {

using core::Attribute;
using core::InsightState;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace testing;

constexpr std::string_view kTrail = "arn:aws:cloudtrail:us-east-2:123456789012:trail/TrailName";

// The shape of the records that AWS publishes as examples of error-rate insights.
std::string aws_shape(std::string_view after_context) {
  return "{eventVersion:string,eventTime:string,awsRegion:string,eventID:string,eventType:string,"
         "recipientAccountId:string,sharedEventID:string,insightDetails:{state:string,eventSource:string,"
         "eventName:string,insightType:string,errorCode:string,sourceEventCategory:string,insightContext:{"
         "statistics:{baseline:{average:number},insight:{average:number},insightDuration:number,"
         "baselineDuration:number},attributions:[{attribute:string,insight:[{value:string,average:number}],"
         "baseline:[]}]}" +
         std::string(after_context) + "},eventCategory:string}";
}

// The attributes that a record lists, in order.
std::string attributes_of(const core::Insight& insight) {
  const std::string json = to_json(insight, "");
  std::string names;
  constexpr std::string_view kKey = R"("attribute":")";
  for (size_t at = 0; (at = json.find(kKey, at)) != std::string::npos;) {
    at += kKey.size();
    names += json.substr(at, json.find('"', at) - at) + " ";
  }
  return names;
}

TEST(Record, HasTheShapeOfAwsRecordsButForTheExtension) {
  for (const auto state : {InsightState::kStart, InsightState::kEnd}) {
    EXPECT_EQ(shape_of(to_json(management_errors(state), kTrail), "extension"), aws_shape(""));
    EXPECT_EQ(shape_of(to_json(data_errors(state), kTrail), "extension"), aws_shape(",insightSource:string"));
  }
}

TEST(Record, HasTheShapeOfThePublishedSamplesWhereTheyAreAtHand) {
  const auto folder = std::filesystem::path(INSIGHT_SOURCE_DIR) / "../shared/data/insight-records";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the published samples are not here";
  for (const auto& sample : records_of((folder / "01_mgmt_error_rate_start_end_v1.09.json").string()))
    EXPECT_EQ(shape_of(sample), shape_of(to_json(management_errors(InsightState::kStart), ""), "extension"));
  for (const auto& sample : records_of((folder / "02_data_error_rate_start_end_v1.09.json").string()))
    EXPECT_EQ(shape_of(sample), shape_of(to_json(data_errors(InsightState::kStart), ""), "extension"));
}

TEST(Record, MatchesTheGoldenFiles) {
  const auto both = [](auto make) {
    return to_json(make(InsightState::kStart), kTrail) + "\n" + to_json(make(InsightState::kEnd), kTrail) + "\n";
  };
  expect_golden("management_errors.ndjson", both(management_errors));
  expect_golden("data_errors.ndjson", both(data_errors));
  expect_golden("many_calls.ndjson", both(many_calls));
}

TEST(Record, TellsEveryReasonWithScoreBoundsAndWindow) {
  using core::Reason;
  core::Insight insight = many_calls(InsightState::kStart);
  insight.early = false;   // decided when the minute closed
  std::string records;
  const auto add = [&](Reason reason, double score, core::Expected expected, int32_t window) {
    insight.reason = reason;
    insight.score = score;
    insight.expected = expected;
    insight.window_minutes = window;
    records += to_json(insight, kTrail) + "\n";
  };
  add(Reason::kIncrease, 7.5, {2, 25.75, 61}, 15);
  add(Reason::kDecrease, 4.8125, {19, 81.5, 237}, 60);
  add(Reason::kSilence, 5.25, {0, 17.5, 46}, 10);
  add(Reason::kMissedRun, 100.5, {1, 4.5, 1e15}, 31);
  expect_golden("reasons.ndjson", records);
}

TEST(Record, IsOneLine) {
  core::Insight insight = many_calls(InsightState::kStart);
  insight.api.name = "Two\nLines";
  EXPECT_THAT(to_json(insight, ""), Not(HasSubstr("\n")));
}

TEST(Record, EndsWhenTheUnusualSpanEnds) {
  EXPECT_THAT(to_json(management_errors(InsightState::kStart), ""), HasSubstr(R"("eventTime":"2024-12-11T16:52:00Z")"));
  EXPECT_THAT(to_json(management_errors(InsightState::kEnd), ""), HasSubstr(R"("eventTime":"2024-12-11T16:53:00Z")"));
}

TEST(Record, ListsAttributesByTheKindOfRecordAndNotByWhatThereIs) {
  core::Insight call = many_calls(InsightState::kStart);
  EXPECT_EQ(attributes_of(call), "userIdentityArn userAgent errorCode ");
  call.api.category = core::Category::kData;
  EXPECT_EQ(attributes_of(call), "userIdentityArn userAgent errorCode resourceArn ");
  call.attributions.clear();
  EXPECT_EQ(attributes_of(call), "userIdentityArn userAgent errorCode resourceArn ");

  core::Insight error = management_errors(InsightState::kStart);
  error.attributions.push_back(one_value(Attribute::kErrorCode, "QueryIdNotFoundException", 1.2));
  EXPECT_EQ(attributes_of(error), "userIdentityArn userAgent ");
  EXPECT_EQ(attributes_of(data_errors(InsightState::kStart)), "userIdentityArn userAgent resourceArn ");
}

TEST(Record, ListsTheErrorCodeAloneWhereCallersAreUnknown) {
  core::Insight insight = many_calls(InsightState::kStart);
  insight.callers_known = false;
  insight.api.category = core::Category::kData;
  EXPECT_EQ(attributes_of(insight), "errorCode ");
}

TEST(Record, ListsAtMostFiveValues) {
  core::Insight insight = many_calls(InsightState::kStart);
  insight.attributions[0].insight = {{"a", 9}, {"b", 8}, {"c", 7}, {"d", 6}, {"the fifth", 5}, {"the sixth", 4}};
  EXPECT_THAT(to_json(insight, ""), HasSubstr("the fifth"));
  EXPECT_THAT(to_json(insight, ""), Not(HasSubstr("the sixth")));
}

TEST(Record, KeepsAddressesInTheExtension) {
  EXPECT_THAT(
      to_json(many_calls(InsightState::kStart), ""),
      HasSubstr(R"("extension":{"reason":"increase","score":4.25,"expected":{"lower":2,"mean":10.5,"upper":24},)"
                R"("window":5,"decided":"2024-12-11T16:52:00Z","early":true,"budget":10,)"
                R"("sourceIPAddress":{"insight":[{"value":"203.0.113.9","average":46}],"baseline":[]}}})"));
  EXPECT_THAT(to_json(management_errors(InsightState::kStart), ""), Not(HasSubstr("sourceIPAddress")));
}

TEST(Record, NamesATrailOfItsOwnUnlessToldOne) {
  const core::Insight data = data_errors(InsightState::kStart);
  EXPECT_THAT(to_json(data, ""),
              HasSubstr(R"("insightSource":"arn:aws:cloudtrail:us-east-2:123456789012:trail/insightd","extension")"));
  EXPECT_THAT(to_json(data, kTrail),
              HasSubstr(R"("insightSource":"arn:aws:cloudtrail:us-east-2:123456789012:trail/TrailName")"));
  EXPECT_THAT(to_json(management_errors(InsightState::kStart), kTrail), Not(HasSubstr("insightSource")));
}

TEST(KafkaKey, NamesTheSeries) {
  EXPECT_EQ(kafka_key(many_calls(InsightState::kEnd)), "123456789012/eu-west-1/ec2.amazonaws.com/RunInstances");
  EXPECT_EQ(kafka_key(data_errors(InsightState::kStart)),
            "123456789012/us-east-2/s3.amazonaws.com/PutObject/InvalidRequest");
}

TEST(EventId, IsAVersion5Uuid) {
  const std::string id = event_id(many_calls(InsightState::kStart));
  EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(EventId, IsSharedByStartAndEndOfOneInsightOnly) {
  const core::Insight start = many_calls(InsightState::kStart);
  const core::Insight end = many_calls(InsightState::kEnd);
  EXPECT_EQ(shared_event_id(start), shared_event_id(end));
  EXPECT_NE(event_id(start), event_id(end));
  EXPECT_NE(event_id(start), shared_event_id(start));

  core::Insight later = start;
  ++later.start;
  core::Insight data = start;
  data.api.category = core::Category::kData;
  core::Insight errors = start;
  errors.type = core::InsightType::kErrorRate;
  for (const core::Insight& other : {later, data, errors}) EXPECT_NE(shared_event_id(other), shared_event_id(start));
}

TEST(EventId, DoesNotDependOnWhatWasMeasured) {
  core::Insight insight = many_calls(InsightState::kStart);
  const std::string id = event_id(insight);
  insight.insight_average = 1;
  insight.score = 99;
  insight.early = false;
  EXPECT_EQ(event_id(insight), id);
}

}  // namespace
}  // namespace insight::publish
