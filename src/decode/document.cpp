#include "decode/document.h"

namespace insight::decode {

void Document::clear() {
  outer_.clear();
  list_ = ListKind::kNone;
  is_envelope_ = has_wrong_list_ = has_detail_ = has_message_type_ = is_control_message_ = false;
}

ReadStatus Document::read(Cursor& cursor) {
  clear();
  lists_ = true;
  cursor.set_depth(0);
  return cursor.read_object([&](const JsonText& key) { return read_field(cursor, key_of(key)); });
}

ReadStatus Document::read_element(Cursor& cursor) {
  clear();
  lists_ = false;
  cursor.set_depth(0);
  return cursor.read_object([&](const JsonText& key) { return read_field(cursor, key_of(key)); });
}

ReadStatus Document::resume(Cursor& cursor) {
  cursor.set_depth(1);
  return cursor.resume_object([&](const JsonText& key) { return read_field(cursor, key_of(key)); });
}

ReadStatus Document::read_field(Cursor& cursor, Key key) {
  switch (key) {
    case Key::kRecords: return read_list(cursor, ListKind::kRecords);
    case Key::kLogEvents: return read_list(cursor, ListKind::kLogEvents);
    case Key::kEvents: return read_list(cursor, ListKind::kLookupEvents);
    case Key::kDetail:
      if (cursor.peek() != '{') return cursor.skip_value();
      has_detail_ = true;
      return detail_.read(cursor);
    case Key::kMessageType: {
      if (cursor.peek() != '"') return cursor.skip_value();
      has_message_type_ = true;
      JsonText type;
      const ReadStatus status = cursor.read_string(type);
      is_control_message_ = type.raw() == "CONTROL_MESSAGE";
      return status;
    }
    default: return outer_.read_field(cursor, key);
  }
}

ReadStatus Document::read_list(Cursor& cursor, ListKind kind) {
  if (!lists_) return cursor.skip_value();
  is_envelope_ = true;
  if (cursor.peek() == '[') {
    list_ = kind;
    return ReadStatus::kList;
  }
  has_wrong_list_ = true;
  return cursor.skip_value();
}

ReadStatus read_embedding(Cursor& cursor, ListKind kind, JsonText& embedded, EmbeddedField& found) {
  const Key wanted = kind == ListKind::kLogEvents ? Key::kMessage : Key::kCloudTrailEvent;
  found = EmbeddedField::kAbsent;
  cursor.set_depth(0);
  return cursor.read_object([&](const JsonText& key) {
    if (key_of(key) != wanted) return cursor.skip_value();
    const char c = cursor.peek();
    if (c != '"') {
      found = c == 'n' ? EmbeddedField::kAbsent : EmbeddedField::kWrongType;
      return cursor.skip_value();
    }
    found = EmbeddedField::kString;
    return cursor.read_string(embedded, false);   // unescaping proves its escapes
  });
}

}  // namespace insight::decode
