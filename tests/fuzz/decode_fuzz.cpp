// Any bytes as audit events. Whatever they are: the decoder answers, counts every record once, gives the same answer
// again, hands on only UTF-8 within its limits, and as one bad record among good ones costs none of them.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decoder.h"

namespace {

using namespace insight;
using decode::Decoder;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xC2 && lead < 0xE0 ? 2
                          : lead >= 0xE0 && lead < 0xF0 ? 3
                          : lead >= 0xF0 && lead < 0xF5 ? 4
                                                        : 0;
    if (length == 0 || at + length > text.size()) return false;
    for (size_t i = 1; i < length; ++i)
      if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return false;
    at += length;
  }
  return true;
}

class Check final : public decode::EventSink {
 public:
  void on_event(const core::CallEvent& event, decode::RecordIndex at) override {
    require(at.index == events + errors);
    ++events;
    for (const std::string_view needed : {event.api.account, event.api.region, event.api.source, event.api.name})
      require(!needed.empty() && needed.size() <= core::kNameLengthMax && is_utf8(needed));
    for (const std::string_view name : {event.event_id, event.error_code})
      require(name.size() <= core::kNameLengthMax && is_utf8(name));
    for (const std::string_view text : {event.principal, event.user_agent, event.resource, event.address})
      require(text.size() <= core::kAttributeLengthMax && is_utf8(text));
    using std::chrono::sys_days;
    using std::chrono::year;
    require(event.time >= sys_days(year(1971) / 1 / 1) && event.time < sys_days(year(9999) / 1 / 1));
    ids += std::string(event.event_id) + ' ';
    good += event.event_id.starts_with("good-") ? 1 : 0;
  }
  void on_error(core::DropReason, decode::RecordIndex at, std::string_view) override {
    require(at.index == events + errors);
    ++errors;
  }
  size_t events = 0;
  size_t errors = 0;
  size_t good = 0;
  std::string ids;
};

std::string good_record(int number) {
  return R"({"eventVersion":"1.08","eventTime":"2024-12-11T16:52:07Z","eventSource":"ec2.amazonaws.com","eventName":"RunInstances",)"
         R"("awsRegion":"us-east-1","recipientAccountId":"123456789012","resources":[{"ARN":"a"},{"ARN":"b"}],"eventID":"good-)" +
         std::to_string(number) + "\"}";
}

bool is_only_space(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// One line among good lines: a line's damage ends with the line, whatever it is.
void check_as_a_line(std::string_view input, Decoder& decoder) {
  if (input.find('\n') != std::string_view::npos || input.find("good-") != std::string_view::npos) return;
  Check check;
  decoder.decode(good_record(0) + "\n" + good_record(1) + "\n" + std::string(input) + "\n" + good_record(2) + "\n",
                 check);
  require(check.good == 3);
}

// A record cut at any place among good records of a log file costs itself only. Which place the input chooses.
void check_cut_element(std::string_view input, Decoder& decoder) {
  const std::string whole = good_record(9);
  const size_t length = input.empty() ? 0 : static_cast<unsigned char>(input[0]) % whole.size();
  Check check;
  decoder.decode(R"({"Records":[)" + good_record(0) + "," + whole.substr(0, length) + "," + good_record(1) + "," +
                     good_record(2) + "]}",
                 check);
  require(check.good == 3 && check.errors == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  static Decoder reused(decode::Limits{1u << 20, 64u << 10, 64});
  Decoder& decoder = reused;

  Check first;
  decoder.decode(input, first);
  Check second;
  decoder.decode(input, second);
  require(first.ids == second.ids && first.errors == second.errors);

  // Exactly sized memory, so that a sanitizer sees a byte read past the end.
  const std::vector<char> exact(input.begin(), input.end());
  Check third;
  decoder.decode({exact.data(), exact.size()}, third);
  require(first.ids == third.ids && first.errors == third.errors);

  if (!is_only_space(input) && first.events + first.errors == 0) {
    // Only an envelope that says it is empty may give nothing.
    const bool may_be_empty = input.find_first_of("[\x1f\x28\xEF") != std::string_view::npos;
    require(may_be_empty);
  }
  check_as_a_line(input, decoder);
  check_cut_element(input, decoder);
  return 0;
}
