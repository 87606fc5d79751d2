// The one table of keys: parsing, validation, the schema, printing and the shipped file all read it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "settings/settings.h"

namespace insight::settings {

// Where a key's value lives in its owner. The type of the field is the type of the key: a uint64_t is a
// size in bytes, the vectors are lists, the map holds librdkafka properties.
template <typename Owner>
using Field = std::variant<std::string& (*)(Owner&), bool& (*)(Owner&), int32_t& (*)(Owner&), uint32_t& (*)(Owner&),
                           double& (*)(Owner&), std::chrono::milliseconds& (*)(Owner&), uint64_t& (*)(Owner&),
                           std::vector<std::string>& (*)(Owner&), std::map<std::string, std::string>& (*)(Owner&),
                           std::vector<Selector>& (*)(Owner&)>;

// What a text (or each text of a list) must be.
enum class Text : uint8_t {
  kAny,
  kNotEmpty,
  kTopic,            // Kafka's rule for topic names
  kTopicOrEmpty,
  kServers,          // host:port, several with commas
  kListen,           // host:port; port 0 is a free one
  kPattern,          // exact, or with one `*` at its beginning or end
  kAccount,          // the same; digits need no quotes
  kChoice,           // one of `choices`
};

// One key: `path` is dotted, relative to its owner. Bounds are inclusive, in the field's own unit (ms,
// bytes); for lists they bound the number of items.
template <typename Owner>
struct Key {
  std::string_view path;
  Field<Owner> field;
  std::string_view doc;
  double min = 0;
  double max = 0;
  Text text = Text::kAny;
  // NOLINTNEXTLINE(readability-redundant-member-init): g++ wants it where a table leaves it out
  std::span<const std::string_view> choices = {};
};

// In the order in which they are printed: the keys of a section stand together.
std::span<const Key<Settings>> keys();
std::span<const Key<Selector>> selector_keys();

// What the key takes, as the end of "write ...": "a whole number from 1 to 1024".
std::string expectation(const Key<Settings>& key);
std::string expectation(const Key<Selector>& key);

// What is wrong with a text and the mend; empty: nothing.
std::string check_text(Text rule, std::span<const std::string_view> choices, std::string_view text);

// What is wrong with setting this librdkafka property to this value, and the mend; empty: nothing. The
// engine relies on some properties; everything else is handed on.
std::string check_property(std::string_view property, std::string_view value);

// A property that the engine sets itself.
struct OwnProperty {
  std::string_view name;
  std::string_view allowed;  // the one value that does no harm; empty: none
  std::string_view mend;
};
std::span<const OwnProperty> own_properties();

// Text from outside, fit for a terminal: cut if long, control characters as `?`.
std::string printable(std::string_view text);
// The same between backquotes.
std::string quote(std::string_view text);

// A number as a person writes it: no trailing zeros.
std::string plain_number(double value);

}  // namespace insight::settings
