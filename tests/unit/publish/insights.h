// Insights that the tests of publish share.
#pragma once

#include "core/insight.h"

namespace insight::publish::testing {

inline core::Minute minute_at(const char* iso) { return core::minute_of(core::parse_iso(iso).value()); }

inline core::Attribution one_value(core::Attribute attribute, const char* value, double average) {
  return {attribute, {{value, average}}, {}};
}

// What AWS's published example for a management event says: QueryIdNotFoundException on DescribeQuery.
inline core::Insight management_errors(core::InsightState state) {
  const bool is_start = state == core::InsightState::kStart;
  const double average = is_start ? 1.2 : 6;
  core::Insight insight;
  insight.state = state;
  insight.type = core::InsightType::kErrorRate;
  insight.api = core::ApiKey({"888888888888", "us-east-1", "cloudtrail.amazonaws.com", "DescribeQuery"});
  insight.error_code = "QueryIdNotFoundException";
  insight.start = minute_at("2024-12-11T16:52:00Z");
  insight.duration_minutes = is_start ? 5 : 1;
  insight.baseline_minutes = 11092;
  insight.insight_average = average;
  insight.attributions = {
      one_value(core::Attribute::kPrincipal, "arn:aws:sts::888888888888:assumed-role/Admin", average),
      one_value(core::Attribute::kUserAgent, "Mozilla/5.0 (Macintosh)", average)};
  insight.score = 4.25;
  insight.expected = {0, 0.01, 1};
  insight.window_minutes = 1;
  insight.decided = insight.start;
  insight.early = is_start;
  insight.budget = 10;
  return insight;
}

// What AWS's published example for a data event says: InvalidRequest on PutObject.
inline core::Insight data_errors(core::InsightState state) {
  core::Insight insight = management_errors(state);
  insight.api = core::ApiKey({"123456789012", "us-east-2", "s3.amazonaws.com", "PutObject", core::Category::kData});
  insight.error_code = "InvalidRequest";
  insight.attributions[0].insight[0].value = "arn:aws:sts::123456789012:assumed-role/Admin";
  return insight;
}

// Too many calls, with two callers and addresses.
inline core::Insight many_calls(core::InsightState state) {
  core::Insight insight = management_errors(state);
  insight.type = core::InsightType::kCallRate;
  insight.api = core::ApiKey({"123456789012", "eu-west-1", "ec2.amazonaws.com", "RunInstances"});
  insight.error_code.clear();
  insight.duration_minutes = state == core::InsightState::kStart ? 5 : 12;
  insight.insight_average = 46;
  insight.baseline_average = 2.1;
  insight.expected = {2, 10.5, 24};
  insight.window_minutes = 5;
  insight.attributions = {
      {core::Attribute::kPrincipal,
       {{"arn:aws:iam::123456789012:user/mallory", 44.4}, {"arn:aws:sts::123456789012:assumed-role/deploy", 1.6}},
       {{"arn:aws:sts::123456789012:assumed-role/deploy", 2.1}}},
      {core::Attribute::kUserAgent, {{"aws-cli/2.15.30", 46}}, {{"Terraform/1.7.4", 2.1}}},
      {core::Attribute::kErrorCode, {{"null", 46}}, {{"null", 2.1}}},
      {core::Attribute::kAddress, {{"203.0.113.9", 46}}, {}}};
  return insight;
}

}  // namespace insight::publish::testing
