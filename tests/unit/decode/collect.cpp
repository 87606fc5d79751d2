#include "tests/unit/decode/collect.h"

#include <zlib.h>
#include <zstd.h>

#include <stdexcept>

namespace insight::decode::testing {

std::string record(std::string_view id, std::string_view more) {
  return R"({"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDA","arn":"arn:aws:iam::123456789012:user/bob","accountId":"123456789012"},)"
         R"("eventTime":"2024-12-11T16:52:07Z","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","awsRegion":"us-east-1",)"
         R"("sourceIPAddress":"192.0.2.1","userAgent":"aws-cli","requestParameters":{"a":[1,{"b":[{}]}]},"responseElements":null,)"
         R"("eventID":")" +
         std::string(id) + R"(","readOnly":false,"recipientAccountId":"123456789012")" + std::string(more) + "}";
}

std::string log_file(const std::vector<std::string>& records) {
  std::string text = R"({"Records":[)";
  for (size_t i = 0; i < records.size(); ++i) text += (i ? "," : "") + records[i];
  return text + "]}";
}

std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  std::string in(text);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib");
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

}  // namespace insight::decode::testing
