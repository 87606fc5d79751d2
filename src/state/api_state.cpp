#include "state/api_state.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/bytes.h"
#include "models/packing.h"

namespace insight::state {
namespace {

constexpr uint8_t kApiKeyTag = 'a';

template <typename Series>
void persist_track(core::ByteWriter& out, const Track<Series>& track, core::Minute through) {
  out.u8(track.series ? 1 : 0);
  if (track.series) track.series->persist(out, through);
  track.machine.persist(out);
  track.ledger.persist(out);
  if (track.machine.is_open()) persist(out, track.baseline ? *track.baseline : Baseline{});
}

template <typename Series>
bool restore_track(core::ByteReader& in, std::string_view record, Track<Series>& track, core::Minute through,
                   Series blank) {
  if (in.u8() != 0) {
    track.series.emplace(std::move(blank));
    if (!track.series->restore(in, through)) return false;
  }
  if (!track.machine.restore(in) || !track.ledger.restore(in, record)) return false;
  if (!track.machine.is_open()) return true;
  track.baseline = std::make_unique<Baseline>();
  return restore(in, *track.baseline);
}

bool before(const ErrorTrack& track, std::string_view code) { return track.code < code; }

}  // namespace

void ApiState::forget() {
  ApiState blank(attempts.lateness_minutes());
  blank.key = std::move(key);
  blank.turn = turn;
  *this = std::move(blank);
}

// NOLINTNEXTLINE(readability-make-member-function-const): what it hands out may be changed
count::OpenMinute* ApiState::find_open(core::Minute minute) {
  if (!rows) return nullptr;
  auto& minutes = rows->minutes;
  for (auto at = minutes.rbegin(); at != minutes.rend() && at->minute() >= minute; ++at)
    if (at->minute() == minute) return &*at;
  return nullptr;
}

count::OpenMinute& ApiState::open_minute(core::Minute minute) {
  if (auto* found = find_open(minute)) return *found;
  if (!rows) rows = std::make_unique<OpenRows>();
  auto& minutes = rows->minutes;
  const auto place =
      std::find_if(minutes.begin(), minutes.end(), [&](const auto& cell) { return cell.minute() > minute; });
  // A minute usually has about as many calls as the one before it.
  const size_t expected = place == minutes.begin() ? 0 : std::prev(place)->size();
  return *minutes.emplace(place, minute, expected);
}

count::SignatureSlots& ApiState::slots() {
  if (!rows) rows = std::make_unique<OpenRows>();
  return rows->slots;
}

CallTrack& ApiState::call_track() {
  if (!calls) calls = std::make_unique<CallTrack>();
  return *calls;
}

ErrorTrack* ApiState::find_error(std::string_view code) {
  return const_cast<ErrorTrack*>(std::as_const(*this).find_error(code));
}

const ErrorTrack* ApiState::find_error(std::string_view code) const {
  const auto at = std::lower_bound(errors.begin(), errors.end(), code, before);
  return at != errors.end() && at->code == code ? &*at : nullptr;
}

ErrorTrack& ApiState::error_track(std::string_view code) {
  const auto at = std::lower_bound(errors.begin(), errors.end(), code, before);
  if (at != errors.end() && at->code == code) return *at;
  ErrorTrack& added = *errors.emplace(at);
  added.code = code;
  return added;
}

std::string_view ApiState::counted_code(std::string_view code) const {
  return errors.size() < kErrorCodesMax || find_error(code) != nullptr ? code : kOtherErrors;
}

bool ApiState::has_open_insight() const {
  if (calls && calls->machine.is_open()) return true;
  return std::any_of(errors.begin(), errors.end(), [](const ErrorTrack& track) { return track.machine.is_open(); });
}

void ApiState::rest() {
  if (rows) return;
  if (errors.empty()) attempts.rest(through);
  if (calls) calls->ledger.rest();
  for (ErrorTrack& track : errors) track.ledger.rest();
}

std::string describe(RecordError error, std::string_view value) {
  switch (error) {
    case RecordError::kNone: return "is sound";
    case RecordError::kNewerVersion: return "was written by a newer release: upgrade this one, or roll the other back";
    case RecordError::kOtherPartitions:
      return "was written for another number of partitions than the calls topic has: `insightd state move` changes it";
    case RecordError::kMoved:
      return "says that this state was moved to " + std::string(value) +
             ": set kafka.topics.calls and kafka.topics.state to them";
    case RecordError::kDamaged: break;
  }
  return "cannot be read: it is damaged, or input.lateness is another one than it was written with";
}

std::string api_record_key(const core::ApiKeyView& key) {
  std::string bytes;
  core::ByteWriter out(bytes);
  out.u8(kApiKeyTag);
  out.u8(static_cast<uint8_t>(key.category));
  for (const auto& text : {key.account, key.region, key.source, key.name}) out.text(text);
  return bytes;
}

bool parse_api_record_key(std::string_view bytes, core::ApiKey& key) {
  core::ByteReader in(bytes);
  if (in.u8() != kApiKeyTag) return false;
  key.category = static_cast<core::Category>(in.varint_up_to(static_cast<uint8_t>(core::Category::kInsight)));
  for (auto* text : {&key.account, &key.region, &key.source, &key.name}) *text = in.text();
  return in.ok() && in.at_end();
}

void persist(const ApiState& api, std::string& bytes) {
  core::ByteWriter out(bytes);
  out.u8(kApiRecordVersion);
  out.zigzag(api.through.value);
  out.zigzag(api.first_offset);
  out.zigzag(api.last_call.value);
  out.varint(api.late_rows);
  out.u8(api.begun ? 1 : 0);
  api.attempts.persist(out, api.through);
  models::pack(out, api.silent_expected);
  out.u8(api.calls ? 1 : 0);
  if (api.calls) persist_track(out, *api.calls, api.through);
  out.varint(api.errors.size());
  for (const ErrorTrack& track : api.errors) {
    out.text(track.code);
    persist_track(out, track, api.through);
  }
}

RecordError restore(std::string_view bytes, ApiState& api) {
  core::ByteReader in(bytes);
  const uint8_t version = in.u8();
  if (version > kApiRecordVersion) return RecordError::kNewerVersion;
  if (version != kApiRecordVersion) return RecordError::kDamaged;
  api.through = {static_cast<int32_t>(in.zigzag())};
  api.first_offset = in.zigzag();
  api.last_call = {static_cast<int32_t>(in.zigzag())};
  api.late_rows = in.varint();
  api.begun = in.u8() != 0;
  if (!api.attempts.restore(in, bytes, api.through)) return RecordError::kDamaged;
  models::unpack(in, api.silent_expected);

  const int32_t lateness_minutes = api.attempts.lateness_minutes();
  if (in.u8() != 0) {
    const detect::CallSeries blank(models::CountModel{}, lateness_minutes);
    if (!restore_track(in, bytes, api.call_track(), api.through, blank)) return RecordError::kDamaged;
  }
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    const detect::ErrorSeries blank(models::ErrorRateModel{}, detect::ErrorBounds(lateness_minutes));
    ErrorTrack& track = api.errors.emplace_back();
    track.code = in.text();
    if (!restore_track(in, bytes, track, api.through, blank)) return RecordError::kDamaged;
  }
  if (!api.errors.empty()) api.attempts.wake();
  return in.ok() && in.at_end() ? RecordError::kNone : RecordError::kDamaged;
}

}  // namespace insight::state
