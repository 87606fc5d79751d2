// The Insights record: what the engine decided, in the shape that AWS CloudTrail delivers.
#pragma once

#include <string>
#include <string_view>

#include "core/insight.h"

namespace insight::publish {

// eventVersion of the records written here.
constexpr std::string_view kEventVersion = "1.09";
// Values listed of one attribute and window, at most.
constexpr size_t kValuesPerListMax = 5;

// The record of `insight` as one line of JSON (UTF-8, no line end), keys in CloudTrail's order. What AWS does
// not have stands in `insightDetails.extension`, source addresses among it.
//
// The attributes listed depend on the record, not on what `insight` brings: every record has userIdentityArn
// and userAgent, call-rate records errorCode, data events resourceArn, with empty lists if need be. Where
// the input tells no callers (`insight.callers_known` is false) errorCode alone is listed.
//
// `insight_source`: insightSource of data events; empty: default_insight_source().
// Aborts on a number that is not finite. Pure: the same insight gives the same bytes.
std::string to_json(const core::Insight& insight, std::string_view insight_source);

// `arn:aws:cloudtrail:REGION:ACCOUNT:trail/insightd`.
std::string default_insight_source(const core::ApiKey& api);

// `account/region/eventSource/eventName`, and for an error-rate insight `/errorCode`: the key of its Kafka record.
std::string kafka_key(const core::Insight& insight);

}  // namespace insight::publish
