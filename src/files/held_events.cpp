#include "files/held_events.h"

#include <algorithm>
#include <cstring>

#include <xxhash.h>

namespace insight::files {
namespace {

constexpr size_t kBlockBytes = 8 * 1024;  // small: thousands of small files may be open
static_assert(kBlockBytes >= core::kAttributeLengthMax, "every string fits a block");

constexpr size_t kUuidLength = 36;
constexpr uint8_t kNoDigit = 0x80;

// The value of each hexadecimal digit as UUIDs are written, in lower case.
constexpr auto kDigitValues = [] {
  std::array<uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (uint8_t i = 0; i < 10; ++i) values[size_t{'0'} + i] = i;
  for (uint8_t i = 0; i < 6; ++i) values[size_t{'a'} + i] = static_cast<uint8_t>(10 + i);
  return values;
}();

// The two digits of each byte.
constexpr auto kBytePairs = [] {
  std::array<char, 512> pairs{};
  for (size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = "0123456789abcdef"[i >> 4];
    pairs[2 * i + 1] = "0123456789abcdef"[i & 15];
  }
  return pairs;
}();

// Appends `count` digits to `value`; `seen` gathers what they are.
void read_digits(const char* at, size_t count, uint64_t& value, uint8_t& seen) {
  for (size_t i = 0; i < count; ++i) {
    const uint8_t digit = kDigitValues[static_cast<unsigned char>(at[i])];
    seen |= digit;
    value = value << 4 | (digit & 15u);
  }
}

// The 16 bytes of a UUID in its usual form, lower case; false for anything else.
bool pack_uuid(std::string_view text, uint64_t (&id)[2]) {
  if (text.size() != kUuidLength) return false;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  uint64_t high = 0;
  uint64_t low = 0;
  uint8_t seen = 0;
  read_digits(&text[0], 8, high, seen);
  read_digits(&text[9], 4, high, seen);
  read_digits(&text[14], 4, high, seen);
  read_digits(&text[19], 4, low, seen);
  read_digits(&text[24], 12, low, seen);
  if ((seen & kNoDigit) != 0) return false;
  id[0] = high;
  id[1] = low;
  return true;
}

// Writes the `count` bytes of `value` that begin `shift` bits above its lowest.
void write_bytes(uint64_t value, int shift, size_t count, char* out) {
  for (size_t i = 0; i < count; ++i, shift -= 8) std::memcpy(out + 2 * i, &kBytePairs[(value >> shift & 255) * 2], 2);
}

void unpack_uuid(const uint64_t (&id)[2], std::array<char, kUuidLength>& text) {
  write_bytes(id[0], 56, 4, &text[0]);
  write_bytes(id[0], 24, 2, &text[9]);
  write_bytes(id[0], 8, 2, &text[14]);
  write_bytes(id[1], 56, 2, &text[19]);
  write_bytes(id[1], 40, 6, &text[24]);
  for (const size_t dash : {8, 13, 18, 23}) text[dash] = '-';
}

}  // namespace

HeldEvents::HeldEvents() : known_(0, SignatureHash{this}, SignatureEqual{this}) { clear(); }

void HeldEvents::add(const core::CallEvent& event, uint32_t place, bool is_line) {
  Row row{};
  row.time_ms = event.time.time_since_epoch().count();
  const uint32_t signature = intern(event);
  row.signature = signature & ((1u << 30) - 1);
  row.order = XXH3_64bits_withSeed(event.event_id.data(), event.event_id.size(), signatures_[signature].hash);
  row.place = place;
  row.is_line = is_line ? 1 : 0;
  keep_id(event.event_id, row);
  rows_.push_back(row);
}

void HeldEvents::sort() {
  std::ranges::sort(rows_, [](const Row& a, const Row& b) {
    if (a.time_ms != b.time_ms) return a.time_ms < b.time_ms;
    if (a.order != b.order) return a.order < b.order;
    return a.place < b.place;
  });
  forget_lookups();
}

core::CallEvent HeldEvents::get(size_t at) {
  const Row& row = rows_[at];
  const Signature& signature = signatures_[row.signature];
  const auto text = [&](size_t i) { return strings_[signature.texts[i]]; };
  core::CallEvent event;
  event.api = {text(0), text(1), text(2), text(3), signature.category};
  event.time = time(at);
  event.error_code = text(4);
  event.principal = text(5);
  event.user_agent = text(6);
  event.resource = text(7);
  event.address = text(8);
  event.read_only = signature.read_only;
  if (row.has_uuid == 1) {
    unpack_uuid(row.id, uuid_);
    event.event_id = {uuid_.data(), uuid_.size()};
  } else {
    event.event_id = strings_[row.id[0]];
  }
  return event;
}

uint32_t HeldEvents::intern(const core::CallEvent& event) {
  const Wanted wanted{core::signature_hash(event), &event};
  if (const auto at = known_.find(wanted); at != known_.end()) return *at;
  Signature signature{wanted.hash, {}, event.api.category, event.read_only};
  const auto texts = core::signature_texts(event);
  for (size_t i = 0; i < texts.size(); ++i) signature.texts[i] = intern(texts[i]);
  const auto index = static_cast<uint32_t>(signatures_.size());
  signatures_.push_back(signature);
  known_.insert(index);
  return index;
}

bool HeldEvents::is(const Signature& signature, const Wanted& wanted) const {
  if (signature.hash != wanted.hash || signature.category != wanted.event->api.category ||
      signature.read_only != wanted.event->read_only)
    return false;
  const auto texts = core::signature_texts(*wanted.event);
  for (size_t i = 0; i < texts.size(); ++i)
    if (strings_[signature.texts[i]] != texts[i]) return false;
  return true;
}

uint32_t HeldEvents::intern(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto at = texts_.find(text); at != texts_.end()) return at->second;
  const auto index = static_cast<uint32_t>(strings_.size());
  strings_.push_back(store(text));
  texts_.emplace(strings_.back(), index);
  return index;
}

void HeldEvents::keep_id(std::string_view id, Row& row) {
  row.has_uuid = pack_uuid(id, row.id) ? 1 : 0;
  if (row.has_uuid == 1 || id.empty()) return;
  row.id[0] = strings_.size();  // ids hardly recur: no look-up
  strings_.push_back(store(id));
}

std::string_view HeldEvents::store(std::string_view text) {
  if (blocks_.empty() || block_used_ + text.size() > kBlockBytes) {
    blocks_.push_back(std::make_unique<char[]>(kBlockBytes));
    block_used_ = 0;
  }
  char* place = blocks_.back().get() + block_used_;
  std::memcpy(place, text.data(), text.size());
  block_used_ += text.size();
  return {place, text.size()};
}

void HeldEvents::forget_lookups() {
  known_ = Signatures(0, SignatureHash{this}, SignatureEqual{this});
  texts_ = {};
}

void HeldEvents::clear() {
  rows_.clear();
  forget_lookups();
  signatures_.clear();
  strings_.assign(1, std::string_view());
  blocks_.clear();
  block_used_ = 0;
}

}  // namespace insight::files
