// All that the engine keeps of one API.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "core/api_key.h"
#include "count/open_minute.h"
#include "count/signature_slots.h"
#include "detect/call_series.h"
#include "detect/error_series.h"
#include "state/attempts.h"
#include "state/series_ledger.h"

namespace insight::state {

// A series with what is reported of it. `series` is made when its first minute with a call closes; before,
// the partition's newcomer stands in for it.
template <typename Series>
struct Track {
  std::optional<Series> series;
  detect::InsightMachine machine;
  SeriesLedger ledger;
  std::unique_ptr<Baseline> baseline;   // of the open insight, once taken
};

struct CallTrack : Track<detect::CallSeries> {};

struct ErrorTrack : Track<detect::ErrorSeries> {
  std::string code;
};

// The minutes of an API that still take calls, and what they count under. In one piece where there is one of both: it comes
// and goes a million times in a rush, and would leave gaps between what stays.
struct OpenRows {
  count::SignatureSlots slots;
  absl::InlinedVector<count::OpenMinute, 1> minutes;  // by minute
};

// What of an API stays the same however its series behave, and the series. Everything but the open minutes
// is persisted; those are read again from the calls topic. Plain data; one task owns it.
struct ApiState {
  // Past so many error codes, further ones are counted under kOtherErrors.
  static constexpr size_t kErrorCodesMax = 64;
  static constexpr std::string_view kOtherErrors = "(other)";

  core::PackedApiKey key;
  int64_t first_offset = 0;  // calls offset of the batch that admitted it
  core::Minute through;  // last minute folded in
  core::Minute last_call = core::kNoMinute;  // last closed minute with a row
  uint64_t late_rows = 0;

  bool begun = false;  // a minute with a row was closed; until then the newcomer stands in
  RestingAttempts attempts;  // awake while there are error codes
  double silent_expected = 0;  // calls expected since all of the account and region went silent

  std::unique_ptr<CallTrack> calls;  // apart: an API without a call that counts takes a fifth of the memory
  std::vector<ErrorTrack> errors;  // by code

  // Not persisted.
  std::unique_ptr<OpenRows> rows;  // none while no minute is open
  core::Minute unsaved = core::kNoMinute;  // oldest minute with rows that no record in the log holds
  core::Minute saved = core::kNoMinute;  // `through` of its last record
  int64_t last_batch = -1;  // calls offset of the last batch that named it
  uint32_t group = 0;  // its number in the task's Silence
  uint8_t turn = 0;  // minute of the hour in which it is written anyway
  bool removed = false;  // and about to be deleted
  bool changed = false;  // in the task's list of what is to be written
  bool touched = false;  // in the task's list of APIs with new rows
  bool judge_all = false;  // open minutes may be declared now that might not before

  explicit ApiState(int32_t lateness_minutes) : attempts(lateness_minutes) {}

  // As if it were new, but for its name.
  void forget();
  // nullptr: the minute has no rows.
  count::OpenMinute* find_open(core::Minute minute);
  // In order of time.
  // NOLINTNEXTLINE(readability-make-member-function-const): what it hands out may be changed
  std::span<count::OpenMinute> open() { return rows ? std::span(rows->minutes) : std::span<count::OpenMinute>(); }
  std::span<const count::OpenMinute> open() const {
    return rows ? std::span(std::as_const(rows->minutes)) : std::span<const count::OpenMinute>();
  }
  // Made if it is new.
  count::OpenMinute& open_minute(core::Minute minute);
  count::SignatureSlots& slots();
  // Made if there is none.
  CallTrack& call_track();
  ErrorTrack* find_error(std::string_view code);
  const ErrorTrack* find_error(std::string_view code) const;
  ErrorTrack& error_track(std::string_view code);
  // The code under which errors of `code` are counted, once the tracks of the minute's codes are made.
  std::string_view counted_code(std::string_view code) const;
  bool has_open_insight() const;
  // Lets rest what nobody needs until the API is called again. Attempts must have seen `through`.
  void rest();
  size_t series_count() const { return errors.size() + (calls ? 1 : 0); }
};

// The state topic's format of an API: key and value. docs/formats.md describes it.
constexpr uint8_t kApiRecordVersion = 2;
std::string api_record_key(const core::ApiKeyView& key);
// False: not the key of an API's record.
bool parse_api_record_key(std::string_view bytes, core::ApiKey& key);
// Attempts at rest must have seen `through`.
void persist(const ApiState& api, std::string& bytes);

// A record with this key says that the state is another topic's now; its value names the topics, for a person.
constexpr std::string_view kMovedKey = "moved";

enum class RecordError {
  kNone,
  kNewerVersion,  // written by a newer release
  kOtherPartitions,  // of a calls topic with another number of partitions
  kMoved,  // the state is another topic's now
  kDamaged,  // cut or changed, or written with another lateness
};
// What is wrong and what to do about it, to be put after the name of the record or its topic. `value`: the record's.
std::string describe(RecordError error, std::string_view value);

// Fills `api` (made with the task's lateness); on an error it is unusable.
RecordError restore(std::string_view bytes, ApiState& api);

}  // namespace insight::state
