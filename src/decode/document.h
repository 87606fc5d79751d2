// One JSON object at the top of a message, a line or a list: a record, or an envelope around records.
#pragma once

#include <cstdint>
#include <string_view>

#include "decode/cloudtrail_record.h"
#include "decode/json_cursor.h"

namespace insight::decode {

// What a list holds.
enum class ListKind : uint8_t {
  kNone,
  kBare,           // a JSON array of records or EventBridge events
  kRecords,        // {"Records":[record…]}, an S3 log file
  kLogEvents,      // {"logEvents":[{"message":"record"}…]}, a CloudWatch Logs subscription
  kLookupEvents,   // {"Events":[{"CloudTrailEvent":"record"}…]}, the output of LookupEvents
};

// Reads an object of which it is not yet known what it is, in one pass: its fields are read as a record's until a
// field names an envelope. Reused; never allocates.
class Document {
 public:
  // `cursor` stands on '{'. kList: it stands on the '[' of the list that list() names; whoever reads that calls
  // resume() behind it. kOk: the object is complete.
  ReadStatus read(Cursor& cursor);
  // The same for an element of a list, where no further list is looked for.
  ReadStatus read_element(Cursor& cursor);
  ReadStatus resume(Cursor& cursor);

  ListKind list() const { return list_; }
  // Whether a list was met at all: then the object is no record.
  bool is_envelope() const { return is_envelope_; }
  // Whether a field that should hold a list of records holds something else.
  bool has_wrong_list() const { return has_wrong_list_; }
  // Whether messageType was met, and whether it says that there are no records inside.
  bool has_message_type() const { return has_message_type_; }
  bool is_control_message() const { return is_control_message_; }
  // The record: the object itself, or an EventBridge event's detail.
  CloudTrailRecord& record() { return has_detail_ ? detail_ : outer_; }

 private:
  void clear();
  ReadStatus read_field(Cursor& cursor, Key key);
  ReadStatus read_list(Cursor& cursor, ListKind kind);

  CloudTrailRecord outer_;
  CloudTrailRecord detail_;
  bool lists_ = true;
  ListKind list_ = ListKind::kNone;
  bool is_envelope_ = false;
  bool has_wrong_list_ = false;
  bool has_detail_ = false;
  bool has_message_type_ = false;
  bool is_control_message_ = false;
};

// Reads an element of kLogEvents or kLookupEvents. `embedded` becomes its record, as the JSON string that it is;
// `found` says whether the field was there, and a string.
enum class EmbeddedField : uint8_t { kAbsent, kString, kWrongType };
ReadStatus read_embedding(Cursor& cursor, ListKind kind, JsonText& embedded, EmbeddedField& found);

}  // namespace insight::decode
