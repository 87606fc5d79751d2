// Many events in little memory.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/call_event.h"

namespace insight::files {

// Events of one file, with copies of their strings: what recurs (API, principal, agent...) is kept once, an event
// takes 48 bytes and, if its id is no UUID, the id. A million events of a real trail are some 50 MB. The
// limit is 2^32 - 1 events and distinct strings. Not thread-safe.
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
  bool is_line(size_t at) const { return rows_[at].is_line != 0; }
  // Strings are valid until clear() and the next get().
  core::CallEvent get(size_t at);

 private:
  // Strings are indices into strings_, whose first is "".
  struct Signature {
    std::array<uint32_t, 9> texts;   // account, region, source, name, error code, principal, agent, resource, address
    core::Category category;
    bool read_only;
    bool operator==(const Signature&) const = default;
  };
  struct SignatureHash {
    size_t operator()(const Signature& signature) const;
  };
  enum class IdKind : uint8_t { kText, kUuid };
  struct Row {
    int64_t time_ms;
    uint64_t order;
    uint64_t id[2];        // a UUID's bytes, or an index into strings_
    uint32_t signature;
    uint32_t place;
    bool is_line;
    IdKind id_kind;
  };

  uint32_t intern(std::string_view text);
  uint32_t intern(const core::CallEvent& event);
  std::string_view store(std::string_view text);
  void keep_id(std::string_view id, Row& row);

  std::vector<std::unique_ptr<char[]>> blocks_;   // of the strings
  size_t block_used_ = 0;
  std::vector<std::string_view> strings_;
  absl::flat_hash_map<std::string_view, uint32_t> texts_;
  std::vector<Signature> signatures_;
  std::vector<uint64_t> contents_;                // hash of each signature's strings: the same in every file
  absl::flat_hash_map<Signature, uint32_t, SignatureHash> known_;
  std::vector<Row> rows_;
  std::array<char, 36> uuid_{};
};

}  // namespace insight::files
