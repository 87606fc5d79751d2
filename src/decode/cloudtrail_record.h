// One CloudTrail record: from JSON to a CallEvent, by the rules of docs/inputs.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/call_event.h"
#include "core/drop_reason.h"
#include "decode/cloudtrail_keys.h"
#include "decode/json_cursor.h"

namespace insight::decode {

// Reads a record's fields in one pass, in whatever order they come, then decides what they mean. A field that
// occurs twice counts with its last value; null is the same as absent. Another audit format is another class with
// these four functions.
//
// Reused from record to record; never allocates. What it keeps points into the text it read.
class CloudTrailRecord {
 public:
  // Forgets the record before.
  void clear();
  // `cursor` stands on the record's '{'. On kOk it stands after its '}'.
  ReadStatus read(Cursor& cursor);
  // Reads one field, standing on its value.
  ReadStatus read_field(Cursor& cursor, Key key);

  // Whether any field says that this is a CloudTrail record, good or bad.
  bool is_record() const { return (seen_ & kRecordMarks) != 0; }
  // Whether the fields leave no doubt of it; used to find records again after damage.
  bool is_surely_record() const;

  // Makes the event, or says why there is none. Its strings are valid until the next read() and while the text is.
  std::optional<core::DropReason> finish(core::CallEvent& event);

 private:
  // Strings kept of a record. The first ones are those of Key, in its order.
  enum Slot : uint8_t {
    kAccount,
    kRegion,
    kSource,
    kName,
    kTime,
    kId,
    kCategory,
    kErrorCode,
    kErrorMessage,
    kUserAgent,
    kAddress,
    kResourceUpper,
    kResourceLower,
    kIdentityArn,
    kInvokedBy,
    kIdentityAccount,
    kOnBehalfOf,
    kPrincipalId,
    kAddendumReason,
    kOriginalId,
    kConsoleLogin,
    kInsightSource,
    kInsightName,
    kSlotCount,
  };
  enum class Flag : uint8_t { kAbsent, kFalse, kTrue };

  static constexpr uint32_t bit(Slot slot) { return 1u << slot; }
  static constexpr uint32_t kVersionSeen = 1u << kSlotCount;
  static constexpr uint32_t kRecordMarks = 1u << kSource | 1u << kName | 1u << kTime | 1u << kId | kVersionSeen;

  ReadStatus read_text(Cursor& cursor, Slot slot);
  ReadStatus read_flag(Cursor& cursor, Flag& flag);
  ReadStatus read_identity(Cursor& cursor);
  ReadStatus read_on_behalf_of(Cursor& cursor);
  ReadStatus read_resources(Cursor& cursor);
  ReadStatus read_addendum(Cursor& cursor);
  ReadStatus read_response(Cursor& cursor);
  ReadStatus read_insight(Cursor& cursor);
  void forget(uint32_t slots) {
    present_ &= ~slots;
    wrong_ &= ~slots;
  }

  std::string_view text(Slot slot, size_t limit);
  std::string_view name(Slot slot) { return text(slot, core::kNameLengthMax); }
  std::string_view attribute(Slot slot) { return text(slot, core::kAttributeLengthMax); }
  core::Category category();
  std::string_view error_code(std::string_view event_name);
  std::string_view event_id();
  std::string_view principal();

  std::array<JsonText, kSlotCount> texts_;
  uint32_t present_ = 0;   // slots that hold a string
  uint32_t wrong_ = 0;     // slots whose field has another type
  uint32_t seen_ = 0;      // fields that occurred, whatever they held
  Flag read_only_ = Flag::kAbsent;
  Flag management_ = Flag::kAbsent;

  // Where strings with escapes are written; each call of finish() begins at its start.
  static constexpr size_t kScratchSize = 20 * (core::kAttributeLengthMax + 4 + kUnescapeSlack);
  size_t scratch_used_ = 0;
  std::array<char, kScratchSize> scratch_;
};

// The identity at role level: an assumed role's ARN without its session name, any other ARN as it is.
std::string_view role_level(std::string_view arn);

}  // namespace insight::decode
