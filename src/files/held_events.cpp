#include "files/held_events.h"

#include <algorithm>
#include <cstring>

#include <xxhash.h>

namespace insight::files {
namespace {

constexpr size_t kBlockBytes = 8 * 1024;  // small: thousands of small files may be open
static_assert(kBlockBytes >= core::kAttributeLengthMax, "every string fits a block");

constexpr size_t kUuidLength = 36;
constexpr std::array<size_t, 4> kUuidDashes = {8, 13, 18, 23};

bool is_dash(size_t at) { return std::ranges::find(kUuidDashes, at) != kUuidDashes.end(); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The 16 bytes of a UUID in its usual form, lower case; false for anything else.
bool pack_uuid(std::string_view text, uint64_t (&id)[2]) {
  if (text.size() != kUuidLength) return false;
  uint64_t halves[2] = {0, 0};
  size_t digits = 0;
  for (size_t i = 0; i < kUuidLength; ++i) {
    if (is_dash(i)) {
      if (text[i] != '-') return false;
      continue;
    }
    const int digit = hex_digit(text[i]);
    if (digit < 0) return false;
    halves[digits / 16] = (halves[digits / 16] << 4) | static_cast<uint64_t>(digit);
    ++digits;
  }
  id[0] = halves[0];
  id[1] = halves[1];
  return true;
}

void unpack_uuid(const uint64_t (&id)[2], std::array<char, kUuidLength>& text) {
  size_t digits = 0;
  for (size_t i = 0; i < kUuidLength; ++i) {
    if (is_dash(i)) {
      text[i] = '-';
      continue;
    }
    text[i] = "0123456789abcdef"[(id[digits / 16] >> (60 - 4 * (digits % 16))) & 15];
    ++digits;
  }
}

std::array<std::string_view, 9> texts_of(const core::CallEvent& event) {
  return {event.api.account, event.api.region, event.api.source, event.api.name, event.error_code,
          event.principal,   event.user_agent, event.resource,   event.address};
}

// Lengths are hashed too, so that moving a letter to the next field changes it.
uint64_t content_of(const core::CallEvent& event) {
  uint64_t hash = static_cast<uint64_t>(event.api.category) * 2 + (event.read_only ? 1 : 0);
  for (const auto& text : texts_of(event)) hash = XXH3_64bits_withSeed(text.data(), text.size(), hash + text.size());
  return hash;
}

}  // namespace

size_t HeldEvents::SignatureHash::operator()(const Signature& s) const {
  return XXH3_64bits_withSeed(s.texts.data(), sizeof s.texts,
                              static_cast<uint64_t>(s.category) * 2 + (s.read_only ? 1 : 0));
}

HeldEvents::HeldEvents() : known_(0, SignatureHash{&signatures_}, SignatureEqual{&signatures_}) { clear(); }

void HeldEvents::add(const core::CallEvent& event, uint32_t place, bool is_line) {
  Row row{};
  row.time_ms = event.time.time_since_epoch().count();
  const uint32_t signature = intern(event);
  row.signature = signature & ((1u << 30) - 1);
  row.order = XXH3_64bits_withSeed(event.event_id.data(), event.event_id.size(), contents_[signature]);
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
  Signature signature{{}, event.api.category, event.read_only};
  const auto texts = texts_of(event);
  for (size_t i = 0; i < texts.size(); ++i) signature.texts[i] = intern(texts[i]);
  if (const auto at = known_.find(signature); at != known_.end()) return *at;
  const auto index = static_cast<uint32_t>(signatures_.size());
  signatures_.push_back(signature);
  contents_.push_back(content_of(event));
  known_.insert(index);
  return index;
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
  known_ = Signatures(0, SignatureHash{&signatures_}, SignatureEqual{&signatures_});
  texts_ = {};
}

void HeldEvents::clear() {
  rows_.clear();
  forget_lookups();
  contents_.clear();
  signatures_.clear();
  strings_.assign(1, std::string_view());
  blocks_.clear();
  block_used_ = 0;
}

}  // namespace insight::files
