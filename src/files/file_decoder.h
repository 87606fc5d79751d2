// One input's bytes through the decoder, whole or line by line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/drop_reason.h"
#include "decode/decoder.h"
#include "decode/stream.h"

namespace insight::files {

// Decodes an input in steps. Newline-delimited text is decoded a few MiB at a time, cut between lines, so that
// its size has no limit; any other document is read whole, within the decoder's limit. What the text is, its
// first line says: a whole JSON object on one line begins newline-delimited text. Lines in what the sink is
// told are those of the file. Borrows the decoder, and `text`, an empty buffer for what is read and not yet decoded:
// files that are read one after the other can share one. Not thread-safe.
class FileDecoder {
 public:
  FileDecoder(decode::Decoder& decoder, decode::TextBuffer& text, const std::string& path, size_t document_bytes_max);

  // Decodes the next part. kMore: there may be another. kTruncated and kDamaged were told to the sink. A stream
  // is decoded as far as it has come.
  decode::StreamStatus step(decode::EventSink& sink);

  uint64_t bytes_read() const { return stream_.bytes_read(); }
  const std::string& error() const { return stream_.error(); }

 private:
  enum class Shape : uint8_t { kUnknown, kLines, kDocument };

  void decide_shape();
  void decode_lines(decode::EventSink& sink, size_t size);
  void skip_long_line(decode::EventSink& sink);
  decode::StreamStatus finish(decode::StreamStatus status, decode::EventSink& sink);

  decode::Decoder& decoder_;
  decode::ByteStream stream_;
  size_t document_bytes_max_;
  decode::TextBuffer& text_;
  size_t searched_ = 0;         // of text_: holds no line end
  Shape shape_ = Shape::kUnknown;
  bool skipping_ = false;       // the rest of a line that was too long
  uint32_t lines_done_ = 0;
  uint32_t index_done_ = 0;
};

// Whether the line is one whole JSON object, judged by its brackets.
bool is_whole_object(std::string_view line);

}  // namespace insight::files
