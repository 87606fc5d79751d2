#include "decode/cloudtrail_record.h"

#include <bit>
#include <utility>

#include "decode/event_time.h"

namespace insight::decode {
namespace {

using core::DropReason;

// The code of a failed ConsoleLogin, which carries none.
constexpr std::string_view kFailedAuthentication = "Failed authentication";

bool is_read_name(std::string_view name) {
  for (const std::string_view prefix : {"Get", "List", "Describe", "Head", "Lookup", "Search", "BatchGet"})
    if (name.starts_with(prefix)) return true;
  return false;
}

}  // namespace

std::string_view role_level(std::string_view arn) {
  constexpr std::string_view kAssumedRole = ":assumed-role/";
  const size_t found = arn.find(kAssumedRole);
  if (found == std::string_view::npos) return arn;
  const size_t role = found + kAssumedRole.size();
  const size_t session = arn.rfind('/');
  return session > role ? arn.substr(0, session) : arn;
}

void CloudTrailRecord::clear() {
  present_ = wrong_ = seen_ = 0;
  read_only_ = management_ = Flag::kAbsent;
}

bool CloudTrailRecord::is_surely_record() const {
  constexpr uint32_t kNeeded = bit(kSource) | bit(kName) | bit(kTime) | bit(kRegion) | bit(kId);
  return std::popcount(seen_ & kNeeded) >= 3;
}

ReadStatus CloudTrailRecord::read(Cursor& cursor) {
  clear();
  const int depth = cursor.depth();
  cursor.set_depth(0);
  const ReadStatus status = cursor.read_object([&](const JsonText& key) { return read_field(cursor, key_of(key)); });
  cursor.set_depth(depth);
  return status;
}

ReadStatus CloudTrailRecord::read_field(Cursor& cursor, Key key) {
  static_assert(static_cast<int>(Key::kSourceIpAddress) - static_cast<int>(Key::kRecipientAccountId) == kAddress);
  switch (key) {
    case Key::kRecipientAccountId:
    case Key::kAwsRegion:
    case Key::kEventSource:
    case Key::kEventName:
    case Key::kEventTime:
    case Key::kEventId:
    case Key::kEventCategory:
    case Key::kErrorCode:
    case Key::kErrorMessage:
    case Key::kUserAgent:
    case Key::kSourceIpAddress:
      return read_text(cursor, static_cast<Slot>(static_cast<int>(key) - static_cast<int>(Key::kRecipientAccountId)));
    case Key::kEventVersion: seen_ |= kVersionSeen; return cursor.skip_value();
    case Key::kReadOnly: return read_flag(cursor, read_only_);
    case Key::kManagementEvent: return read_flag(cursor, management_);
    case Key::kUserIdentity: return read_identity(cursor);
    case Key::kResources: return read_resources(cursor);
    case Key::kAddendum: return read_addendum(cursor);
    case Key::kResponseElements: return read_response(cursor);
    case Key::kInsightDetails: return read_insight(cursor);
    default: return cursor.skip_value();
  }
}

ReadStatus CloudTrailRecord::read_text(Cursor& cursor, Slot slot) {
  seen_ |= bit(slot);
  const char c = cursor.peek();
  if (c == '"') {
    present_ |= bit(slot);
    wrong_ &= ~bit(slot);
    return cursor.read_string(texts_[slot]);
  }
  forget(bit(slot));
  if (c != 'n') wrong_ |= bit(slot);
  return cursor.skip_value();
}

ReadStatus CloudTrailRecord::read_flag(Cursor& cursor, Flag& flag) {
  flag = Flag::kAbsent;
  const char c = cursor.peek();
  if (c == 't') flag = Flag::kTrue;
  if (c == 'f') flag = Flag::kFalse;
  return cursor.skip_value();
}

ReadStatus CloudTrailRecord::read_identity(Cursor& cursor) {
  forget(bit(kIdentityArn) | bit(kInvokedBy) | bit(kIdentityAccount) | bit(kOnBehalfOf) | bit(kPrincipalId));
  if (cursor.peek() != '{') return cursor.skip_value();
  return cursor.read_object([&](const JsonText& key) {
    switch (key_of(key)) {
      case Key::kArn: return read_text(cursor, kIdentityArn);
      case Key::kInvokedBy: return read_text(cursor, kInvokedBy);
      case Key::kAccountId: return read_text(cursor, kIdentityAccount);
      case Key::kPrincipalId: return read_text(cursor, kPrincipalId);
      case Key::kOnBehalfOf: return read_on_behalf_of(cursor);
      default: return cursor.skip_value();
    }
  });
}

ReadStatus CloudTrailRecord::read_on_behalf_of(Cursor& cursor) {
  forget(bit(kOnBehalfOf));
  if (cursor.peek() != '{') return cursor.skip_value();
  return cursor.read_object([&](const JsonText& key) {
    return key_of(key) == Key::kUserId ? read_text(cursor, kOnBehalfOf) : cursor.skip_value();
  });
}

// Only the first resource counts. A record that was cut inside this list, with others behind it, is still JSON: they
// have become resources. They are told by the field that begins a record and that no resource has.
ReadStatus CloudTrailRecord::read_resources(Cursor& cursor) {
  forget(bit(kResourceUpper) | bit(kResourceLower));
  if (cursor.peek() != '[') return cursor.skip_value();
  bool first = true;
  return cursor.read_array([&] {
    const bool counts = std::exchange(first, false);
    if (cursor.peek() != '{') return cursor.skip_value();
    return cursor.read_object([&](const JsonText& key) {
      switch (key_of(key)) {
        case Key::kUpperArn: return counts ? read_text(cursor, kResourceUpper) : cursor.skip_value();
        case Key::kArn: return counts ? read_text(cursor, kResourceLower) : cursor.skip_value();
        case Key::kEventVersion: return ReadStatus::kSwallowed;
        default: return cursor.skip_value();
      }
    });
  });
}

ReadStatus CloudTrailRecord::read_addendum(Cursor& cursor) {
  forget(bit(kAddendumReason) | bit(kOriginalId));
  if (cursor.peek() != '{') return cursor.skip_value();
  return cursor.read_object([&](const JsonText& key) {
    switch (key_of(key)) {
      case Key::kReason: return read_text(cursor, kAddendumReason);
      case Key::kOriginalEventId: return read_text(cursor, kOriginalId);
      default: return cursor.skip_value();
    }
  });
}

ReadStatus CloudTrailRecord::read_response(Cursor& cursor) {
  forget(bit(kConsoleLogin));
  if (cursor.peek() != '{') return cursor.skip_value();
  return cursor.read_object([&](const JsonText& key) {
    return key_of(key) == Key::kConsoleLogin ? read_text(cursor, kConsoleLogin) : cursor.skip_value();
  });
}

ReadStatus CloudTrailRecord::read_insight(Cursor& cursor) {
  forget(bit(kInsightSource) | bit(kInsightName));
  if (cursor.peek() != '{') return cursor.skip_value();
  return cursor.read_object([&](const JsonText& key) {
    switch (key_of(key)) {
      case Key::kEventSource: return read_text(cursor, kInsightSource);
      case Key::kEventName: return read_text(cursor, kInsightName);
      default: return cursor.skip_value();
    }
  });
}

std::optional<DropReason> CloudTrailRecord::finish(core::CallEvent& event) {
  constexpr uint32_t kNeeded = bit(kAccount) | bit(kRegion) | bit(kSource) | bit(kName) | bit(kTime);
  if ((wrong_ & kNeeded) != 0) return DropReason::kWrongType;
  scratch_used_ = 0;

  event.api.category = category();
  const bool insight = event.api.category == core::Category::kInsight;
  event.api.account = name(kAccount);
  if (event.api.account.empty()) event.api.account = name(kIdentityAccount);
  event.api.region = name(kRegion);
  event.api.source = name(kSource);
  if (event.api.source.empty() && insight) event.api.source = name(kInsightSource);
  event.api.name = name(kName);
  if (event.api.name.empty() && insight) event.api.name = name(kInsightName);
  const std::string_view time_text = name(kTime);
  if (event.api.account.empty() || event.api.region.empty() || event.api.source.empty() || event.api.name.empty() ||
      time_text.empty())
    return DropReason::kMissingField;

  const auto time = parse_event_time(time_text);
  if (!time) return DropReason::kBadTime;
  event.time = *time;
  event.event_id = event_id();
  event.error_code = error_code(event.api.name);
  event.principal = principal();
  event.user_agent = attribute(kUserAgent);
  event.resource = attribute(kResourceUpper);
  if (event.resource.empty()) event.resource = attribute(kResourceLower);
  event.address = attribute(kAddress);
  event.read_only = read_only_ == Flag::kAbsent ? is_read_name(event.api.name) : read_only_ == Flag::kTrue;
  return std::nullopt;
}

std::string_view CloudTrailRecord::text(Slot slot, size_t limit) {
  if ((present_ & bit(slot)) == 0) return {};
  const JsonText& raw = texts_[slot];
  if (!raw.escaped) return cut(raw.raw(), limit);
  // The longest escape writes four bytes, so a text that stops at limit + 1 shows whether it has to be cut, and where.
  char* out = scratch_.data() + scratch_used_;
  const size_t length = unescape(raw.raw(), out, limit + 1);
  if (length == kBadEscape) return {};
  const std::string_view plain = cut({out, length}, limit);
  scratch_used_ += plain.size();
  return plain;
}

core::Category CloudTrailRecord::category() {
  const std::string_view word = name(CloudTrailRecord::kCategory);
  for (const auto known :
       {core::Category::kManagement, core::Category::kData, core::Category::kNetworkActivity, core::Category::kInsight})
    if (word == core::to_string(known)) return known;
  return management_ == Flag::kFalse ? core::Category::kData : core::Category::kManagement;
}

std::string_view CloudTrailRecord::error_code(std::string_view event_name) {
  const std::string_view code = name(kErrorCode);
  if (!code.empty() || event_name != "ConsoleLogin") return code;
  const bool failed = !name(kErrorMessage).empty() || name(kConsoleLogin) == "Failure";
  return failed ? kFailedAuthentication : code;
}

std::string_view CloudTrailRecord::event_id() {
  if (name(kAddendumReason) == "UPDATED_DATA")
    if (const std::string_view original = name(kOriginalId); !original.empty()) return original;
  return name(kId);
}

std::string_view CloudTrailRecord::principal() {
  // The session name is stripped before the cut: the raw ARN may be longer than what is kept of it.
  if ((present_ & bit(kIdentityArn)) != 0) {
    if (!texts_[kIdentityArn].escaped) {
      const std::string_view arn = cut(role_level(texts_[kIdentityArn].raw()), core::kAttributeLengthMax);
      if (!arn.empty()) return arn;
    } else if (const std::string_view arn = role_level(attribute(kIdentityArn)); !arn.empty()) {
      return arn;
    }
  }
  for (const Slot slot : {kInvokedBy, kIdentityAccount, kOnBehalfOf, kPrincipalId})
    if (const std::string_view value = attribute(slot); !value.empty()) return value;
  return {};
}

}  // namespace insight::decode
