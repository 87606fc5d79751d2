// Compiled twice: with the instructions of the machine it is built on (INSIGHT_NATIVE), and without.
#include "tests/benchmarks/on_demand_decoder.h"

#include <simdjson.h>

#include <cstring>
#include <vector>

#include "decode/cloudtrail_record.h"
#include "decode/event_time.h"

namespace insight::benchmarks {
namespace {

namespace ondemand = simdjson::ondemand;

// Whether the key is this one; `quoted` ends with the closing quote. Reads within the parser's padding.
template <size_t N>
bool is(const char* key, const char (&quoted)[N]) {
  return std::memcmp(key, quoted, N - 1) == 0;
}

// Goes through all that the value holds.
void prove(ondemand::value value) {
  switch (value.type()) {
    case ondemand::json_type::object:
      for (auto field : value.get_object()) {
        static_cast<void>(std::string_view(field.unescaped_key()));
        prove(field.value());
      }
      return;
    case ondemand::json_type::array:
      for (auto element : value.get_array()) prove(element.value());
      return;
    case ondemand::json_type::string: static_cast<void>(std::string_view(value.get_string())); return;
    case ondemand::json_type::number: static_cast<void>(double(value.get_double())); return;
    case ondemand::json_type::boolean: static_cast<void>(bool(value.get_bool())); return;
    case ondemand::json_type::null:
      if (!bool(value.is_null())) throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
      return;
  }
}

bool is_read_name(std::string_view name) {
  for (const std::string_view prefix : {"Get", "List", "Describe", "Head", "Lookup", "Search", "BatchGet"})
    if (name.starts_with(prefix)) return true;
  return false;
}

template <bool Proves>
class Decoder final : public OnDemandDecoder {
 public:
  bool read_message(std::string_view record, Sink& sink) override try {
    if (padded_.size() < record.size() + simdjson::SIMDJSON_PADDING)
      padded_.resize(2 * record.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(padded_.data(), record.data(), record.size());
    auto document = parser_.iterate(padded_.data(), record.size(), padded_.size());
    read_record(document.get_object(), sink);
    return true;
  } catch (const simdjson::simdjson_error&) {
    return false;
  }

  bool read_log_file(const char* text, size_t size, size_t capacity, Sink& sink) override try {
    auto document = parser_.iterate(text, size, capacity);
    for (ondemand::object record : document["Records"]) read_record(record, sink);
    return true;
  } catch (const simdjson::simdjson_error&) {
    return false;
  }

 private:
  struct Fields {
    core::CallEvent event;
    std::string_view time, category, arn, invoked_by, identity_account, principal_id;
    bool has_read_only = false;
    bool is_data = false;
  };

  void read_record(ondemand::object record, Sink& sink) {
    Fields fields;
    for (auto field : record) read_field(field.key().raw(), field, fields);
    core::CallEvent& event = fields.event;
    const auto time = decode::parse_event_time(fields.time);
    if (!time) return;
    event.time = *time;
    if (event.api.account.empty()) event.api.account = fields.identity_account;
    event.api.category = category_of(fields);
    event.principal = principal_of(fields);
    if (!fields.has_read_only) event.read_only = is_read_name(event.api.name);
    sink.on_event(event);
  }

  template <class Field>
  static void read_field(const char* key, Field& field, Fields& fields) {
    core::CallEvent& event = fields.event;
    switch (key[0]) {
      case 'a':
        if (is(key, "awsRegion\"")) return take(field, event.api.region);
        break;
      case 'e':
        if (is(key, "eventTime\"")) return take(field, fields.time);
        if (is(key, "eventSource\"")) return take(field, event.api.source);
        if (is(key, "eventName\"")) return take(field, event.api.name);
        if (is(key, "eventID\"")) return take(field, event.event_id);
        if (is(key, "eventCategory\"")) return take(field, fields.category);
        if (is(key, "errorCode\"")) return take(field, event.error_code);
        break;
      case 'm':
        if (is(key, "managementEvent\"")) {
          fields.is_data = !bool(field.value().get_bool());
          return;
        }
        break;
      case 'r':
        if (is(key, "recipientAccountId\"")) return take(field, event.api.account);
        if (is(key, "resources\"")) return read_resources(field.value(), fields);
        if (is(key, "readOnly\"")) {
          fields.has_read_only = true;
          event.read_only = bool(field.value().get_bool());
          return;
        }
        break;
      case 's':
        if (is(key, "sourceIPAddress\"")) return take(field, event.address);
        break;
      case 'u':
        if (is(key, "userAgent\"")) return take(field, event.user_agent);
        if (is(key, "userIdentity\"")) return read_identity(field.value(), fields);
        break;
      default: break;
    }
    pass(field.value());
  }

  static void read_identity(ondemand::value value, Fields& fields) {
    if (value.is_null()) return;
    for (auto field : value.get_object()) {
      const char* key = field.key().raw();
      if (is(key, "arn\""))
        take(field, fields.arn);
      else if (is(key, "invokedBy\""))
        take(field, fields.invoked_by);
      else if (is(key, "accountId\""))
        take(field, fields.identity_account);
      else if (is(key, "principalId\""))
        take(field, fields.principal_id);
      else
        pass(field.value());
    }
  }

  static void read_resources(ondemand::value value, Fields& fields) {
    if (value.is_null()) return;
    bool first = true;
    for (auto element : value.get_array()) {
      if (!std::exchange(first, false)) {
        pass(element.value());
        continue;
      }
      for (auto field : element.get_object()) {
        const char* key = field.key().raw();
        if (is(key, "ARN\"") || is(key, "arn\""))
          take(field, fields.event.resource);
        else
          pass(field.value());
      }
    }
  }

  template <class Field>
  static void take(Field& field, std::string_view& text) {
    ondemand::value value = field.value();
    if (value.is_null())
      text = {};
    else
      text = value.get_string();
  }

  // The front end passes over what nobody asks for by counting its brackets.
  static void pass(ondemand::value value) {
    if constexpr (Proves) prove(value);
  }

  static core::Category category_of(const Fields& fields) {
    for (const auto known : {core::Category::kManagement, core::Category::kData, core::Category::kNetworkActivity,
                             core::Category::kInsight})
      if (fields.category == core::to_string(known)) return known;
    return fields.is_data ? core::Category::kData : core::Category::kManagement;
  }

  static std::string_view principal_of(const Fields& fields) {
    if (!fields.arn.empty()) return decode::role_level(fields.arn);
    for (const auto value : {fields.invoked_by, fields.identity_account, fields.principal_id})
      if (!value.empty()) return value;
    return {};
  }

  ondemand::parser parser_;
  std::vector<char> padded_;
};

std::unique_ptr<OnDemandDecoder> make(bool proves) {
  if (proves) return std::make_unique<Decoder<true>>();
  return std::make_unique<Decoder<false>>();
}

}  // namespace

#ifdef INSIGHT_NATIVE
std::unique_ptr<OnDemandDecoder> native_on_demand_decoder(bool proves) { return make(proves); }
#else
std::unique_ptr<OnDemandDecoder> portable_on_demand_decoder(bool proves) { return make(proves); }
#endif

}  // namespace insight::benchmarks
