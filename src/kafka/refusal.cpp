#include "kafka/refusal.h"

#include <fmt/format.h>

namespace insight::kafka {
namespace {

constexpr std::string_view kThread = "[thrd:";
constexpr std::string_view kPassword = "SASL authentication error: ";

bool contains(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

// Removes what is in front of the next ": " and returns it.
std::string_view take_part(std::string_view& text) {
  const size_t end = text.find(": ");
  if (end == std::string_view::npos) return {};
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end + 2);
  return part;
}

}  // namespace

// Such as `[thrd:NAME]: BROKER: SASL authentication error: REASON (after 12ms in state AUTH_REQ)`.
std::optional<std::string> explain_refusal(std::string_view text) {
  if (text.starts_with(kThread)) take_part(text);
  const std::string_view broker = take_part(text);
  text = text.substr(0, text.rfind(" (after "));
  // Of a transactional id the broker is not the first part of the text.
  if (contains(text, "Transactional Id authorization failed"))
    return "the user may not Write its transactional ids: grant it those that begin with kafka.consumer_group and "
           "-detect-";
  if (text.starts_with(kPassword))
    return fmt::format(
        "{} refuses the user or the password: check sasl.username, sasl.password and sasl.mechanism ({})", broker,
        text.substr(kPassword.size()));
  if (contains(text, "certificate verify failed"))
    return fmt::format(
        "{} shows a certificate that cannot be verified: check ssl.ca.location, and that the certificate names this "
        "host",
        broker);
  if (contains(text, " alert ") && (contains(text, "certificate") || contains(text, "unknown ca")))
    return fmt::format(
        "{} refuses the certificate of this client, or wants one: check ssl.certificate.location and ssl.key.location",
        broker);
  return std::nullopt;
}

}  // namespace insight::kafka
