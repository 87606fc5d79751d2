// Many events in little memory.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "core/call_event.h"

namespace insight::files {

// Events of one file, with copies of their strings: what recurs (API, principal, agent...) is kept once, an event
// takes 40 bytes and, if its id is no UUID, the id; a combination of strings that did not come before takes
// another 60. A million events of a real trail are some 50 MB, at worst 100. The limit is 2^30 events. Not
// thread-safe.
class HeldEvents {
 public:
  HeldEvents();
  HeldEvents(const HeldEvents&) = delete;
  HeldEvents& operator=(const HeldEvents&) = delete;

  // Copies the event. `place` is its line, or its index in its envelope.
  void add(const core::CallEvent& event, uint32_t place, bool is_line);
  // By (time, order), then by place. Gives back what only add() needs: no more events until clear().
  void sort();
  void clear();

  size_t size() const { return rows_.size(); }
  core::Timestamp time(size_t at) const { return core::Timestamp(core::Duration(rows_[at].time_ms)); }
  // A hash of all that the event says, its id included: the same wherever it was read.
  uint64_t order(size_t at) const { return rows_[at].order; }
  uint32_t place(size_t at) const { return rows_[at].place; }
  bool is_line(size_t at) const { return rows_[at].is_line == 1; }
  // Strings are valid until clear() and the next get().
  core::CallEvent get(size_t at);

 private:
  // Strings are indices into strings_, whose first is "".
  struct Signature {
    uint64_t hash;                  // core::signature_hash: the same in every file
    std::array<uint32_t, 9> texts;  // as core::signature_texts has them
    core::Category category;
    bool read_only;
  };
  // Signatures are looked for by an event that has it and kept by their index: a million need no second copy.
  struct Wanted {
    uint64_t hash;
    const core::CallEvent* event;
  };
  struct SignatureHash {
    using is_transparent = void;
    const HeldEvents* held;
    size_t operator()(const Wanted& wanted) const { return wanted.hash; }
    size_t operator()(uint32_t index) const { return held->signatures_[index].hash; }
  };
  struct SignatureEqual {
    using is_transparent = void;
    const HeldEvents* held;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t a, const Wanted& b) const { return held->is(held->signatures_[a], b); }
    bool operator()(const Wanted& a, uint32_t b) const { return held->is(held->signatures_[b], a); }
  };
  using Signatures = absl::flat_hash_set<uint32_t, SignatureHash, SignatureEqual>;
  struct Row {
    int64_t time_ms;
    uint64_t order;
    uint64_t id[2];  // a UUID's bytes, or an index into strings_
    uint32_t signature : 30;
    uint32_t is_line : 1;
    uint32_t has_uuid : 1;
    uint32_t place;
  };

  uint32_t intern(std::string_view text);
  uint32_t intern(const core::CallEvent& event);
  bool is(const Signature& signature, const Wanted& wanted) const;
  std::string_view store(std::string_view text);
  void forget_lookups();
  void keep_id(std::string_view id, Row& row);

  std::vector<std::unique_ptr<char[]>> blocks_;  // of the strings
  size_t block_used_ = 0;
  std::vector<std::string_view> strings_;
  absl::flat_hash_map<std::string_view, uint32_t> texts_;
  // Deques grow without a copy of all that is there.
  std::deque<Signature> signatures_;
  Signatures known_;
  std::deque<Row> rows_;
  std::array<char, 36> uuid_{};
};

}  // namespace insight::files
