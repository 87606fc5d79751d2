// Records out of text: the envelopes, and what is left of them after damage.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "decode/decoder.h"
#include "decode/document.h"
#include "decode/json_cursor.h"
#include "decode/record_boundaries.h"
#include "decode/record_reporter.h"
#include "decode/structural_index.h"

namespace insight::decode {

// Reads a text as a sequence of JSON documents, each a record or an envelope, and reports every record once.
//
// There are two ways through a text. The fast way indexes a window of it (a whole message, or 256 KiB of a file, so
// that text and index stay in the processor's cache) and reads record after record along the index. Where a window
// cannot be indexed or a record cannot be read, everything up to the window's end goes the careful way: the record's
// extent is found by its brackets, and it is indexed and read alone. A record without an extent is one bad record,
// and reading goes on at the next place where a record can begin and does. A record is reported only when it has
// been read whole, and positions only grow, so nothing is reported twice.
//
// Borrows the reporter. Keeps its buffers from text to text.
class EnvelopeReader {
 public:
  EnvelopeReader(const Limits& limits, RecordReporter& reporter) : limits_(limits), reporter_(reporter) {}

  // Takes up a text; read() then reads parts of it, in order.
  void begin(std::string_view text);
  // Reads [begin, end) as documents in a row.
  void read(size_t begin, size_t end);

 private:
  // Each of these reads what stands at `position` and returns where to go on. A `kind` of kNone is a document.
  size_t read_document(size_t position);
  // Reads the list at `position` and the rest of the object around it, which document_ has begun to read.
  size_t read_envelope(size_t position);
  size_t read_list(size_t position, ListKind kind);
  // Reads a list's elements, the first of which stands at `position`; `may_close`: or the list's end.
  size_t read_elements(size_t position, ListKind kind, bool may_close);
  size_t read_element(size_t position, ListKind kind);
  size_t read_stray(size_t position, ListKind kind);
  ReadStatus resume_envelope(size_t& position);
  bool names_control_message(size_t position);

  // The fast way. False: `position` has to be read carefully.
  bool read_in_window(size_t position, ListKind kind, ReadStatus& status);
  // Moves the window's cursor to `position`, indexing a new window if need be.
  bool seek(size_t position);
  size_t end_of_object() const { return window_begin_ + cursor_.end_of_previous(); }
  ReadStatus read_as(Cursor& cursor, ListKind kind);
  // Reports the object last read by read_as().
  void report(std::string_view raw, ListKind kind);
  void report_embedded();

  // The careful way (recovery.cpp).
  size_t read_document_carefully(size_t position);
  size_t read_carefully(size_t position, ListKind kind);
  size_t read_headless_list(size_t position);
  // The list of the envelope at `position`, whose elements may be damaged; kNowhere if it is none.
  size_t find_list(size_t position);
  // Reports what stands at `position` as one bad record and finds where to go on.
  size_t recover(size_t position, ListKind kind, Extent damage);
  // The first place in [from, end) where a record begins; kNowhere if there is none.
  size_t find_record(size_t from, size_t end, ListKind kind);
  bool is_record_at(size_t position, ListKind kind);
  bool is_plausible_end(size_t position) const;
  bool is_in_list(size_t position) const;
  // Indexes [begin, end) alone. On success `cursor` stands at its beginning.
  IndexStatus index_alone(size_t begin, size_t end, Cursor& cursor);

  // The part that is read ends inside the record at `position`.
  void report_cut(size_t position);
  std::string_view slice(size_t begin, size_t end) const { return text_.substr(begin, end - begin); }

  Limits limits_;
  RecordReporter& reporter_;
  std::string_view text_;
  size_t begin_ = 0;   // of the part that is read
  size_t end_ = 0;

  StructuralIndex window_;
  Cursor cursor_;              // in the window
  size_t window_begin_ = 0;
  size_t window_end_ = 0;      // window_begin_: there is no window
  size_t careful_until_ = 0;   // up to here the fast way has failed

  StructuralIndex alone_;
  BoundaryScanner scanner_;
  Document document_;
  CloudTrailRecord record_;
  JsonText embedded_;
  EmbeddedField embedded_field_ = EmbeddedField::kAbsent;
  StructuralIndex embedded_index_;
  std::vector<char> embedded_text_;
  bool recovered_ = false;     // what was read last is lost, and reading stands on a record or at the end
  bool list_closed_ = false;   // the list read last had its ']'
};

}  // namespace insight::decode
