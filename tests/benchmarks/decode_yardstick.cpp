#include "tests/benchmarks/decode_yardstick.h"

#include <simdjson.h>

#include <cstring>
#include <vector>

namespace insight::benchmarks {

struct Yardstick::Impl {
  simdjson::ondemand::parser parser;
  std::vector<char> padded;
};

Yardstick::Yardstick() : impl_(std::make_unique<Impl>()) {}
Yardstick::~Yardstick() = default;

size_t Yardstick::read(std::string_view record) {
  auto& buffer = impl_->padded;
  if (buffer.size() < record.size() + simdjson::SIMDJSON_PADDING)
    buffer.resize(record.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(buffer.data(), record.data(), record.size());
  simdjson::ondemand::document document;
  if (impl_->parser.iterate(buffer.data(), record.size(), buffer.size()).get(document)) return 0;
  simdjson::ondemand::object object;
  if (document.get_object().get(object)) return 0;
  size_t sum = 0;
  for (auto field : object) {
    simdjson::ondemand::raw_json_string key;
    if (field.key().get(key)) return 0;
    const bool wanted = key == "recipientAccountId" || key == "awsRegion" || key == "eventSource" ||
                        key == "eventName" || key == "eventTime" || key == "eventID" || key == "errorCode" ||
                        key == "userAgent";
    std::string_view text;
    if (wanted && !field.value().get_string().get(text)) sum += text.size();
  }
  return sum;
}

}  // namespace insight::benchmarks
