// The least that anyone would have to do with an audit event: parse it, read the fields that matter, count. What the
// yardsticks share; nothing of the engine is in it, so that the engine can be measured against it.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace insight::yardstick {

// Calls of one API in one minute, counted in one hash map. Not thread-safe.
class BareCount {
 public:
  struct Counts {
    uint64_t calls = 0;
    uint64_t writes = 0;
    uint64_t errors = 0;
  };

  // One CloudTrail record.
  void record(simdjson::ondemand::object object) {
    Fields fields;
    for (auto field : object) read(field, fields);
    add(fields);
  }

  uint64_t records() const { return records_; }
  size_t keys() const { return counts_.size(); }
  // Over everything that was read, so that no compiler can leave the reading out.
  uint64_t checksum() const { return checksum_; }

 private:
  struct Fields {
    std::string_view time, source, name, error, id, arn, agent;
    bool read_only = false;
  };
  struct KeyView {
    std::string_view source, name;
    int64_t minute;
  };
  struct Key {
    std::string source, name;
    int64_t minute;
    explicit Key(const KeyView& view) : source(view.source), name(view.name), minute(view.minute) {}
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const KeyView& key) const { return absl::HashOf(key.source, key.name, key.minute); }
    size_t operator()(const Key& key) const { return absl::HashOf(key.source, key.name, key.minute); }
  };
  struct Equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return a.minute == b.minute && a.name == b.name && a.source == b.source;
    }
  };

  template <class Field>
  static void read(Field& field, Fields& fields) {
    const char* key = field.key().raw();
    if (key[0] == 'e') {
      if (is(key, "eventID\""))
        fields.id = field.value().get_string();
      else if (is(key, "eventTime\""))
        fields.time = field.value().get_string();
      else if (is(key, "eventName\""))
        fields.name = field.value().get_string();
      else if (is(key, "eventSource\""))
        fields.source = field.value().get_string();
      else if (is(key, "errorCode\""))
        fields.error = field.value().get_string();
    } else if (key[0] == 'r') {
      if (is(key, "readOnly\"")) fields.read_only = field.value().get_bool();
    } else if (key[0] == 'u') {
      if (is(key, "userAgent\""))
        fields.agent = field.value().get_string();
      else if (is(key, "userIdentity\""))
        read_identity(field.value().get_object(), fields);
    }
  }

  static void read_identity(simdjson::ondemand::object identity, Fields& fields) {
    std::string_view arn;
    if (identity["arn"].get_string().get(arn) == simdjson::SUCCESS) fields.arn = arn;
  }

  // Whether the key is this one; `quoted` ends with the closing quote. Reads within the parser's padding.
  template <size_t N>
  static bool is(const char* key, const char (&quoted)[N]) {
    return std::memcmp(key, quoted, N - 1) == 0;
  }

  void add(const Fields& fields) {
    const KeyView key{fields.source, fields.name, minute_of(fields.time)};
    auto found = counts_.find(key);
    if (found == counts_.end()) found = counts_.emplace(Key(key), Counts{}).first;
    ++found->second.calls;
    if (!fields.read_only) ++found->second.writes;
    if (!fields.error.empty()) ++found->second.errors;
    ++records_;
    checksum_ += first_bytes(fields.id) ^ (fields.arn.size() * 31 + fields.agent.size());
  }

  static uint64_t first_bytes(std::string_view text) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), std::min(text.size(), sizeof bytes));
    return bytes;
  }

  // Minutes since 1970 of `2024-12-11T16:52:07Z`.
  static int64_t minute_of(std::string_view text) {
    if (text.size() < 16) return 0;
    const auto digits = [&](size_t from, size_t count) {
      int64_t value = 0;
      for (size_t i = from; i < from + count; ++i) value = value * 10 + (text[i] - '0');
      return value;
    };
    const int64_t month = digits(5, 2);
    const int64_t year = digits(0, 4) - (month <= 2 ? 1 : 0);
    const int64_t era = year / 400;
    const int64_t of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + digits(8, 2) - 1;
    const int64_t day = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719468;
    return day * 1440 + digits(11, 2) * 60 + digits(14, 2);
  }

  absl::flat_hash_map<Key, Counts, Hash, Equal> counts_;
  uint64_t records_ = 0;
  uint64_t checksum_ = 0;
};

}  // namespace insight::yardstick
