// An Insight as the engine decides it: everything that its record says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/api_key.h"
#include "core/time.h"

namespace insight::core {

enum class InsightType : uint8_t { kCallRate = 0, kErrorRate = 1 };
constexpr size_t kInsightTypeCount = 2;
enum class InsightState : uint8_t { kStart = 0, kEnd = 1 };
// Why an insight was opened. kSilence is a decrease to zero over the whole deciding window; kMissedRun a
// regular job that did not run.
enum class Reason : uint8_t { kIncrease = 0, kDecrease = 1, kSilence = 2, kMissedRun = 3 };
constexpr size_t kReasonCount = 4;

std::string_view to_string(InsightType type);    // "ApiCallRateInsight", "ApiErrorRateInsight"
std::string_view to_string(InsightState state);  // "Start", "End"
std::string_view to_string(Reason reason);       // "increase", "decrease", "silence", "missed_run"

// Attributes of a call that insights are attributed to, in the order in which records list them.
enum class Attribute : uint8_t { kPrincipal = 0, kUserAgent = 1, kErrorCode = 2, kResource = 3, kAddress = 4 };
constexpr size_t kAttributeCount = 5;
// "userIdentityArn", "userAgent", "errorCode", "resourceArn", "sourceIPAddress".
std::string_view to_string(Attribute attribute);

// How often one value of an attribute was seen.
struct ValueAverage {
  std::string value;      // "null" where calls had none
  double average = 0;     // events per minute over the statistic's window
  bool operator==(const ValueAverage&) const = default;
};

// The most frequent values of one attribute, at most 5 a list, by average descending, ties by value.
struct Attribution {
  Attribute attribute = Attribute::kPrincipal;
  std::vector<ValueAverage> insight;
  std::vector<ValueAverage> baseline;
};

// Bounds of what was expected of the window that decided, in events over that window.
struct Expected {
  double lower = 0;
  double mean = 0;
  double upper = 0;
};

// One record: a Start or an End.
struct Insight {
  InsightState state = InsightState::kStart;
  InsightType type = InsightType::kCallRate;
  ApiKey api;
  std::string error_code;            // error-rate insights only

  Minute start;                      // the Start's eventTime
  int32_t duration_minutes = 0;      // insightDuration: [start, start + duration)
  int32_t baseline_minutes = 0;      // baselineDuration: [start - baseline_minutes, start)
  double insight_average = 0;        // events per minute
  double baseline_average = 0;       // events per minute
  std::vector<Attribution> attributions;
  bool callers_known = true;  // false: from pre-aggregated counts, which tell no callers: only errorCode is listed

  // The extension: how it was decided.
  Reason reason = Reason::kIncrease;
  double score = 0;  // -log10 of the expected number of such false insights a day
  Expected expected;
  int32_t window_minutes = 0;
  Minute decided;  // the minute whose rows or close decided
  bool early = false;  // declared before its minute closed
  double budget = 0;  // detection.alert_budget in force

  // eventTime of the record: a Start's is its first minute, an End's the minute after its last.
  Minute event_time() const { return state == InsightState::kStart ? start : start + duration_minutes; }
};

}  // namespace insight::core
