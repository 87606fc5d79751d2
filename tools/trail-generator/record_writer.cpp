#include "trail-generator/record_writer.h"

#include <fmt/format.h>

#include "publish/json.h"

namespace insight::trail {
namespace {

using publish::append_json_string;

constexpr uint64_t kSessionStream = 0x5345535300000000;
constexpr uint64_t kRoleStream = 0x524F4C4500000000;
// Sessions of a role are renewed every few hours; only the date in the record shows it.
constexpr int kSessionHours = 6;

std::string quoted(std::string_view value) {
  std::string out;
  append_json_string(out, value);
  return out;
}

// `text` with every {id} replaced by 17 random hexadecimal digits, as resource ids have them.
std::string fill_in(std::string_view text, Random& random) {
  constexpr std::string_view kPlace = "{id}";
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t place = text.find(kPlace, at);
    out += text.substr(at, place - at);
    if (place == std::string_view::npos) break;
    random.append_characters(out, 17, kHexDigits);
    at = place + kPlace.size();
  }
  return out;
}

std::string key_id(std::string_view prefix, Random& random) {
  std::string out(prefix);
  random.append_characters(out, 16, kUpperAlphanumeric);
  return out;
}

void append_parameters(std::string& out, const Api& api, Random& random) {
  if (api.parameters.empty()) {
    out += "null";
    return;
  }
  char separator = '{';
  for (const auto& [key, value] : api.parameters) {
    out += separator;
    append_json_string(out, key);
    out += ':';
    append_json_string(out, fill_in(value, random));
    separator = ',';
  }
  out += '}';
}

// CloudTrail shows what a write call answered, and null for a read or a failure.
void append_response(std::string& out, const Api& api, const Call& call, Random& random) {
  if (api.read_only || api.is_data || !call.error.empty()) {
    out += "null";
    return;
  }
  out += R"({"_return":true,"requestId":")" + random_uuid(random) + "\"}";
}

void append_additional_data(std::string& out, const Api& api, Random& random) {
  if (!api.is_data) return;
  std::string id2;
  random.append_characters(id2, 43, kAlphanumeric);
  out += fmt::format(
      R"("additionalEventData":{{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256",)"
      R"("bytesTransferredIn":{},"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{}=","bytesTransferredOut":{}}},)",
      random.below(1 << 20), id2, random.below(4096));
}

void append_resources(std::string& out, const Api& api, const std::string& account, Random& random) {
  if (api.resources.empty()) return;
  const std::string arn = fill_in(api.resources[random.below(api.resources.size())], random);
  out += R"("resources":[{"accountId":")" + account + R"(","type":"AWS::Resource","ARN":)" + quoted(arn) + "}],";
}

}  // namespace

RecordWriter::RecordWriter(const Scenario& scenario, uint64_t seed) : scenario_(scenario), seed_(seed) {
  for (size_t i = 0; i < scenario.principals.size(); ++i) {
    auto& sessions = sessions_.emplace_back();
    for (int n = 0; n < scenario.principals[i].sessions; ++n)
      sessions.push_back(make_session(scenario.principals[i], i * kSessionsMax + static_cast<uint64_t>(n)));
  }
}

RecordWriter::Session RecordWriter::make_session(const Principal& principal, uint64_t number) const {
  Random of_role(seed_, kRoleStream ^ (number / kSessionsMax));
  Random random(seed_, kSessionStream ^ number);
  Session session;
  session.address = principal.addresses[number % principal.addresses.size()];
  const std::string& account = scenario_.account;
  switch (principal.kind) {
    case Principal::Kind::kService:
      session.identity = R"("type":"AWSService","invokedBy":)" + quoted(principal.name);
      break;
    case Principal::Kind::kUser:
      session.identity = fmt::format(
          R"("type":"IAMUser","principalId":"{}","arn":"arn:aws:iam::{}:user/{}","accountId":"{}","accessKeyId":"{}","userName":"{}")",
          key_id("AIDA", of_role), account, principal.name, account, key_id("AKIA", random), principal.name);
      break;
    case Principal::Kind::kRole: {
      const std::string role_id = key_id("AROA", of_role);
      std::string name = "i-0";
      random.append_characters(name, 16, kHexDigits);
      session.identity = fmt::format(
          R"("type":"AssumedRole","principalId":"{0}:{1}","arn":"arn:aws:sts::{2}:assumed-role/{3}/{1}","accountId":"{2}",)"
          R"("accessKeyId":"{4}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"{0}",)"
          R"("arn":"arn:aws:iam::{2}:role/{3}","accountId":"{2}","userName":"{3}"}},"attributes":{{"mfaAuthenticated":"false")",
          role_id, name, account, principal.name, key_id("ASIA", random));
      break;
    }
  }
  return session;
}

std::string RecordWriter::write(const Call& call) const {
  const Api& api = scenario_.apis[call.api];
  const Principal& principal = scenario_.principals[call.principal];
  Random random(seed_, call.id);
  const Session& session = sessions_[call.principal][random.below(sessions_[call.principal].size())];

  std::string out = R"({"eventVersion":"1.09","userIdentity":{)" + session.identity;
  if (principal.kind == Principal::Kind::kRole) {
    const core::Minute now = core::minute_of(call.time);
    const core::Minute created = now - (now - core::day_of(now)) % (kSessionHours * 60);
    out += R"(,"creationDate":")" + core::to_iso(created) + "\"}}";
  }
  out += R"(},"eventTime":")" + core::to_iso(call.time) + R"(","eventSource":")" + api.source + R"(","eventName":")" +
         api.name + R"(","awsRegion":")" + scenario_.region + R"(","sourceIPAddress":)" + quoted(session.address) +
         R"(,"userAgent":)" + quoted(principal.user_agent) + ",";
  if (!call.error.empty()) {
    const std::string message = "The call to " + api.name + " was refused: " + call.error;
    out += R"("errorCode":)" + quoted(call.error) + R"(,"errorMessage":)" + quoted(message) + ",";
  }
  out += R"("requestParameters":)";
  append_parameters(out, api, random);
  out += R"(,"responseElements":)";
  append_response(out, api, call, random);
  out += ',';
  append_additional_data(out, api, random);
  out += R"("requestID":")" + random_uuid(random) + R"(","eventID":")" + random_uuid(random) + R"(","readOnly":)" +
         (api.read_only ? "true" : "false") + ",";
  append_resources(out, api, scenario_.account, random);
  out += fmt::format(
      R"("eventType":"AwsApiCall","managementEvent":{},"recipientAccountId":"{}","eventCategory":"{}",)"
      R"("tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{}.{}.amazonaws.com"}}}})",
      !api.is_data, scenario_.account, api.is_data ? "Data" : "Management", api.source.substr(0, api.source.find('.')),
      scenario_.region);
  return out;
}

}  // namespace insight::trail
