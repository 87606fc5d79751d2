// The field names of CloudTrail records and their envelopes that decode looks at.
#pragma once

#include <cstdint>

#include "decode/json_text.h"

namespace insight::decode {

// Field names, without regard to where they stand.
enum class Key : uint8_t {
  kOther,
  // strings at the top of a record
  kRecipientAccountId,
  kAwsRegion,
  kEventSource,
  kEventName,
  kEventTime,
  kEventId,
  kEventCategory,
  kErrorCode,
  kErrorMessage,
  kUserAgent,
  kSourceIpAddress,
  // other values at the top of a record
  kEventVersion,
  kReadOnly,
  kManagementEvent,
  kUserIdentity,
  kResources,
  kAddendum,
  kResponseElements,
  kInsightDetails,
  // inside userIdentity, resources[], addendum, responseElements
  kArn,
  kUpperArn,
  kInvokedBy,
  kAccountId,
  kPrincipalId,
  kOnBehalfOf,
  kUserId,
  kReason,
  kOriginalEventId,
  kConsoleLogin,
  // envelopes
  kRecords,
  kDetail,
  kDetailType,
  kLogEvents,
  kMessageType,
  kMessage,
  kEvents,
  kCloudTrailEvent,
};

// The key that a field name is. Names are compared without their escapes.
Key key_of(const JsonText& name);

}  // namespace insight::decode
