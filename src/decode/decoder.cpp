#include "decode/decoder.h"

#include <array>
#include <optional>

#include "decode/decompress.h"
#include "decode/envelope_reader.h"
#include "decode/record_reporter.h"

namespace insight::decode {
namespace {

using core::DropReason;

// Compression inside compression is met (a gzip payload in a compressed message); deeper is how bombs are made.
constexpr size_t kLayersMax = 2;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::optional<DropReason> reason_of(DecompressStatus status) {
  switch (status) {
    case DecompressStatus::kOk: return std::nullopt;
    case DecompressStatus::kTruncated: return DropReason::kTruncated;
    case DecompressStatus::kDamaged: return DropReason::kBadCompression;
    case DecompressStatus::kTooLarge: return DropReason::kCompressionBomb;
  }
  return DropReason::kBadCompression;
}

// Whether every line is a document of its own: the first line can end where it does, and another line begins with a
// bracket. In one JSON text that spans lines, a line before an object's beginning ends with a comma, a colon or an
// opening bracket.
bool is_line_delimited(std::string_view text) {
  const size_t first = skip_space(text, 0, text.size());
  const size_t newline = text.find('\n', first);
  if (newline == std::string_view::npos) return false;
  size_t end = newline;
  while (end > first && is_space(text[end - 1])) --end;
  if (std::string_view("[{,:").find(text[end - 1]) != std::string_view::npos) return false;
  return text.find("\n{", newline) != std::string_view::npos;
}

}  // namespace

class Decoder::Impl {
 public:
  explicit Impl(Limits limits) : limits_(limits), reader_(limits, reporter_) {}

  void decode(std::string_view bytes, EventSink& sink) {
    std::string_view text = bytes;
    std::optional<DropReason> cut;
    for (auto& layer : layers_) {
      if (compression_of(text) == Compression::kNone) break;
      const auto output = layer.run(text, limits_.document_bytes_max);
      text = output.text;
      // Damage of an outer layer cuts the inner one: the outer reason is the cause.
      if (!cut) cut = reason_of(output.status);
    }
    if (compression_of(text) != Compression::kNone) {
      cut = cut.value_or(DropReason::kCompressionBomb);
      text = {};
    }
    if (text.size() > limits_.document_bytes_max) {
      text = text.substr(0, limits_.document_bytes_max);
      cut = DropReason::kTooLarge;
    }
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());

    reporter_.begin(sink, limits_.record_bytes_max, cut);
    reader_.begin(text);
    if (is_line_delimited(text))
      read_lines(text);
    else
      reader_.read(0, text.size());
    reporter_.finish(text.empty() ? bytes : std::string_view());
  }

 private:
  void read_lines(std::string_view text) {
    uint32_t line = 0;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      reporter_.set_line(++line);
      reader_.read(begin, end);
      begin = end + 1;
    }
  }

  Limits limits_;
  std::array<Decompressor, kLayersMax> layers_;
  RecordReporter reporter_;
  EnvelopeReader reader_;
};

Decoder::Decoder(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

void Decoder::decode(std::string_view bytes, EventSink& sink) { impl_->decode(bytes, sink); }

}  // namespace insight::decode
