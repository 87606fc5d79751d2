#include "decode/cloudtrail_keys.h"

#include <string_view>

namespace insight::decode {
namespace {

using std::string_view_literals::operator""sv;

// Longer names are none of ours, escaped or not.
constexpr size_t kNameLengthMax = 19;

Key of_nine(std::string_view name) {
  switch (name[5]) {
    case 'N': return name == "eventName"sv ? Key::kEventName : Key::kOther;
    case 'T': return name == "eventTime"sv ? Key::kEventTime : Key::kOther;
    case 'g': return name == "awsRegion"sv ? Key::kAwsRegion : name == "userAgent"sv ? Key::kUserAgent : Key::kOther;
    case 'C': return name == "errorCode"sv ? Key::kErrorCode : Key::kOther;
    case 'r': return name == "resources"sv ? Key::kResources : Key::kOther;
    case 'n': return name == "accountId"sv ? Key::kAccountId : Key::kOther;
    case 'e': return name == "invokedBy"sv ? Key::kInvokedBy : name == "logEvents"sv ? Key::kLogEvents : Key::kOther;
    default: return Key::kOther;
  }
}

Key of_eleven_or_twelve(std::string_view name) {
  if (name.size() == 11) {
    if (name == "eventSource"sv) return Key::kEventSource;
    if (name == "principalId"sv) return Key::kPrincipalId;
    if (name == "messageType"sv) return Key::kMessageType;
    return name == "detail-type"sv ? Key::kDetailType : Key::kOther;
  }
  if (name == "eventVersion"sv) return Key::kEventVersion;
  if (name == "userIdentity"sv) return Key::kUserIdentity;
  if (name == "errorMessage"sv) return Key::kErrorMessage;
  return name == "ConsoleLogin"sv ? Key::kConsoleLogin : Key::kOther;
}

Key of_short(std::string_view name) {
  switch (name.size()) {
    case 3: return name == "arn"sv ? Key::kArn : name == "ARN"sv ? Key::kUpperArn : Key::kOther;
    case 6:
      if (name == "userId"sv) return Key::kUserId;
      if (name == "reason"sv) return Key::kReason;
      if (name == "detail"sv) return Key::kDetail;
      return name == "Events"sv ? Key::kEvents : Key::kOther;
    case 7:
      if (name == "eventID"sv) return Key::kEventId;
      if (name == "Records"sv) return Key::kRecords;
      return name == "message"sv ? Key::kMessage : Key::kOther;
    case 8:
      if (name == "readOnly"sv) return Key::kReadOnly;
      return name == "addendum"sv ? Key::kAddendum : Key::kOther;
    default: return Key::kOther;
  }
}

Key of_plain(std::string_view name) {
  switch (name.size()) {
    case 9: return of_nine(name);
    case 10: return name == "onBehalfOf"sv ? Key::kOnBehalfOf : Key::kOther;
    case 11:
    case 12: return of_eleven_or_twelve(name);
    case 13: return name == "eventCategory"sv ? Key::kEventCategory : Key::kOther;
    case 14: return name == "insightDetails"sv ? Key::kInsightDetails : Key::kOther;
    case 15:
      if (name == "sourceIPAddress"sv) return Key::kSourceIpAddress;
      if (name == "managementEvent"sv) return Key::kManagementEvent;
      if (name == "originalEventID"sv) return Key::kOriginalEventId;
      return name == "CloudTrailEvent"sv ? Key::kCloudTrailEvent : Key::kOther;
    case 16: return name == "responseElements"sv ? Key::kResponseElements : Key::kOther;
    case 18: return name == "recipientAccountId"sv ? Key::kRecipientAccountId : Key::kOther;
    default: return of_short(name);
  }
}

}  // namespace

Key key_of(const JsonText& name) {
  if (!name.escaped) return of_plain(name.raw());
  char plain[kNameLengthMax + kUnescapeSlack];
  const size_t length = unescape(name.raw(), plain, kNameLengthMax);
  return length == kBadEscape ? Key::kOther : of_plain({plain, length});
}

}  // namespace insight::decode
