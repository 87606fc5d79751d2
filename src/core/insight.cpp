#include "core/insight.h"

namespace insight::core {

std::string_view to_string(InsightType type) {
  return type == InsightType::kCallRate ? "ApiCallRateInsight" : "ApiErrorRateInsight";
}

std::string_view to_string(InsightState state) { return state == InsightState::kStart ? "Start" : "End"; }

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::kIncrease: return "increase";
    case Reason::kDecrease: return "decrease";
    case Reason::kSilence: return "silence";
    case Reason::kMissedRun: return "missed_run";
  }
  return "increase";
}

std::string_view to_string(Attribute attribute) {
  switch (attribute) {
    case Attribute::kPrincipal: return "userIdentityArn";
    case Attribute::kUserAgent: return "userAgent";
    case Attribute::kErrorCode: return "errorCode";
    case Attribute::kResource: return "resourceArn";
    case Attribute::kAddress: return "sourceIPAddress";
  }
  return "userIdentityArn";
}

}  // namespace insight::core
