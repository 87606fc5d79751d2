// What crosses the shuffle: the calls of many events in columns of indices, and what has been read so far.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/api_key.h"
#include "core/call_event.h"
#include "core/time.h"

namespace insight::core {

// One input topic as intake sees it. Every batch names all of them, so that the watermark waits for each
// partition, heard of or not.
struct InputTopic {
  std::string_view name;
  uint32_t partitions = 0;
};

// One partition of an input topic.
struct Origin {
  uint32_t topic = 0;        // index into Batch::topics
  uint32_t partition = 0;
};

// What has been read of one input partition. Merged field by field: the larger; but of `oldest` the smaller, and
// `unbroken_since` as progress::History says.
struct PartitionProgress {
  uint32_t origin = 0;                       // index into Batch::origins
  int64_t next_offset = 0;                   // every offset below it was read
  std::optional<Timestamp> newest;           // newest event, capped by the clock and its Kafka timestamp
  std::optional<Timestamp> oldest;           // oldest event, selected or not
  std::optional<Timestamp> unbroken_since;   // where the history that leads up to `newest` begins
  std::optional<Timestamp> caught_up_at;     // a broker's time before a query that showed nothing left
};

// Minutes whose events are lost for good (the log was cut before it was read): [first, last].
struct MissingMinutes {
  Minute first;
  Minute last;
};

// An API of the batch: indices into Batch::strings.
struct BatchApi {
  uint32_t account = 0;
  uint32_t region = 0;
  uint32_t source = 0;
  uint32_t name = 0;
  Category category = Category::kManagement;
};

// Everything of a call but when and which: API, outcome, who and from where. Strings are indices into
// Batch::strings, whose first is "".
struct Signature {
  uint32_t api = 0;          // index into Batch::apis
  Selection selection;       // which series the call counts for
  uint32_t error_code = 0;   // "": the call succeeded
  uint32_t principal = 0;
  uint32_t user_agent = 0;
  uint32_t resource = 0;
  uint32_t address = 0;
  bool operator==(const Signature&) const = default;
};

// One call.
struct Row {
  uint64_t id = 0;           // hash of event id, time and principal: the call's identity
  int64_t offset = 0;        // in its origin
  uint32_t signature = 0;    // index into Batch::signatures
  uint32_t origin = 0;       // index into Batch::origins
  Minute minute;
  uint32_t weight = 1;       // calls that the row stands for (pre-aggregated history); else 1
};

// A batch of calls for one calls partition. Its strings are borrowed: from the bytes it was decoded from,
// or from the builder that made it.
struct Batch {
  uint32_t calls_partitions = 0;             // of the calls topic, as the sender routed
  std::vector<InputTopic> topics;
  std::vector<Origin> origins;
  std::vector<PartitionProgress> progress;   // covers the rows of this batch and all before it
  std::vector<MissingMinutes> missing;
  std::vector<std::string_view> strings;
  std::vector<BatchApi> apis;
  std::vector<Signature> signatures;
  std::vector<Row> rows;

  ApiKeyView key_of(const BatchApi& api) const {
    return {strings[api.account], strings[api.region], strings[api.source], strings[api.name], api.category};
  }

  void clear() {
    calls_partitions = 0;
    topics.clear();
    origins.clear();
    progress.clear();
    missing.clear();
    strings.clear();
    apis.clear();
    signatures.clear();
    rows.clear();
  }
};

}  // namespace insight::core
