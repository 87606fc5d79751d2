#include "publish/event_id.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace insight::publish {
namespace {

// Drawn at random once. Another namespace would give every record another id.
constexpr std::array<unsigned char, 16> kNamespace = {0xc2, 0x29, 0xcb, 0x8f, 0x7b, 0x34, 0x4a, 0xc8,
                                                      0x8f, 0xd3, 0xae, 0xf2, 0x24, 0x18, 0xc9, 0x70};

// The length in front keeps two different lists of fields from running together to one name.
void append_field(std::string& name, std::string_view field) {
  fmt::format_to(std::back_inserter(name), "{}:{}", field.size(), field);
}

std::string name_of(const core::Insight& insight) {
  std::string name;
  append_field(name, insight.api.account);
  append_field(name, insight.api.region);
  append_field(name, insight.api.source);
  append_field(name, insight.api.name);
  append_field(name, core::to_string(insight.api.category));
  append_field(name, core::to_string(insight.type));
  append_field(name, insight.type == core::InsightType::kErrorRate ? insight.error_code : "");
  append_field(name, core::to_iso(insight.start));
  return name;
}

}  // namespace

std::string name_based_uuid(std::string_view name) {
  std::string input(kNamespace.begin(), kNamespace.end());
  input += name;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  if (EVP_Digest(input.data(), input.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) {
    std::fputs("insightd: OpenSSL offers no SHA-1, which event ids are made of\n", stderr);
    std::abort();
  }
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0F) | 0x50);  // version 5
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3F) | 0x80);  // variant of RFC 9562

  std::string text;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
  }
  return text;
}

std::string shared_event_id(const core::Insight& insight) { return name_based_uuid(name_of(insight)); }

std::string event_id(const core::Insight& insight) {
  std::string name = name_of(insight);
  append_field(name, core::to_string(insight.state));
  return name_based_uuid(name);
}

}  // namespace insight::publish
