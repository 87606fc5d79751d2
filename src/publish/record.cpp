#include "publish/record.h"

#include <algorithm>
#include <span>

#include "publish/event_id.h"
#include "publish/json.h"

namespace insight::publish {
namespace {

using core::Attribute;
using core::Attribution;

bool is_listed(const core::Insight& insight, Attribute attribute) {
  switch (attribute) {
    case Attribute::kPrincipal:
    case Attribute::kUserAgent: return insight.callers_known;
    case Attribute::kErrorCode: return insight.type == core::InsightType::kCallRate;
    case Attribute::kResource: return insight.callers_known && insight.api.category == core::Category::kData;
    case Attribute::kAddress: return false;  // not AWS's: in the extension
  }
  return false;
}

const Attribution* find(const core::Insight& insight, Attribute attribute) {
  const auto found = std::find_if(insight.attributions.begin(), insight.attributions.end(),
                                  [&](const Attribution& each) { return each.attribute == attribute; });
  return found == insight.attributions.end() ? nullptr : &*found;
}

void write_values(JsonWriter& json, std::span<const core::ValueAverage> values) {
  json.begin_array();
  for (const core::ValueAverage& each : values.first(std::min(values.size(), kValuesPerListMax))) {
    json.begin_object();
    json.key("value").text(each.value);
    json.key("average").number(each.average);
    json.end_object();
  }
  json.end_array();
}

void write_windows(JsonWriter& json, const Attribution* attribution) {
  static const Attribution kNone;
  const Attribution& windows = attribution ? *attribution : kNone;
  json.key("insight");
  write_values(json, windows.insight);
  json.key("baseline");
  write_values(json, windows.baseline);
}

void write_attributions(JsonWriter& json, const core::Insight& insight) {
  json.begin_array();
  for (const Attribute attribute :
       {Attribute::kPrincipal, Attribute::kUserAgent, Attribute::kErrorCode, Attribute::kResource}) {
    if (!is_listed(insight, attribute)) continue;
    json.begin_object();
    json.key("attribute").text(core::to_string(attribute));
    write_windows(json, find(insight, attribute));
    json.end_object();
  }
  json.end_array();
}

void write_context(JsonWriter& json, const core::Insight& insight) {
  json.begin_object();
  json.key("statistics").begin_object();
  json.key("baseline").begin_object().key("average").number(insight.baseline_average).end_object();
  json.key("insight").begin_object().key("average").number(insight.insight_average).end_object();
  json.key("insightDuration").integer(insight.duration_minutes);
  json.key("baselineDuration").integer(insight.baseline_minutes);
  json.end_object();
  json.key("attributions");
  write_attributions(json, insight);
  json.end_object();
}

void write_extension(JsonWriter& json, const core::Insight& insight) {
  json.begin_object();
  json.key("reason").text(core::to_string(insight.reason));
  json.key("score").number(insight.score);
  json.key("expected").begin_object();
  json.key("lower").number(insight.expected.lower);
  json.key("mean").number(insight.expected.mean);
  json.key("upper").number(insight.expected.upper);
  json.end_object();
  json.key("window").integer(insight.window_minutes);
  json.key("decided").text(core::to_iso(insight.decided));
  json.key("early").boolean(insight.early);
  json.key("budget").number(insight.budget);
  if (const Attribution* addresses = find(insight, Attribute::kAddress)) {
    json.key(core::to_string(Attribute::kAddress)).begin_object();
    write_windows(json, addresses);
    json.end_object();
  }
  json.end_object();
}

void write_details(JsonWriter& json, const core::Insight& insight, std::string_view insight_source) {
  json.begin_object();
  json.key("state").text(core::to_string(insight.state));
  json.key("eventSource").text(insight.api.source);
  json.key("eventName").text(insight.api.name);
  json.key("insightType").text(core::to_string(insight.type));
  if (insight.type == core::InsightType::kErrorRate) json.key("errorCode").text(insight.error_code);
  json.key("sourceEventCategory").text(core::to_string(insight.api.category));
  json.key("insightContext");
  write_context(json, insight);
  if (insight.api.category == core::Category::kData) {
    const std::string source =
        insight_source.empty() ? default_insight_source(insight.api) : std::string(insight_source);
    json.key("insightSource").text(source);
  }
  json.key("extension");
  write_extension(json, insight);
  json.end_object();
}

}  // namespace

std::string to_json(const core::Insight& insight, std::string_view insight_source) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("eventVersion").text(kEventVersion);
  json.key("eventTime").text(core::to_iso(insight.event_time()));
  json.key("awsRegion").text(insight.api.region);
  json.key("eventID").text(event_id(insight));
  json.key("eventType").text("AwsCloudTrailInsight");
  json.key("recipientAccountId").text(insight.api.account);
  json.key("sharedEventID").text(shared_event_id(insight));
  json.key("insightDetails");
  write_details(json, insight, insight_source);
  json.key("eventCategory").text("Insight");
  json.end_object();
  return out;
}

std::string default_insight_source(const core::ApiKey& api) {
  return "arn:aws:cloudtrail:" + api.region + ":" + api.account + ":trail/insightd";
}

std::string kafka_key(const core::Insight& insight) {
  std::string key = core::to_string(insight.api.view());
  if (insight.type == core::InsightType::kErrorRate) key += "/" + insight.error_code;
  return key;
}

}  // namespace insight::publish
